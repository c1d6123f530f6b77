import type { Redis } from 'ioredis';
import type { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Claim, Count, Limit } from './policy.ts';

/** Counts on Redis, by rate-limiter-flexible: one script a claim, so parallel requests and nodes share one count. */
export interface RedisCounter {
  /** The counts of the claims in order, up to the first that is exhausted. Rejects when Redis does not answer. */
  take(claims: readonly Claim[]): Promise<Count[]>;
  /** A point of each back, where it is still counted. */
  giveBack(claims: readonly Claim[]): Promise<void>;
}

const PREFIX = 'gatehouse:limit';

/** `keyOf` turns the name of a budget into what may be stored: people type passwords into the wrong field. */
export async function createRedisCounter(
  redis: Redis,
  keyOf: (claim: Claim) => Buffer,
): Promise<RedisCounter> {
  // Loaded only where it is used, as Redis itself is.
  const library = await import('rate-limiter-flexible');
  const limiters = new Map<string, RateLimiterRedis>();

  function limiterOf({ name, points, seconds }: Limit): RateLimiterRedis {
    let limiter = limiters.get(name);
    if (limiter === undefined) {
      limiter = new library.RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `${PREFIX}:${name}`,
        points,
        duration: seconds,
        rejectIfRedisNotReady: true,
      });
      limiters.set(name, limiter);
    }
    return limiter;
  }

  async function consume(claim: Claim): Promise<Count> {
    const key = keyOf(claim).toString('base64url');
    const { consumedPoints, msBeforeNext } = await limiterOf(claim.limit)
      .consume(key)
      // The library refuses by rejecting with the same kind of answer.
      .catch((answer: unknown) => {
        if (answer instanceof library.RateLimiterRes) return answer as RateLimiterRes;
        throw answer;
      });
    return { points: consumedPoints, resetSeconds: msBeforeNext / 1000 };
  }

  return {
    async giveBack(claims) {
      for (const claim of claims) await limiterOf(claim.limit).reward(keyOf(claim).toString('base64url'));
    },

    async take(claims) {
      const counts: Count[] = [];
      for (const claim of claims) {
        const count = await consume(claim);
        counts.push(count);
        if (count.points > claim.limit.points) break;
      }
      return counts;
    },
  };
}
