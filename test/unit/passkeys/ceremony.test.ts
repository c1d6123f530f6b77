import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  createPasskeyCeremonies,
  type PasskeyCeremonies,
  type PasskeyOwner,
  userHandleOf,
} from '../../../src/domain/passkeys/ceremony.ts';
import { createChallenges } from '../../../src/domain/passkeys/challenges.ts';
import {
  createPasskeyStore,
  MAX_PASSKEYS,
  PasskeyRecord,
  type PasskeyStore,
  UsedPasskeyChallengeRecord,
} from '../../../src/domain/passkeys/store.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { type Algorithm, createAuthenticator, type Forgery } from '../../support/authenticator.ts';
import { createTestDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

const ISSUER = 'https://id.example.org';
const KEYRING = {
  current: 'k2',
  keys: new Map([
    ['k2', Buffer.alloc(32, 2)],
    ['k1', Buffer.alloc(32, 1)],
  ]),
};

describe('passkeys', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  let database: Database;
  let passkeys: PasskeyStore;
  let ceremonies: PasskeyCeremonies;
  const clock = { offset: 0, now: () => new Date(Date.UTC(2026, 10, 23, 9) + clock.offset * 1000) };

  const openPool = () =>
    openDatabase({
      url: test.serverUrl,
      entities: [PasskeyRecord, UsedPasskeyChallengeRecord],
      role: 'server',
      poolSize: 10,
      migrationsPath,
    });
  const ceremoniesWith = (keyring = KEYRING) =>
    createPasskeyCeremonies({
      issuer: ISSUER,
      serviceName: 'Example Hospital',
      passkeys,
      challenges: createChallenges(keyring, clock, systemRandomness),
      attestation: { attestation: 'none', roots: [], allowedAaguids: [] },
      clock,
    });

  before(async () => {
    test = await createTestDatabase();
    database = await openPool();
    passkeys = createPasskeyStore(database, clock, systemRandomness);
    ceremonies = ceremoniesWith();
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  beforeEach(() => {
    clock.offset = 0;
  });

  const person = (): PasskeyOwner => ({ id: randomUUID(), email: 'pat@example.org', name: 'Pat Person' });
  const commit = (writes: readonly Write[]) => commitWrites(database, writes);
  const outcome = (writes: readonly Write[], pool = database) =>
    commitWrites(pool, writes).then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );

  async function registered(
    owner = person(),
    options: Partial<Parameters<typeof createAuthenticator>[0]> = {},
  ) {
    const authenticator = createAuthenticator({ origin: ISSUER, ...options });
    const answer = authenticator.create(await ceremonies.registrationOptions(owner, 'session'));
    const result = await ceremonies.verifyRegistration(owner, 'session', answer, 'My key');
    if ('refused' in result) throw new Error(result.refused);
    await commit(result.writes);
    return { owner, authenticator, passkeyId: result.passkeyId };
  }

  const refusalOf = (result: object) => ('refused' in result ? result.refused : 'accepted');

  for (const algorithm of ['ES256', 'RS256', 'EdDSA'] satisfies Algorithm[]) {
    it(`are registered, and are a second factor and a whole sign-in, with ${algorithm}`, async () => {
      const { owner, authenticator, passkeyId } = await registered(person(), { algorithm });
      for (const accountId of [owner.id, undefined]) {
        const use = { binding: 'attempt', accountId };
        const answer = authenticator.get(await ceremonies.authenticationOptions(use));
        const result = await ceremonies.verifyAuthentication(use, JSON.stringify(answer));
        if ('refused' in result) throw new Error(result.refused);
        const { writes, ...facts } = result;
        expect(facts).to.deep.equal({
          passkeyId,
          accountId: owner.id,
          userVerified: true,
          backupEligible: false,
          backedUp: false,
        });
        await commit(writes);
      }
    });
  }

  it('are listed, renamed and removed by their owner, and by nobody else', async () => {
    const { owner, passkeyId } = await registered(person(), { synchronised: true });
    expect(await passkeys.list(owner.id)).to.deep.equal([
      {
        id: passkeyId,
        name: 'My key',
        aaguid: '00000000-0000-0000-0000-000000000000',
        backupEligible: true,
        backedUp: true,
        createdAt: clock.now(),
        lastUsedAt: undefined,
      },
    ]);
    const stranger = randomUUID();
    for (const id of [passkeyId, 'no-uuid', '']) {
      expect(await outcome([passkeys.rename(stranger, id, 'Mine')])).to.equal('factor_unknown');
      expect(await outcome([passkeys.remove(stranger, id)])).to.equal('factor_unknown');
    }
    await commit([passkeys.rename(owner.id, passkeyId, 'Blue key')]);
    expect((await passkeys.list(owner.id))[0]?.name).to.equal('Blue key');
    await commit([passkeys.remove(owner.id, passkeyId)]);
    expect(await passkeys.list(owner.id)).to.deep.equal([]);
  });

  it('have options of the issuer alone, which say no more of a person than they must', async () => {
    const { owner, authenticator } = await registered();
    const creation = await ceremonies.registrationOptions(owner, 'session');
    expect(creation.rp).to.deep.equal({ id: 'id.example.org', name: 'Example Hospital' });
    expect(creation.attestation).to.equal('none');
    expect(Buffer.from(creation.user.id, 'base64url')).to.have.length(16);
    expect(creation.excludeCredentials).to.have.length(1);
    expect(() => authenticator.create(creation)).to.throw('InvalidStateError');
    const whole = await ceremonies.authenticationOptions({ binding: 'attempt' });
    expect(whole).to.deep.include({
      allowCredentials: [],
      userVerification: 'required',
      rpId: 'id.example.org',
    });
    const second = await ceremonies.authenticationOptions({ binding: 'attempt', accountId: owner.id });
    expect(second.allowCredentials).to.have.length(1);
    // ASVS 6.7.2 asks for 64 random bits.
    expect(whole.challenge).to.not.equal(second.challenge);
    const again = await ceremonies.authenticationOptions({ binding: 'attempt' });
    expect(again.challenge.slice(0, 21)).to.not.equal(whole.challenge.slice(0, 21));
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

  it('are registered once, and their challenge is used by it', async () => {
    const [owner, thief] = [person(), person()];
    const authenticator = createAuthenticator({ origin: ISSUER });
    const answer = authenticator.create(await ceremonies.registrationOptions(owner, 'session'));
    const [one, two] = [
      await ceremonies.verifyRegistration(owner, 'session', answer),
      await ceremonies.verifyRegistration(owner, 'session', answer),
    ];
    if ('refused' in one || 'refused' in two) throw new Error('refused');
    expect(await outcome(one.writes)).to.equal('done');
    expect(['challenge_used', 'passkey_exists']).to.include(await outcome(two.writes));
    expect(refusalOf(await ceremonies.verifyRegistration(thief, 'session', answer))).to.equal(
      'challenge_invalid',
    );
    expect(refusalOf(await ceremonies.verifyRegistration(owner, 'other', answer))).to.equal(
      'challenge_invalid',
    );
    expect(await passkeys.list(owner.id)).to.have.length(1);
  });

  for (const [what, forgery] of [
    ['another origin', { origin: 'https://evil.example' }],
    ['another rpId', { rpId: 'evil.example' }],
    ['nobody present', { userPresent: false }],
    ['another type', { type: 'webauthn.get' }],
    ['another id than that of its data', { credentialId: 'AAAA' }],
  ] satisfies [string, Forgery][]) {
    it(`refuse a registration with ${what}`, async () => {
      const owner = person();
      const options = await ceremonies.registrationOptions(owner, 'session');
      const answer = createAuthenticator({ origin: ISSUER }).create(options, forgery);
      const result = await ceremonies.verifyRegistration(owner, 'session', answer);
      expect(refusalOf(result)).to.equal('answer_invalid');
    });
  }

  it('are bounded in number, and gone with their account', async () => {
    const owner = person();
    for (let index = 0; index < MAX_PASSKEYS; index += 1) await registered(owner);
    const answer = createAuthenticator({ origin: ISSUER }).create(
      await ceremonies.registrationOptions(owner, 'session'),
    );
    const result = await ceremonies.verifyRegistration(owner, 'session', answer);
    expect('refused' in result ? '' : await outcome(result.writes)).to.equal('passkey_exists');
    await commit([passkeys.removeAll(owner.id)]);
    expect(await passkeys.list(owner.id)).to.deep.equal([]);
  });

  it('forget used challenges after their end', async () => {
    await registered();
    clock.offset = 3_600;
    expect(await passkeys.sweep(clock.now(), 1_000)).to.be.greaterThan(0);
    expect(await passkeys.sweep(clock.now(), 1_000)).to.equal(0);
  });
});
