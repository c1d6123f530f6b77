import { expect } from 'chai';
import { load, problemsOf, production } from './support.ts';

/** What protects a server whose operator has set nothing about it, and what they may set. */
describe('lockout and rate limits', () => {
  it('are on by themselves', () => {
    const { lockout, rateLimits } = load(production());
    expect(lockout).to.include({
      maxFailures: 5,
      durationMinutes: 30,
      escalationCount: 3,
      maxDurationMinutes: 1_440,
      maxConsecutiveFailures: 100,
    });
    expect(rateLimits).to.include({
      signInPerAddress: 5,
      signInPerIdentifier: 5,
      passwordResetPerAddress: 3,
      passwordResetPerAccount: 3,
      accountCreationPerAddress: 5,
      factorSetupPerPerson: 5,
    });
    expect(rateLimits.tokenPerClient).to.be.above(0);
    expect(rateLimits.officeNetworks).to.deep.equal([]);
  });

  it('are set by the environment, the limits also to nothing', () => {
    const env = {
      ...production(),
      MAX_FAILED_LOGIN_ATTEMPTS: '8',
      ACCOUNT_LOCKOUT_DURATION_MINUTES: '45',
      RATE_LIMIT_SIGN_IN_PER_ADDRESS: '0',
      RATE_LIMIT_TOKEN_PER_CLIENT: '0',
      RATE_LIMIT_OFFICE_NETWORKS: '203.0.113.0/24',
    };
    const { lockout, rateLimits } = load(env);
    expect(lockout).to.include({ maxFailures: 8, durationMinutes: 45 });
    expect(rateLimits).to.include({ signInPerAddress: 0, tokenPerClient: 0 });
    expect(rateLimits.officeNetworks).to.have.length(1);
  });

  for (const [name, value] of [
    ['MAX_FAILED_LOGIN_ATTEMPTS', '0'],
    ['MAX_FAILED_LOGIN_ATTEMPTS', '1'],
    ['MAX_CONSECUTIVE_FAILURES', '101'],
    ['MAX_CONSECUTIVE_FAILURES', '0'],
    ['ACCOUNT_LOCKOUT_DURATION_MINUTES', '0'],
    ['RATE_LIMIT_SIGN_IN_PER_ADDRESS', '-1'],
    ['RATE_LIMIT_SIGN_IN_PER_ADDRESS', 'many'],
    ['RATE_LIMIT_OFFICE_NETWORKS', 'everywhere'],
  ] as const) {
    it(`refuse ${name}=${value}`, () => {
      expect(problemsOf({ ...production(), [name]: value }).join()).to.include(name);
    });
  }
});
