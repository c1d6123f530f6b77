import { randomUUID, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import {
  type AttestationPolicy,
  isAccepted,
  readCertificates,
} from '../../../src/domain/passkeys/attestation.ts';
import { createPasskeyCeremonies } from '../../../src/domain/passkeys/ceremony.ts';
import { createChallenges } from '../../../src/domain/passkeys/challenges.ts';
import { createPasskeyStore } from '../../../src/domain/passkeys/store.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { type Cbor, createAuthenticator, type Forgery, signWith } from '../../support/authenticator.ts';
import { type Maker, makeCertificate } from '../../support/certificates.ts';

const ISSUER = 'https://id.example.org';
const MODEL = '2fc0579f-8113-47ea-b116-bb5a8db9202a';

describe('attestation of passkeys', () => {
  const root = makeCertificate({ name: 'Root', ca: true });
  const middle = makeCertificate({ name: 'Middle', issuer: root, ca: true });
  const leaf = makeCertificate({ name: 'Batch 7', issuer: middle });
  const stranger = makeCertificate({ name: 'Root', ca: true });
  const roots = [new X509Certificate(root.pem)];

  /** A statement of the form `packed` by a maker. */
  const packed =
    (maker: Maker, chain: readonly Maker[]): NonNullable<Forgery['attest']> =>
    (signed) => ({
      format: 'packed',
      statement: new Map<string, Cbor>([
        ['alg', -7],
        ['sig', signWith(maker.privateKey, signed)],
        ['x5c', chain.map(({ certificate }) => certificate)],
      ]),
    });

  async function registering(attestation: Partial<AttestationPolicy>, forgery: Forgery): Promise<string> {
    // Nothing is read or written before the writes are committed, and here they are not.
    const nowhere = { query: async () => [] } as unknown as Database;
    const ceremonies = createPasskeyCeremonies({
      issuer: ISSUER,
      serviceName: 'Example Hospital',
      passkeys: createPasskeyStore(nowhere, systemClock, systemRandomness),
      challenges: createChallenges(
        { current: 'k', keys: new Map([['k', Buffer.alloc(32, 1)]]) },
        systemClock,
        systemRandomness,
      ),
      attestation: { attestation: 'required', roots, allowedAaguids: [], ...attestation },
      clock: systemClock,
    });
    const owner = { id: randomUUID(), email: 'pat@example.org', name: 'Pat' };
    const options = await ceremonies.registrationOptions(owner, 'session');
    expect(options.attestation).to.equal(attestation.attestation === 'none' ? 'none' : 'direct');
    const answer = createAuthenticator({ origin: ISSUER, aaguid: MODEL }).create(options, forgery);
    const result = await ceremonies.verifyRegistration(owner, 'session', answer);
    return 'refused' in result ? result.refused : 'accepted';
  }

  it('that is required accepts a maker that leads to a root', async () => {
    expect(await registering({}, { attest: packed(leaf, [leaf, middle]) })).to.equal('accepted');
    const direct = makeCertificate({ name: 'Direct', issuer: root });
    expect(await registering({}, { attest: packed(direct, [direct]) })).to.equal('accepted');
  });

  it('that is required refuses none, the passkey’s own, and a maker whom nobody trusts', async () => {
    expect(await registering({}, {})).to.equal('answer_invalid');
    const forged = makeCertificate({ name: 'Batch 7', issuer: stranger });
    expect(await registering({}, { attest: packed(forged, [forged]) })).to.equal('attestation_refused');
    expect(await registering({}, { attest: packed(forged, [forged, stranger]) })).to.equal(
      'attestation_refused',
    );
    expect(await registering({ roots: [] }, { attest: packed(leaf, [leaf, middle]) })).to.equal(
      'attestation_refused',
    );
  });

  it('that is required refuses a statement that its maker did not sign', async () => {
    expect(await registering({}, { attest: packed(stranger, [leaf, middle]) })).to.equal('answer_invalid');
    const elsewhere: Forgery['attest'] = () => packed(leaf, [leaf, middle])(Buffer.from('something else'));
    expect(await registering({}, { attest: elsewhere })).to.equal('answer_invalid');
  });

  it('that is not required is not looked at, whatever it is', async () => {
    const none = { attestation: 'none' } as const;
    expect(await registering(none, {})).to.equal('accepted');
    expect(await registering(none, { attest: packed(stranger, [stranger]) })).to.equal('accepted');
    const odd: Forgery['attest'] = () => ({ format: 'odd', statement: new Map([['x', 'y']]) });
    expect(await registering(none, { attest: odd })).to.equal('accepted');
    expect(await registering({}, { attest: odd })).to.equal('answer_invalid');
  });

  it('takes the models that are listed only, in any case', async () => {
    const listed = { allowedAaguids: [MODEL.toUpperCase()] };
    const others = { allowedAaguids: ['00000000-0000-0000-0000-000000000000'] };
    const attest = packed(leaf, [leaf, middle]);
    expect(await registering(listed, { attest })).to.equal('accepted');
    expect(await registering(others, { attest })).to.equal('attestation_refused');
    expect(await registering({ attestation: 'none', ...others }, {})).to.equal('attestation_refused');
    expect(await registering({ attestation: 'none', ...listed }, {})).to.equal('accepted');
  });

  describe('by its certificates', () => {
    const accepted = (chain: readonly Buffer[], changes: Partial<{ format: string; now: Date }> = {}) =>
      isAccepted(
        { attestation: 'required', roots, allowedAaguids: [] },
        { format: changes.format ?? 'packed', certificates: chain, aaguid: MODEL },
        changes.now ?? new Date(),
      );
    const of = (...makers: Maker[]) => makers.map(({ certificate }) => certificate);

    it('is a chain without a gap, in its order, issued by those who may issue', () => {
      expect(accepted(of(leaf, middle))).to.equal(true);
      expect(accepted(of(leaf, middle, root)), 'the root sent along').to.equal(true);
      expect(accepted(of(leaf)), 'a gap').to.equal(false);
      expect(accepted(of(middle, leaf)), 'turned around').to.equal(false);
      expect(accepted([]), 'none').to.equal(false);
      expect(accepted([Buffer.from('nonsense')])).to.equal(false);
      const child = makeCertificate({ name: 'Child', issuer: leaf });
      expect(accepted(of(child, leaf, middle)), 'issued by one that is no issuer').to.equal(false);
      const namesake = makeCertificate({ name: 'Middle', issuer: stranger, ca: true });
      expect(accepted(of(leaf, namesake)), 'a namesake').to.equal(false);
    });

    it('is valid now, every one of them', () => {
      const past = { from: new Date('2020-01-01'), until: new Date('2021-01-01') };
      expect(accepted(of(makeCertificate({ name: 'Old', issuer: root, ...past })))).to.equal(false);
      expect(accepted(of(leaf, middle), { now: new Date('2100-01-01') })).to.equal(false);
      expect(accepted(of(leaf, middle), { now: new Date('2001-01-01') })).to.equal(false);
    });

    it('is of a form that names its maker', () => {
      for (const format of ['none', 'apple', 'android-key', 'android-safetynet', 'constructor']) {
        expect(accepted(of(leaf, middle), { format }), format).to.equal(false);
      }
    });

    it('is compared with the roots of a file, which has to hold some', () => {
      const read = readCertificates(`# makers\n${root.pem}\n${stranger.pem}`);
      expect(read.map(({ raw }) => raw.equals(root.certificate))).to.deep.equal([true, false]);
      for (const nothing of ['', 'hello', root.pem.replace('MII', 'XXX').slice(0, 60)]) {
        expect(() => readCertificates(nothing)).to.throw();
      }
      const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
      expect(() => readCertificates(broken)).to.throw();
    });
  });
});
