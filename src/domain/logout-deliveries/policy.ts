/** When a client is told again that a session has ended, and when no more. Pure. */

/** After the first failure; each further one doubles it. Short, because most failures are an application that restarts. */
const FIRST_DELAY_SECONDS = 5;
const LONGEST_DELAY_SECONDS = 600;
/** A fifth more or less, so that what failed together does not come back together. */
const JITTER = 0.2;

/** With the delays above the last attempt is made about an hour after the first. */
export const MOST_ATTEMPTS = 13;

/** A client that refuses is asked once more: it may not have had our newest key yet. */
export const MOST_REFUSALS = 2;

/** What became of a notice is known for so many days; then its row is removed, and the audit trail knows it alone. */
export const KEPT_DAYS = 7;

/** Seconds to wait after so many attempts, at least one, that failed. `chance` is from 0 to 1. */
export function retryDelaySeconds(attempts: number, chance: number): number {
  const delay = Math.min(FIRST_DELAY_SECONDS * 2 ** (attempts - 1), LONGEST_DELAY_SECONDS);
  return delay * (1 - JITTER + 2 * JITTER * chance);
}

/** Answers of the 4xx kind that speak of the moment and not of the notice. */
const TRANSIENT = new Set([408, 425, 429]);

/**
 * What a client's answer means (OpenID Connect Back-Channel Logout 1.0, section 2.8): 200, or 204 of a framework that
 * makes it of an empty 200, is success; a 4xx refuses the notice. A redirect is none of these: it is not followed, since
 * nobody registered where it leads.
 */
export function meaningOf(status: number): 'delivered' | 'refused' | 'failed' {
  if (status === 200 || status === 204) return 'delivered';
  return status >= 400 && status < 500 && !TRANSIENT.has(status) ? 'refused' : 'failed';
}

export interface Failure {
  /** Attempts made so far, the failed one included. */
  readonly attempts: number;
  /** How many of them the client has answered with a refusal. */
  readonly refusals: number;
  /** Seconds that the client asked for (`Retry-After`; RFC 9110, section 10.2.3). */
  readonly wanted?: number;
}

export type GivenUp = 'refused' | 'exhausted' | 'client_gone';
export type DeliveryDecision = { readonly retryAt: Date } | { readonly givenUp: GivenUp };

/** What follows a failed attempt. */
export function afterFailure(
  { attempts, refusals, wanted = 0 }: Failure,
  now: Date,
  chance: number,
): DeliveryDecision {
  if (refusals >= MOST_REFUSALS) return { givenUp: 'refused' };
  if (attempts >= MOST_ATTEMPTS) return { givenUp: 'exhausted' };
  const delay = Math.max(retryDelaySeconds(attempts, chance), Math.min(wanted, LONGEST_DELAY_SECONDS));
  return { retryAt: new Date(now.getTime() + delay * 1000) };
}

/**
 * Seconds for which an attempt has the notice for itself. Twice what it may take, so that a clock that runs ahead on
 * another node does not take it away from one that is still at it.
 */
export const leaseSeconds = (timeoutSeconds: number): number => 2 * timeoutSeconds;
