import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { PasskeyCeremonies } from '../../../src/domain/passkeys/ceremony.ts';
import { MAX_PASSKEYS, type PasskeyStore } from '../../../src/domain/passkeys/store.ts';
import { type Algorithm, createAuthenticator, type Forgery } from '../../support/authenticator.ts';
import { ISSUER, refusalOf, usePasskeys } from './support.ts';

describe('passkeys', function () {
  this.timeout(60_000);
  const bench = usePasskeys();
  const { clock, person, commit, outcome, registered } = bench;
  let passkeys: PasskeyStore;
  let ceremonies: PasskeyCeremonies;
  before(() => {
    ({ passkeys, ceremonies } = bench);
  });

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
