import { expect } from 'chai';
import type { PasswordHasher } from '../../../src/domain/passwords/hasher.ts';
import type { PasswordProblem } from '../../../src/domain/passwords/policy.ts';
import type { PasswordRules } from '../../../src/domain/passwords/rules.ts';
import { createStrengthEstimator } from '../../../src/domain/passwords/strength.ts';
import { unavailable } from '../../../src/kernel/errors.ts';
import { type TestRulesOptions, testPasswordRules } from '../../support/password-rules.ts';

const OWNER = { id: 'a', email: 'ada.king@hospital.example', name: 'Ada King', roles: ['nurse'] };

/** Hashes are what they are hashes of; tells which were verified. */
function countingHasher() {
  const verified: string[] = [];
  let running = 0;
  let most = 0;
  const hasher: Pick<PasswordHasher, 'verify'> = {
    async verify(stored, password) {
      running += 1;
      most = Math.max(most, running);
      verified.push(String(stored));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return { matches: stored === password.normalize('NFC'), needsRehash: false };
    },
  };
  return { hasher, verified, mostAtOnce: () => most };
}

describe('the rules for a new password', function () {
  this.timeout(20_000);
  const open: PasswordRules[] = [];
  // One for all: its thread takes seconds to learn the words.
  const strength = createStrengthEstimator();
  after(async () => {
    await Promise.all(open.map((rules) => rules.close()));
    await strength.close();
  });

  async function rulesWith(options: Partial<TestRulesOptions> = {}) {
    const { hasher, verified, mostAtOnce } = countingHasher();
    const rules = await testPasswordRules({
      hasher,
      strength: { ...strength, close: async () => undefined },
      ...options,
    });
    open.push(rules);
    return { rules, verified, mostAtOnce };
  }

  const table: [name: string, password: string, problems: PasswordProblem[]][] = [
    ['a passphrase', 'seven quiet lanterns', []],
    ['a Spanish passphrase', 'siete faroles callados', []],
    [
      '64 characters and more',
      'seven quiet lanterns on a very long wall of grey stones by the river Wye '.repeat(3),
      [],
    ],
    ['one of the commonest', 'password1234', ['blocklisted']],
    ['one of the commonest in capitals', 'QWERTYUIOP123', ['blocklisted']],
    ['a common one that is too short as well', 'iloveyou', ['too_short', 'blocklisted']],
    ['one that is easy to guess', 'abcabcabcabcabc', ['too_weak']],
    ['a keyboard walk', 'poiuytrewq098765', ['too_weak']],
    ['a common one with signs for letters', 'P@$$w0rd!2026', ['too_weak']],
    ['the name', 'lanterns of ada.king', ['contains_identity']],
    ['the product', 'gatehouse lanterns', ['contains_identity']],
    ['one character', 'zzzzzzzzzzzzzz', ['single_character', 'blocklisted']],
    ['too long a one, of which nothing else is said', 'seven quiet '.repeat(22), ['too_long']],
    ['half a character', 'seven quiet lanterns\ud800', ['malformed']],
    ['nothing', '', ['too_short']],
  ];
  let staff: PasswordRules;
  before(async () => {
    ({ rules: staff } = await rulesWith());
  });
  for (const [name, password, problems] of table) {
    it(`${name}: ${problems.join(', ') || 'good'}`, async () => {
      expect(await staff.check(password, OWNER)).to.deep.equal(problems);
    });
  }

  it('are those of NIST SP 800-63B-4 with its preset', async () => {
    const { rules } = await rulesWith({
      general: { minLength: 15, minLengthWithSecondFactor: 8, minScore: 2, expiryDays: 0 },
      secondFactorAlways: (roles) => roles.includes('nurse'),
    });
    expect(await rules.check('wolf tin aria', { ...OWNER, roles: [] })).to.deep.equal(['too_short']);
    expect(await rules.check('wolf tin', OWNER)).to.deep.equal([]);
    expect(rules.policyFor({ roles: [] }).expiryDays).to.equal(0);
  });

  it('estimate no strength where none is asked for', async () => {
    const strength = { score: () => Promise.reject(new Error('was asked')), close: async () => undefined };
    const { rules } = await rulesWith({ general: { minScore: 0 }, strength });
    expect(await rules.check('abcabcabcabcabc', OWNER)).to.deep.equal([]);
  });

  describe('about the last passwords', () => {
    const PRESENT = 'seven quiet lanterns';
    const former = Array.from({ length: 30 }, (_, turn) => `former ${turn} quiet lanterns`);
    const asked: [string, number][] = [];
    const withHistory = (history: number) =>
      rulesWith({
        general: { history },
        formerHashes: async (id, limit) => {
          asked.push([id, limit]);
          return former.slice(0, limit);
        },
      });
    const owner = { ...OWNER, passwordHash: PRESENT };

    it('refuse the present one and the eleven before it, in twelve hashes, two at a time', async () => {
      const { rules, verified, mostAtOnce } = await withHistory(12);
      expect(await rules.check('nine other lanterns', owner)).to.deep.equal([]);
      expect(verified).to.deep.equal([PRESENT, ...former.slice(0, 11)]);
      expect(mostAtOnce()).to.equal(2);
      expect(asked.at(-1)).to.deep.equal(['a', 12]);
      for (const [password, problems] of [
        [PRESENT, ['reused']],
        [former[0], ['reused']],
        [former[10], ['reused']],
        [former[11], []],
      ] as const) {
        expect(await rules.check(String(password), owner), password).to.deep.equal(problems);
      }
    });

    it('look no further than the first that matches, and not at all at what is refused anyway', async () => {
      const { rules, verified } = await withHistory(12);
      await rules.check(String(former[1]), owner);
      expect(verified).to.have.length(4);
      await rules.check('password1234', owner);
      await rules.check('too short', owner);
      expect(verified).to.have.length(4);
    });

    it('are left alone as soon as the password is known to be weak', async () => {
      let weak = () => {};
      const known = new Promise<number>((resolve) => {
        weak = () => resolve(0);
      });
      let left = 6;
      const hasher: Pick<PasswordHasher, 'verify'> = {
        async verify() {
          left -= 1;
          if (left === 0) weak();
          await new Promise((resolve) => setImmediate(resolve));
          return { matches: false, needsRehash: false };
        },
      };
      const strength = { score: () => known, close: async () => undefined };
      const { rules } = await rulesWith({
        hasher,
        strength,
        formerHashes: async (_id, limit) => former.slice(0, limit),
      });
      expect(await rules.check('nine other lanterns', owner)).to.deep.equal(['too_weak']);
      expect(left).to.equal(0);
    });

    it('say that a weak one is weak, whether or not it was had before', async () => {
      const { rules } = await withHistory(12);
      const held = { ...owner, passwordHash: 'abcabcabcabcabc' };
      expect(await rules.check('abcabcabcabcabc', held)).to.deep.equal(['too_weak']);
    });

    it('fail where the strength cannot be estimated', async () => {
      const strength = {
        score: () => Promise.reject(unavailable('hashing_busy', 'busy', 1)),
        close: async () => undefined,
      };
      const { rules } = await rulesWith({ strength });
      const error = await rules.check('nine other lanterns', owner).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).to.include({ code: 'hashing_busy' });
    });

    it('hash nothing for somebody who had none, or where none is asked for', async () => {
      const { rules, verified } = await rulesWith();
      expect(await rules.check(PRESENT, OWNER)).to.deep.equal([]);
      const { rules: without, verified: alsoNone } = await withHistory(0);
      expect(await without.check(PRESENT, owner)).to.deep.equal([]);
      expect([...verified, ...alsoNone]).to.deep.equal([]);
    });

    it('fail when the queue is full half-way: what was not checked has not passed', async () => {
      let left = 5;
      const hasher: Pick<PasswordHasher, 'verify'> = {
        async verify() {
          left -= 1;
          if (left < 0) throw unavailable('hashing_busy', 'busy', 3);
          return { matches: false, needsRehash: false };
        },
      };
      const { rules } = await rulesWith({
        hasher,
        formerHashes: async (_id, limit) => former.slice(0, limit),
      });
      const error = await rules.check('nine other lanterns', owner).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).to.include({ code: 'hashing_busy', status: 503, retryAfter: 3 });
    });

    it('hand on that the asker has gone', async () => {
      const signal = AbortSignal.abort();
      const seen: unknown[] = [];
      const hasher: Pick<PasswordHasher, 'verify'> = {
        async verify(_stored, _password, options) {
          seen.push(options?.signal);
          return { matches: false, needsRehash: false };
        },
      };
      const { rules } = await rulesWith({ hasher });
      await rules.check('nine other lanterns', owner, signal);
      expect(seen).to.deep.equal([signal]);
    });
  });

  describe('about a password that is in use', () => {
    const DAY = 86_400_000;
    const now = new Date('2026-11-23T10:00:00Z');
    const account = {
      roles: ['nurse'],
      passwordMustChange: false,
      passwordCompromised: false,
      createdAt: new Date(now.getTime() - 200 * DAY),
    };
    const changed = (daysAgo: number) => ({ passwordChangedAt: new Date(now.getTime() - daysAgo * DAY) });

    it('ask for another one when it has expired, or was flagged, the gravest reason first', () => {
      expect(staff.requiredChange({ ...account, ...changed(89) }, now)).to.equal(undefined);
      expect(staff.requiredChange({ ...account, ...changed(90) }, now)).to.equal('expired');
      expect(staff.requiredChange(account, now)).to.equal('expired');
      const flagged = { ...account, ...changed(90), passwordMustChange: true };
      expect(staff.requiredChange(flagged, now)).to.equal('must_change');
      expect(staff.requiredChange({ ...flagged, passwordCompromised: true }, now)).to.equal('compromised');
    });

    it('let it stay for whom none expires', async () => {
      const { rules } = await rulesWith({ general: { expiryRoles: ['administrator'] } });
      expect(rules.requiredChange(account, now)).to.equal(undefined);
      expect(rules.requiredChange({ ...account, roles: ['nurse', 'administrator'] }, now)).to.equal(
        'expired',
      );
    });
  });
});
