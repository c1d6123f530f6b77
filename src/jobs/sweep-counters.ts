import type { Lockout } from '../domain/lockout/store.ts';
import type { RateLimits } from '../domain/rate-limits/store.ts';
import type { Job } from './runner.ts';

const MINUTE_MS = 60_000;

export interface SweepCountersDependencies {
  readonly lockout: Pick<Lockout, 'sweep'>;
  readonly rateLimits: Pick<RateLimits, 'sweep'>;
}

/**
 * Ends the locks that are over, for those who do not come back to find out, and forgets the counts that no longer matter.
 * Every node does it; what one has ended, no other tells again.
 */
export const createSweepCounters = ({ lockout, rateLimits }: SweepCountersDependencies): Job => ({
  name: 'sweep-counters',
  async round() {
    await lockout.sweep();
    await rateLimits.sweep();
    return MINUTE_MS;
  },
});
