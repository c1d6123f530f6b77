import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { type PasskeyCeremonies, userHandleOf } from '../../../src/domain/passkeys/ceremony.ts';
import type { PasskeyStore } from '../../../src/domain/passkeys/store.ts';
import type { Database } from '../../../src/storage/database.ts';
import type { Forgery } from '../../support/authenticator.ts';
import { refusalOf, usePasskeys } from './support.ts';

describe('passkeys', function () {
  this.timeout(60_000);
  const bench = usePasskeys();
  const { clock, openPool, ceremoniesWith, person, commit, outcome, registered } = bench;
  let database: Database;
  let passkeys: PasskeyStore;
  let ceremonies: PasskeyCeremonies;
  before(() => {
    ({ database, passkeys, ceremonies } = bench);
  });

  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const forgeries: [string, Forgery, string][] = [
    ['another origin', { origin: 'https://id.example.org.evil.example' }, 'answer_invalid'],
    ['the origin over http', { origin: 'http://id.example.org' }, 'answer_invalid'],
    ['a subdomain', { origin: 'https://x.id.example.org' }, 'answer_invalid'],
    ['another port', { origin: 'https://id.example.org:8443' }, 'answer_invalid'],
    ['no origin', { origin: '' }, 'answer_invalid'],
    ['another rpId', { rpId: 'evil.example' }, 'answer_invalid'],
    ['the parent domain as rpId', { rpId: 'example.org' }, 'answer_invalid'],
    ['another type', { type: 'webauthn.create' }, 'answer_invalid'],
    ['a challenge of its own', { challenge: 'A'.repeat(72) }, 'challenge_invalid'],
    ['an empty challenge', { challenge: '' }, 'challenge_invalid'],
    ['a frame of another site around it', { crossOrigin: true }, 'malformed'],
    ['nobody present', { userPresent: false }, 'answer_invalid'],
    ['nobody verified', { userVerified: false }, 'answer_invalid'],
    ['another key', { key: other }, 'answer_invalid'],
    ['a credential that nobody has', { credentialId: 'AAAA' }, 'credential_unknown'],
    ['no handle', { userHandle: undefined }, 'credential_foreign'],
    ['the handle of somebody else', { userHandle: userHandleOf(randomUUID()) }, 'credential_foreign'],
    ['another eligibility for backup', { backupEligible: true }, 'answer_invalid'],
    ['a backup that cannot be', { backedUp: true }, 'answer_invalid'],
  ];
  for (const [what, forgery, refusal] of forgeries) {
    it(`refuse an answer with ${what}`, async () => {
      const { authenticator } = await registered();
      const use = { binding: 'attempt' };
      const answer = authenticator.get(await ceremonies.authenticationOptions(use), forgery);
      expect(refusalOf(await ceremonies.verifyAuthentication(use, answer))).to.equal(refusal);
    });
  }

  it('accept an unverified person as a second factor only', async () => {
    const { owner, authenticator } = await registered(person(), { verifies: false });
    const use = { binding: 'attempt', accountId: owner.id };
    const result = await ceremonies.verifyAuthentication(
      use,
      authenticator.get(await ceremonies.authenticationOptions(use)),
    );
    expect(result).to.include({ userVerified: false });
    const whole = authenticator.get(await ceremonies.authenticationOptions({ binding: 'attempt' }));
    const refused = await ceremonies.verifyAuthentication({ binding: 'attempt' }, whole);
    expect(refusalOf(refused)).to.equal('answer_invalid');
  });

  it('refuse an answer with any bit of it changed', async () => {
    // With EdDSA: of ECDSA's signatures, the bits of their encoding say nothing.
    const { owner, authenticator } = await registered(person(), { algorithm: 'EdDSA' });
    const use = { binding: 'attempt', accountId: owner.id };
    const answer = authenticator.get(await ceremonies.authenticationOptions(use));
    const parts = ['clientDataJSON', 'authenticatorData', 'signature'] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...parts), fc.nat(), fc.nat(7), async (part, position, bit) => {
        const bytes = Buffer.from(answer.response[part], 'base64url');
        const index = position % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
        const response = { ...answer.response, [part]: bytes.toString('base64url') };
        expect(refusalOf(await ceremonies.verifyAuthentication(use, { ...answer, response }))).to.not.equal(
          'accepted',
        );
      }),
      { numRuns: 60 },
    );
    expect(refusalOf(await ceremonies.verifyAuthentication(use, answer))).to.equal('accepted');
  });

  it('refuse what is no answer, without an exception', async () => {
    const { owner, authenticator } = await registered();
    const use = { binding: 'attempt', accountId: owner.id };
    const answer = authenticator.get(await ceremonies.authenticationOptions(use));
    const nonsense: unknown[] = [
      undefined,
      null,
      '',
      '{',
      '[]',
      [answer],
      { ...answer, id: [answer.id] },
      { ...answer, rawId: 'AAAA' },
      { ...answer, type: 'password' },
      { ...answer, response: { ...answer.response, signature: ['AA'] } },
      { ...answer, response: { ...answer.response, clientDataJSON: 'AAAA' } },
      { ...answer, response: { ...answer.response, clientDataJSON: 'bnVsbA' } },
      { ...answer, response: { ...answer.response, authenticatorData: 'AAAA' } },
      'x'.repeat(100_000),
    ];
    for (const given of nonsense) {
      expect(refusalOf(await ceremonies.verifyAuthentication(use, given))).to.not.equal('accepted');
      expect(refusalOf(await ceremonies.verifyRegistration(owner, 'session', given))).to.not.equal(
        'accepted',
      );
    }
  });

  it('belong to one person: not to whoever else shows them', async () => {
    const [mine, theirs] = [await registered(), await registered()];
    // The browser of the one answers for the sign-in of the other.
    const use = { binding: 'attempt', accountId: theirs.owner.id };
    const { challenge, rpId } = await ceremonies.authenticationOptions(use);
    const answer = mine.authenticator.get({ challenge, ...(rpId === undefined ? {} : { rpId }) });
    expect(await ceremonies.verifyAuthentication(use, answer)).to.deep.equal({
      refused: 'credential_foreign',
      passkeyId: mine.passkeyId,
      accountId: mine.owner.id,
    });
  });

  it('bind a challenge to its sign-in, its person, its purpose and half an hour', async () => {
    const { owner, authenticator } = await registered();
    const use = { binding: 'attempt', accountId: owner.id };
    const options = await ceremonies.authenticationOptions(use);
    const refusal = async (elsewhere: { binding: string; accountId?: string }) =>
      refusalOf(await ceremonies.verifyAuthentication(elsewhere, authenticator.get(options)));
    expect(await refusal({ ...use, binding: 'another attempt' })).to.equal('challenge_invalid');
    expect(await refusal({ ...use, accountId: randomUUID() })).to.equal('challenge_invalid');
    expect(await refusal({ binding: 'attempt' })).to.equal('challenge_invalid');
    const forRegistration = await ceremonies.registrationOptions(owner, 'attempt');
    const crossed = authenticator.get({ challenge: forRegistration.challenge, rpId: 'id.example.org' });
    expect(refusalOf(await ceremonies.verifyAuthentication(use, crossed))).to.equal('challenge_invalid');
    clock.offset = 1_799;
    expect(await refusal(use)).to.equal('accepted');
    clock.offset = 1_801;
    expect(await refusal(use)).to.equal('challenge_invalid');
  });

  it('know a challenge of a key that was current before, and none of a key that is gone', async () => {
    const { owner, authenticator } = await registered();
    const use = { binding: 'attempt', accountId: owner.id };
    const before = ceremoniesWith({ current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 1)]]) });
    const answer = authenticator.get(await before.authenticationOptions(use));
    expect(refusalOf(await ceremonies.verifyAuthentication(use, answer))).to.equal('accepted');
    const gone = ceremoniesWith({ current: 'k0', keys: new Map([['k0', Buffer.alloc(32, 9)]]) });
    const strange = authenticator.get(await gone.authenticationOptions(use));
    expect(refusalOf(await ceremonies.verifyAuthentication(use, strange))).to.equal('challenge_invalid');
  });

  it('are good for one answer: of 50 parallel uses on two pools one wins', async () => {
    for (const counts of [true, false]) {
      const { owner, authenticator } = await registered(person(), { counts });
      const use = { binding: 'attempt', accountId: owner.id };
      const answer = authenticator.get(await ceremonies.authenticationOptions(use));
      const second = await openPool();
      try {
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, async (_, index) => {
            const result = await ceremonies.verifyAuthentication(use, answer);
            if ('refused' in result) return result.refused;
            return outcome(result.writes, index % 2 === 0 ? database : second);
          }),
        );
        expect(outcomes.filter((each) => each === 'done')).to.have.length(1);
        // Once more, later: the challenge is used, whatever the counter says.
        const later = await ceremonies.verifyAuthentication(use, answer);
        const refusal = 'refused' in later ? later.refused : await outcome(later.writes);
        expect(refusal).to.equal(counts ? 'counter_reversed' : 'challenge_used');
      } finally {
        await second.close();
      }
    }
  });

  it('refuse a counter that stands still or goes back, and name the passkey', async () => {
    const { owner, authenticator, passkeyId } = await registered();
    const use = { binding: 'attempt', accountId: owner.id };
    const answered = async (counter: number) => {
      const answer = authenticator.get(await ceremonies.authenticationOptions(use), { counter });
      const result = await ceremonies.verifyAuthentication(use, answer);
      if (!('refused' in result)) await commit(result.writes);
      return result;
    };
    expect(refusalOf(await answered(7))).to.equal('accepted');
    for (const counter of [7, 6, 0]) {
      expect(await answered(counter)).to.deep.equal({
        refused: 'counter_reversed',
        passkeyId,
        accountId: owner.id,
      });
    }
    expect(refusalOf(await answered(8))).to.equal('accepted');
    expect(refusalOf(await answered(0xffffffff))).to.equal('accepted');
  });

  it('that were removed after they were verified do not get in', async () => {
    const { owner, authenticator, passkeyId } = await registered();
    const use = { binding: 'attempt', accountId: owner.id };
    const answer = authenticator.get(await ceremonies.authenticationOptions(use));
    const result = await ceremonies.verifyAuthentication(use, answer);
    await commit([passkeys.remove(owner.id, passkeyId)]);
    expect('refused' in result ? '' : await outcome(result.writes)).to.equal('factor_used');
  });
});
