import type { IdempotencyKeys } from '../domain/idempotency-keys/store.ts';
import type { Lockout } from '../domain/lockout/store.ts';
import type { RateLimits } from '../domain/rate-limits/store.ts';
import type { Job } from './runner.ts';

const MINUTE_MS = 60_000;

export interface SweepCountersDependencies {
  readonly lockout: Pick<Lockout, 'sweep'>;
  readonly rateLimits: Pick<RateLimits, 'sweep'>;
  readonly idempotencyKeys: Pick<IdempotencyKeys, 'sweep'>;
}

/**
 * Ends the locks that are over, for those who do not come back to find out, and forgets the counts and the answers to idempotency
 * keys that no longer matter.
 * Every node does it; what one has ended, no other tells again.
 */
export const createSweepCounters = ({
  lockout,
  rateLimits,
  idempotencyKeys,
}: SweepCountersDependencies): Job => ({
  name: 'sweep-counters',
  async round() {
    await lockout.sweep();
    await rateLimits.sweep();
    await idempotencyKeys.sweep();
    return MINUTE_MS;
  },
});
