/** When a mail is tried again, and when no more. Pure. */

/** After the first failure; each further one doubles it. Short, because most failures are a relay that restarts. */
const FIRST_DELAY_SECONDS = 5;
const LONGEST_DELAY_SECONDS = 3_600;
/** A fifth more or less, so that what failed together does not come back together. */
const JITTER = 0.2;

/** With the delays above the last attempt is made about 24 hours after the first. */
export const MOST_ATTEMPTS = 34;

/** What became of a mail is known, and its occasion remembered, for so many days; then its row is removed. */
export const KEPT_DAYS = 30;

/** Seconds to wait after so many attempts, at least one, that failed. `chance` is from 0 to 1. */
export function retryDelaySeconds(attempts: number, chance: number): number {
  const delay = Math.min(FIRST_DELAY_SECONDS * 2 ** (attempts - 1), LONGEST_DELAY_SECONDS);
  return delay * (1 - JITTER + 2 * JITTER * chance);
}

export interface Failure {
  /** Attempts made so far, the failed one included. */
  readonly attempts: number;
  /** The receiving side has refused this mail for good (a 5xx reply to the recipient or the content). */
  readonly permanent: boolean;
  /** After which the mail would only mislead: its link is dead, or what it warns of has happened. */
  readonly uselessAfter: Date | undefined;
}

export type DeliveryDecision =
  | { readonly retryAt: Date }
  | { readonly givenUp: 'refused' | 'expired' | 'exhausted' };

/** What follows a failed attempt. */
export function afterFailure(failure: Failure, now: Date, chance: number): DeliveryDecision {
  if (failure.permanent) return { givenUp: 'refused' };
  if (failure.attempts >= MOST_ATTEMPTS) return { givenUp: 'exhausted' };
  const retryAt = new Date(now.getTime() + retryDelaySeconds(failure.attempts, chance) * 1000);
  return failure.uselessAfter !== undefined && retryAt >= failure.uselessAfter
    ? { givenUp: 'expired' }
    : { retryAt };
}

/** Why an attempt must not be made at all; undefined where it may. A mail that kills its worker comes back, too. */
export function refusedBeforehand(
  { attempts, uselessAfter }: Omit<Failure, 'permanent'>,
  now: Date,
): 'expired' | 'exhausted' | undefined {
  if (uselessAfter !== undefined && now >= uselessAfter) return 'expired';
  return attempts > MOST_ATTEMPTS ? 'exhausted' : undefined;
}

/** Reads of a reply that say nothing about the mail: the relay wants other credentials, or none of our sender. */
const AUTHENTICATION = new Set([530, 534, 535, 538]);

/**
 * Whether an SMTP reply refuses this mail for good (RFC 5321, section 4.2.1): 5xx to the recipient or the content. A
 * refusal of the connection, the credentials or the sender speaks of the configuration, which people mend.
 */
export const refusesForGood = (replyCode: number | undefined, command: string | undefined): boolean =>
  replyCode !== undefined &&
  replyCode >= 500 &&
  replyCode < 600 &&
  !AUTHENTICATION.has(replyCode) &&
  (command === 'RCPT TO' || command === 'DATA');

/**
 * Seconds for which an attempt has the mail for itself. Twice what it may take, so that a clock that runs ahead on
 * another node does not take it away from one that is still sending.
 */
export const leaseSeconds = (sendTimeoutSeconds: number): number => 2 * sendTimeoutSeconds;

/** Who waits for a mail goes before who is only told something; what can wait for hours goes last. */
export function priorityOf(kind: string): number {
  if (/^(invitation|verify-address|password-reset|already-registered)$/.test(kind)) return 0;
  return kind === 'password-expires' ? 2 : 1;
}
