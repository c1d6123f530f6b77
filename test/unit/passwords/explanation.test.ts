import { expect } from 'chai';
import { explainRules } from '../../../src/domain/passwords/explanation.ts';
import type { PasswordProblem } from '../../../src/domain/passwords/policy.ts';
import { STAFF_POLICY } from '../../support/password-rules.ts';

describe('the explanation of the rules', () => {
  const explain = (problems?: readonly PasswordProblem[], hasHistory = true) =>
    explainRules(STAFF_POLICY, { hasHistory, problems });
  const states = (problems?: readonly PasswordProblem[]) =>
    Object.fromEntries(explain(problems).map(({ code, met }) => [code, met]));

  it('names each rule before anything is checked', () => {
    expect(explain()).to.deep.equal([
      { code: 'length', min: 12, max: 256 },
      { code: 'identity' },
      { code: 'blocklist' },
      { code: 'strength' },
      { code: 'history', count: 12 },
    ]);
  });

  it('names only what the policy asks of this person', () => {
    const policy = { ...STAFF_POLICY, minScore: 0, requiredCharacters: ['digit', 'symbol'] as const };
    expect(explainRules(policy, { hasHistory: false }).map((rule) => ({ ...rule }))).to.deep.equal([
      { code: 'length', min: 12, max: 256 },
      { code: 'characters', kind: 'digit', pattern: '\\p{Nd}' },
      { code: 'characters', kind: 'symbol', pattern: '[^\\p{L}\\p{M}\\p{N}]' },
      { code: 'identity' },
      { code: 'blocklist' },
      { code: 'repetition' },
    ]);
    expect(
      explainRules({ ...STAFF_POLICY, history: 0 }, { hasHistory: true }).map(({ code }) => code),
    ).not.to.include('history');
  });

  const table: [problems: PasswordProblem[], states: Record<string, boolean | undefined>][] = [
    [
      ['too_short'],
      { length: false, identity: true, blocklist: true, strength: undefined, history: undefined },
    ],
    [
      ['too_short', 'contains_identity', 'blocklisted'],
      { length: false, identity: false, blocklist: false, strength: undefined, history: undefined },
    ],
    [
      ['too_long'],
      { length: false, identity: undefined, blocklist: undefined, strength: undefined, history: undefined },
    ],
    [['too_weak'], { length: true, identity: true, blocklist: true, strength: false, history: undefined }],
    [
      ['single_character'],
      { length: true, identity: true, blocklist: true, strength: false, history: undefined },
    ],
    [['reused'], { length: true, identity: true, blocklist: true, strength: true, history: false }],
    [[], { length: true, identity: true, blocklist: true, strength: true, history: true }],
    [
      ['malformed'],
      {
        length: undefined,
        identity: undefined,
        blocklist: undefined,
        strength: undefined,
        history: undefined,
      },
    ],
  ];
  for (const [problems, expected] of table) {
    it(`says what is known after ${problems.join(', ') || 'no refusal'}`, () => {
      expect(states(problems)).to.deep.equal(expected);
    });
  }

  it('tells the kinds of characters apart', () => {
    const policy = { ...STAFF_POLICY, requiredCharacters: ['upper', 'digit'] as const };
    const rules = explainRules(policy, { hasHistory: false, problems: ['digit_missing'] });
    expect(rules.filter(({ code }) => code === 'characters').map(({ met }) => met)).to.deep.equal([
      true,
      false,
    ]);
  });
});
