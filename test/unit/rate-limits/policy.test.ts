import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Claim,
  createLimits,
  decide,
  headerFields,
  networkOf,
  signInClaims,
} from '../../../src/domain/rate-limits/policy.ts';

const limits = createLimits({
  signInPerAddress: 5,
  signInPerOfficeAddress: 300,
  signInPerIdentifier: 5,
  signInPerKnownDevice: 20,
  passwordResetPerAddress: 3,
  passwordResetPerAccount: 3,
  accountCreationPerAddress: 5,
  registrationPerIdentifier: 3,
  passwordChangePerPerson: 10,
  demandedPasswordPerPerson: 20,
  addressChangePerPerson: 5,
  secondFactorPerPerson: 10,
  factorSetupPerPerson: 5,
  clientRegistrationPerAddress: 60,
  deviceCodesPerAddress: 60,
  deviceGuessesPerAddress: 5,
  deviceGuessesPerBrowser: 5,
  tokenPerClient: 600,
  adminPerCaller: 600,
  adminFailuresPerAddress: 60,
});

describe('whose budget an address takes from', () => {
  const cases: [address: string, network: string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::1', '2001:db8:0:0::/64'],
    ['2001:db8:1::', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3::4:5:6:7', '1:2:3:0::/64'],
    ['1::3:4:5:6:7:8', '1:0:3:4::/64'],
  ];
  for (const [address, network] of cases) {
    it(`is ${network} for ${address}`, () => {
      expect(networkOf(address)).to.equal(network);
    });
  }

  it('is one for every address of a /64, however it is written, and another one for every other /64', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const canonical = (groups: number[]) =>
      new URL(`http://[${groups.map((each) => each.toString(16)).join(':')}]`).hostname.slice(1, -1);
    const half = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(half, half, half, half, (network, other, host, another) => {
        const one = networkOf(canonical([...network, ...host]));
        expect(networkOf(canonical([...network, ...another]))).to.equal(one);
        const same = network.join() === other.join();
        expect(networkOf(canonical([...other, ...host])) === one).to.equal(same);
      }),
    );
  });
});

describe('what a sign-in asks of', () => {
  const origin = {
    address: '2001:db8::1',
    office: false,
    identifier: 'a@example.org',
    knownDevice: undefined,
  };
  const asked = (claims: Claim[]) => claims.map(({ limit, key }) => [limit.name, key]);

  it('is the address first, then the identifier', () => {
    expect(asked(signInClaims(limits, origin))).to.deep.equal([
      ['sign-in-address', '2001:db8:0:0::/64'],
      ['sign-in-identifier', 'a@example.org'],
    ]);
  });

  it('is the office in the place of the address', () => {
    expect(asked(signInClaims(limits, { ...origin, office: true }))).to.deep.equal([
      ['sign-in-office', '2001:db8:0:0::/64'],
      ['sign-in-identifier', 'a@example.org'],
    ]);
  });

  it('is nothing but the device, where it is known', () => {
    expect(asked(signInClaims(limits, { ...origin, knownDevice: 'd' }))).to.deep.equal([
      ['sign-in-device', 'd'],
    ]);
  });
});

describe('a decision', () => {
  const claims: Claim[] = [
    { limit: limits.signInPerAddress, key: 'a' },
    { limit: limits.signInPerIdentifier, key: 'i' },
  ];
  const counts = (...points: number[]) => points.map((each) => ({ points: each, resetSeconds: 12.3 }));

  it('lets the last point pass and refuses the one after it', () => {
    expect(decide(claims, counts(5, 5)).allowed).to.equal(true);
    expect(decide(claims, counts(5, 6))).to.deep.include({ allowed: false, first: true });
    expect(decide(claims, counts(6))).to.deep.include({ allowed: false, first: true });
    expect(decide(claims, counts(7))).to.deep.include({ allowed: false, first: false });
  });

  it('says how each budget stands that was asked', () => {
    const { standings, refusedBy } = decide(claims, counts(2, 9));
    expect(standings.map(({ limit, remaining }) => [limit.name, remaining])).to.deep.equal([
      ['sign-in-address', 3],
      ['sign-in-identifier', 0],
    ]);
    expect(refusedBy?.limit.name).to.equal('sign-in-identifier');
    expect(refusedBy?.resetSeconds).to.equal(13);
  });

  it('is written as structured fields', () => {
    expect(headerFields(decide(claims, counts(1, 5)).standings)).to.deep.equal({
      policy: '"sign-in-address";q=5;w=60, "sign-in-identifier";q=5;w=60',
      limit: '"sign-in-address";r=4;t=13, "sign-in-identifier";r=0;t=13',
    });
    expect(headerFields([])).to.equal(undefined);
  });

  it('allows exactly when no budget is overdrawn, and tells of it once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 2 }), (points) => {
        const { allowed, standings, first } = decide(claims, counts(...points));
        expect(allowed).to.equal(points.every((each) => each <= 5));
        const refusing = points.findIndex((each) => each > 5);
        expect(standings).to.have.length(refusing < 0 ? points.length : refusing + 1);
        expect(first).to.equal(refusing >= 0 && points[refusing] === 6);
      }),
    );
  });
});
