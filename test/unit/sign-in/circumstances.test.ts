import { expect } from 'chai';
import type { FactorSettings } from '../../../src/domain/second-factors/policy.ts';
import { circumstancesOf, whereSkipped } from '../../../src/sign-in/circumstances.ts';
import type { FoundFacts } from '../../../src/sign-in/person-store.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const BEFORE = new Date('2026-01-02T03:00:00Z');
const settings: FactorSettings = {
  policy: 'optional',
  graceSignIns: 2,
  trustedDeviceDays: 7,
  byRole: { administrator: { policy: 'required', trustedDeviceDays: 0 } },
};
const facts: FoundFacts = {
  held: { totp: 1, passkey: 0, recovery_code: 3, temporary_code: 0 },
  deviceTrusted: true,
  codeNeeded: false,
  state: { skipsUsed: 2, enrolmentDue: false, codeNeeded: false },
  openSessions: [],
  agreed: [],
  skippedAt: NOW,
};
const clinician = { roles: ['clinician'] };
const administrator = { roles: ['clinician', 'administrator'] };

describe('what holds for a person at a client', () => {
  it('is the strongest of what roles and client ask for', () => {
    const policy = (who: typeof clinician, demand?: 'off' | 'required' | 'phishing_resistant') =>
      circumstancesOf(facts, who, demand, settings, NOW).policy;
    expect(policy(clinician)).to.equal('optional');
    expect(policy(clinician, 'off'), 'a client cannot ask for less').to.equal('optional');
    expect(policy(clinician, 'required')).to.equal('required');
    expect(policy(administrator)).to.equal('required');
    expect(policy(administrator, 'phishing_resistant')).to.equal('phishing_resistant');
  });

  it('ends trust in a device where none may be given any more', () => {
    const trusts = (who: typeof clinician) => {
      const { facts: found, trustDays } = circumstancesOf(facts, who, undefined, settings, NOW);
      return [found.deviceTrusted, trustDays];
    };
    expect(trusts(clinician)).to.deep.equal([true, 7]);
    expect(trusts(administrator)).to.deep.equal([false, 0]);
  });

  it('offers no trust where only a passkey counts', () => {
    const { trustDays } = circumstancesOf(facts, clinician, 'phishing_resistant', settings, NOW);
    expect(trustDays).to.equal(0);
  });

  it('holds a skip, the last one too, for as long as the sign-in in which it was made', () => {
    const found = circumstancesOf(facts, clinician, undefined, settings, NOW);
    expect(found.grace).to.include({ offered: true, skippable: false });
    expect(whereSkipped(found, BEFORE).grace.skippable).to.equal(true);
    expect(whereSkipped(found, new Date(NOW.getTime() + 1)).grace.skippable, 'a later one').to.equal(false);
    const required = circumstancesOf(facts, administrator, undefined, settings, NOW);
    expect(whereSkipped(required, BEFORE).grace.skippable, 'nobody may').to.equal(false);
    expect(whereSkipped({ ...found, skippedAt: undefined }, BEFORE).grace.skippable).to.equal(false);
  });
});
