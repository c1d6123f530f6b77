/** When something that failed is tried again, and for how long one attempt may hold it. Pure. */

/** After the first failure; each further one doubles it. Short, because most failures are a peer that restarts. */
const FIRST_DELAY_SECONDS = 5;
/** A fifth more or less, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * Seconds to wait after `attempts` failures in a row (at least one), never more than `longestSeconds` before the jitter.
 * `chance` is from 0 to 1.
 */
export function backoffSeconds(attempts: number, chance: number, longestSeconds: number): number {
  const delay = Math.min(FIRST_DELAY_SECONDS * 2 ** (attempts - 1), longestSeconds);
  return delay * (1 - JITTER + 2 * JITTER * chance);
}

/**
 * Seconds for which a claim holds, given how long an attempt usually takes at most. Twice as long, so that a clock that runs
 * ahead on another node takes nothing away from a node that is still at it; a worker that takes longer renews the claim.
 */
export const leaseSeconds = (attemptSeconds: number): number => 2 * attemptSeconds;
