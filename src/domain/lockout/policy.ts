/** The rules of a lockout, as an operator sets them. */
export interface LockoutPolicy {
  /** Consecutive failures that lock. */
  readonly maxFailures: number;
  readonly durationMinutes: number;
  /** Locks in one day after which each further one lasts twice as long as the one before. */
  readonly escalationCount: number;
  /** No lock lasts longer. */
  readonly maxDurationMinutes: number;
  /** Consecutive failures of one account, on whatever device, after which its password is disabled until it is reset. */
  readonly maxConsecutiveFailures: number;
}

/** How long the `nth` lock of a day lasts, in seconds; the first one is 1. */
export function lockSeconds(policy: LockoutPolicy, nth: number): number {
  const doublings = Math.max(0, nth - policy.escalationCount);
  return 60 * Math.min(policy.durationMinutes * 2 ** doublings, policy.maxDurationMinutes);
}

/** The durations of the first, second, … lock of a day in seconds, up to the one that every later lock repeats. */
export function lockSchedule(policy: LockoutPolicy): number[] {
  const longest = 60 * policy.maxDurationMinutes;
  const schedule: number[] = [];
  for (let nth = 1; nth <= policy.escalationCount || schedule.at(-1) !== longest; nth += 1) {
    schedule.push(lockSeconds(policy, nth));
  }
  return schedule;
}

/**
 * Seconds after which the last of the failures of a lock can no longer be under way: whoever meets a lock that old and
 * untold may tell of it, because the process that should have died.
 */
export const STALE_SECONDS = 120;

/** Days after which a counter that nobody touched is forgotten. */
export const FORGET_DAYS = 30;
