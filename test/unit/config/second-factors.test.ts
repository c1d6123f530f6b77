import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { load, problemsOf, production } from './support.ts';

const HEX = randomBytes(32).toString('hex');
const OTHER = randomBytes(32).toString('hex');
/** Nothing but what is about second factors, beside what is good. */
const withSettings = (settings: Record<string, string>) => load({ ...production(), ...settings });

describe('the settings of second factors', () => {
  it('ask nobody to have one, and who has one for it, where nothing is said', () => {
    const { secondFactors, secondFactorPolicies } = load(production());
    expect(secondFactors).to.deep.equal({
      policy: 'optional',
      trustedDeviceDays: 0,
      passkeyAttestation: 'none',
      passkeyAllowedAaguids: [],
      temporaryCodeHours: 24,
    });
    expect(secondFactorPolicies).to.deep.equal({});
  });

  it('read a policy, its grace, and what roles have instead', () => {
    const { secondFactors, secondFactorPolicies } = withSettings({
      SECOND_FACTOR_POLICY: 'required',
      SECOND_FACTOR_GRACE_UNTIL: '2027-01-31',
      SECOND_FACTOR_GRACE_SIGN_INS: '5',
      TRUSTED_DEVICE_DAYS: '30',
      SECOND_FACTOR_POLICIES:
        '{"administrator":{"policy":"phishing_resistant","trustedDeviceDays":0},"kiosk":{}}',
    });
    expect(secondFactors).to.deep.include({ policy: 'required', graceSignIns: 5, trustedDeviceDays: 30 });
    // The day counts to its end.
    expect(secondFactors.graceUntil).to.deep.equal(new Date('2027-02-01T00:00:00Z'));
    expect(secondFactorPolicies).to.deep.equal({
      administrator: { policy: 'phishing_resistant', trustedDeviceDays: 0 },
      kiosk: {},
    });
  });

  for (const [name, value] of [
    ['SECOND_FACTOR_POLICY', 'always'],
    ['SECOND_FACTOR_GRACE_UNTIL', '31.01.2027'],
    ['SECOND_FACTOR_GRACE_UNTIL', '2027-02-30'],
    ['SECOND_FACTOR_GRACE_UNTIL', '2027-01-31T00:00:00Z'],
    ['SECOND_FACTOR_GRACE_SIGN_INS', '0'],
    ['TRUSTED_DEVICE_DAYS', '91'],
    ['PASSKEY_ATTESTATION', 'direct'],
    ['PASSKEY_ALLOWED_AAGUIDS', 'yubikey'],
    ['SECOND_FACTOR_POLICIES', '{"administrator":{"policy":"strong"}}'],
    ['SECOND_FACTOR_POLICIES', '{"administrator":{"trustedDeviceDays":-1}}'],
    ['SECOND_FACTOR_POLICIES', '{"administrator":{"graceSignIns":1}}'],
    ['SECOND_FACTOR_POLICIES', '{"Administrator":{}}'],
    ['SECOND_FACTOR_POLICIES', '[]'],
    ['SECOND_FACTOR_POLICIES', 'required'],
  ] as const) {
    it(`refuse ${name}=${value}`, () => {
      const problems = problemsOf({ ...production(), [name]: value });
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(new RegExp(`^${name}: .+; expected .+`));
    });
  }

  it('want the makers of authenticators named where one has to vouch', () => {
    const required = { ...production(), PASSKEY_ATTESTATION: 'required' };
    expect(problemsOf(required).join()).to.match(/^PASSKEY_ATTESTATION_ROOTS_FILE: is missing/);
    expect(problemsOf({ ...required, PASSKEY_ATTESTATION_ROOTS_FILE: '/etc/makers.pem' })).to.deep.equal([]);
  });
});

describe('MFA_ENCRYPTION_KEY', () => {
  const ringOf = (value: string) => withSettings({ MFA_ENCRYPTION_KEY: value }).secrets.mfaKeys;
  const idOf = (hex: string) =>
    createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex').slice(0, 8);

  it('is a key, whose id stays the same when another one is put in front of it', () => {
    expect(ringOf(HEX).current).to.equal(idOf(HEX));
    expect(ringOf(HEX.toUpperCase()).current).to.equal(idOf(HEX));
    const rotated = ringOf(`${OTHER},${HEX}`);
    expect([...rotated.keys.keys()]).to.deep.equal([idOf(OTHER), idOf(HEX)]);
    expect(rotated.keys.get(idOf(HEX))).to.deep.equal(Buffer.from(HEX, 'hex'));
  });

  it('is keys with ids, or some with and some without', () => {
    const ring = ringOf(`k2:${OTHER}, ${HEX}`);
    expect(ring.current).to.equal('k2');
    expect([...ring.keys.keys()]).to.deep.equal(['k2', idOf(HEX)]);
  });

  it('is nothing else, and no message quotes it', () => {
    for (const wrong of [
      '',
      'x',
      HEX.slice(1),
      `${HEX}0`,
      `k1:${HEX.slice(2)}`,
      `${HEX},${HEX}`,
      `k.1:${HEX}`,
    ]) {
      const problems = problemsOf({ ...production(), MFA_ENCRYPTION_KEY: wrong });
      expect(problems, wrong).to.have.length(1);
      expect(problems[0])
        .to.match(/^MFA_ENCRYPTION_KEY: /)
        .and.not.include(HEX.slice(2, 30));
    }
  });

  it('is one of its own in production: no example, no pattern, and none that seals other things', () => {
    const complaint = (settings: Record<string, string>) =>
      problemsOf({ ...production(), ...settings }).join();
    expect(complaint({ MFA_ENCRYPTION_KEY: '0123456789abcdef'.repeat(4) })).to.include('is a pattern');
    expect(complaint({ MFA_ENCRYPTION_KEY: `development:${HEX}` })).to.include('is one of development');
    expect(complaint({ MFA_ENCRYPTION_KEY: HEX, ENCRYPTION_KEYS: `k1:${HEX}` })).to.match(
      /^MFA_ENCRYPTION_KEY: holds a key of ENCRYPTION_KEYS/,
    );
  });
});
