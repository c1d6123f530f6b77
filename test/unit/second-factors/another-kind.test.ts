import { expect } from 'chai';
import { mustStay } from '../../../src/lifecycle/must-stay.ts';
import {
  type Demands,
  newAttempt,
  reachedBy,
  withFactor,
  withoutStandIn,
  withPassword,
  withSession,
} from '../../../src/sign-in/attempt.ts';
import { levelToChange } from '../../../src/sign-in/change-policy.ts';
import {
  FACTORS,
  type FactorKind,
  type FactorTable,
  type HeldFactors,
  type OwnFactorKind,
} from '../../../src/sign-in/factors/kinds.ts';
import { type Circumstances, isEnrolled, nextStep, provesFor } from '../../../src/sign-in/next-step.ts';

/** Kinds that there are not, as somebody would add them: a smart card (RFC 8176: `sc`), and a slip of paper of an operator's. */
const CARD = {
  role: 'own',
  level: 'phr',
  amr: { bound: 'sc', synced: 'sc' },
  spentCodes: ['factor_used'],
  addAct: 'add_card',
  audited: 'passkey',
  countedAs: 'passkeys',
  mailed: 'passkey',
};
const SLIP = {
  role: 'pass',
  level: 'aal2',
  amr: { bound: 'otp', synced: 'otp' },
  spentCodes: ['factor_used'],
};
const factors = { ...FACTORS, card: CARD, slip: SLIP } as unknown as FactorTable;
const card = 'card' as OwnFactorKind;
const slip = 'slip' as FactorKind;

const NOW = new Date('2026-01-02T03:05:00Z');
const AT = new Date('2026-01-02T03:04:05Z');
const anybody: Demands = { accountId: undefined, acr: undefined, maxAgeSeconds: undefined };
const typed = withPassword(newAttempt('attempt'), 'robin', { at: AT, setAt: undefined, change: undefined });
const shown = (kind: FactorKind, attempt = typed) =>
  withFactor(attempt, { kind, id: '', at: AT, synced: false }, factors);

const none = { totp: 0, passkey: 0, recovery_code: 0, temporary_code: 0, card: 0, slip: 0 };
const heldOf = (held: Partial<typeof none>): HeldFactors => ({ ...none, ...held });
const having = (
  held: Partial<typeof none>,
  policy: Circumstances['policy'] = 'optional',
  codeNeeded = false,
): Circumstances => ({
  facts: { held: heldOf(held), deviceTrusted: false, codeNeeded },
  policy,
  grace: { offered: policy !== 'optional', skippable: policy === 'optional' },
});
const step = (attempt: typeof typed, circumstances: Circumstances) =>
  nextStep(attempt, circumstances, anybody, NOW, factors);
const kindsAt = (attempt: typeof typed, circumstances: Circumstances) => {
  const next = step(attempt, circumstances);
  return [next.kind, 'kinds' in next ? next.kinds : undefined];
};

describe('a kind of factor that is added to the table', () => {
  it('counts as a factor, and is asked for before what is weaker', () => {
    expect(isEnrolled(having({ card: 1 }).facts, factors)).to.equal(true);
    expect(kindsAt(typed, having({ card: 1 }))).to.deep.equal(['second_factor', [card]]);
    expect(kindsAt(typed, having({ totp: 1, card: 1, recovery_code: 3 }))).to.deep.equal([
      'second_factor',
      [card, 'totp', 'recovery_code'],
    ]);
  });

  it('gives the level and the amr of its descriptor', () => {
    expect(reachedBy(shown(card), factors)).to.deep.equal({ level: 'phr', amr: ['pwd', 'sc', 'mfa'] });
    expect(step(shown(card), having({ card: 1 }, 'phishing_resistant'))).to.include({
      kind: 'done',
      acr: 'phr',
    });
    const stronger = shown('totp', shown(card));
    expect(stronger.secondFactor?.kind, 'and nothing weaker takes its place').to.equal(card);
  });

  it('is set up where one is required, also where only what resists phishing will do', () => {
    expect(kindsAt(typed, having({}, 'required'))).to.deep.equal(['enrol_factor', ['totp', 'passkey', card]]);
    expect(kindsAt(typed, having({}, 'phishing_resistant'))).to.deep.equal([
      'enrol_factor',
      ['passkey', card],
    ]);
  });

  it('is what its owner has to have shown before they change how they sign in', () => {
    expect(levelToChange('change_factor', heldOf({ card: 1 }), 'optional', factors)).to.equal('aal2');
    expect(levelToChange('change_factor', heldOf({ card: 1 }), 'phishing_resistant', factors)).to.equal(
      'phr',
    );
    const circumstances = having({ card: 1, totp: 1 }, 'phishing_resistant');
    expect(provesFor('change_password', shown(card), circumstances, NOW, factors)).to.equal(true);
    expect(provesFor('change_password', shown('totp'), circumstances, NOW, factors)).to.equal(false);
  });

  it('is carried over from a session whose amr tells of it', () => {
    const session = { accountId: 'robin', amr: ['pwd', 'sc', 'mfa'], signedInAt: AT };
    const carried = withSession(newAttempt('another'), session, factors);
    expect(carried.secondFactor).to.deep.include({ kind: card, at: AT });
    const alone = withSession(newAttempt('another'), { ...session, amr: ['sc'] }, factors);
    expect(alone.accountId, 'and takes no password’s place').to.equal(undefined);
  });

  it('stays where it is the last that meets what is demanded', () => {
    const demand = 'phishing_resistant';
    expect(mustStay(demand, card, heldOf({ card: 1, totp: 2 }), factors)).to.equal(demand);
    expect(mustStay(demand, card, heldOf({ card: 1, passkey: 1 }), factors)).to.equal(undefined);
    expect(mustStay(demand, 'passkey', heldOf({ card: 1, passkey: 1 }), factors)).to.equal(undefined);
    expect(mustStay('required', card, heldOf({ card: 1 }), factors)).to.equal('required');
    expect(mustStay('required', card, heldOf({ card: 1, totp: 1 }), factors)).to.equal(undefined);
    expect(mustStay('optional', card, heldOf({ card: 1 }), factors)).to.equal(undefined);
  });

  it('as a pass lets somebody in once, is no factor, and changes nothing', () => {
    expect(isEnrolled(having({ slip: 1 }).facts, factors)).to.equal(false);
    expect(kindsAt(typed, having({ totp: 1, slip: 1 }))).to.deep.equal(['second_factor', ['totp', slip]]);
    expect(step(shown(slip), having({ totp: 1, slip: 1 }))).to.include({ kind: 'done', acr: 'aal2' });
    expect(withoutStandIn(shown(slip), factors).secondFactor).to.equal(undefined);
    expect(provesFor('change_password', shown(slip), having({ totp: 1 }), NOW, factors)).to.equal(false);
    const reset = having({}, 'required', true);
    expect(kindsAt(typed, reset)).to.deep.equal(['second_factor', ['temporary_code', slip]]);
    expect(step(shown(slip), reset).kind, 'and leads to a first factor').to.equal('enrol_factor');
  });
});
