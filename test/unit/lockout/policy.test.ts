import { expect } from 'chai';
import fc from 'fast-check';
import { type LockoutPolicy, lockSchedule, lockSeconds } from '../../../src/domain/lockout/policy.ts';

const DEFAULTS: LockoutPolicy = {
  maxFailures: 5,
  durationMinutes: 30,
  escalationCount: 3,
  maxDurationMinutes: 1440,
  maxConsecutiveFailures: 100,
};

const policies = fc
  .record({
    durationMinutes: fc.integer({ min: 1, max: 1440 }),
    escalationCount: fc.integer({ min: 1, max: 100 }),
    more: fc.integer({ min: 0, max: 10_000 }),
  })
  .map(({ more, ...policy }) => ({
    ...DEFAULTS,
    ...policy,
    maxDurationMinutes: policy.durationMinutes + more,
  }));

describe('the lockout policy', () => {
  const cases: [nth: number, minutes: number][] = [
    [1, 30],
    [2, 30],
    [3, 30],
    [4, 60],
    [5, 120],
    [8, 960],
    [9, 1440],
    [1000, 1440],
  ];
  for (const [nth, minutes] of cases) {
    it(`lets lock ${nth} of a day last ${minutes} minutes`, () => {
      expect(lockSeconds(DEFAULTS, nth)).to.equal(minutes * 60);
    });
  }

  it('makes a finite schedule, in which every later lock finds its duration', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 5000 }), (policy, nth) => {
        const schedule = lockSchedule(policy);
        expect(schedule[Math.min(nth, schedule.length) - 1]).to.equal(lockSeconds(policy, nth));
      }),
    );
  });

  it('never lets a lock be shorter than the one before, nor longer than the longest', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const schedule = lockSchedule(policy);
        expect(schedule).to.deep.equal([...schedule].sort((a, b) => a - b));
        expect(schedule[0]).to.equal(policy.durationMinutes * 60);
        expect(schedule.at(-1)).to.equal(policy.maxDurationMinutes * 60);
        expect(schedule.length).to.be.at.most(policy.escalationCount + 16);
      }),
    );
  });
});
