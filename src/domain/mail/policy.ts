import { backoffSeconds } from '../../kernel/backoff.ts';

/** When a mail is tried again, and when no more. Pure. */

const LONGEST_DELAY_SECONDS = 3_600;

/** With the delays above the last attempt is made about 24 hours after the first. */
export const MOST_ATTEMPTS = 34;

/** What became of a mail is known, and its occasion remembered, for so many days; then its row is removed. */
export const KEPT_DAYS = 30;

/** Seconds to wait after so many attempts, at least one, that failed. `chance` is from 0 to 1. */
export const retryDelaySeconds = (attempts: number, chance: number): number =>
  backoffSeconds(attempts, chance, LONGEST_DELAY_SECONDS);

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
 * How long to wait for the relay's reply once it has the whole message. RFC 5321 (section 4.5.3.2.6) asks for ten minutes: a
 * relay that has the final period may have taken the message already, and a sender that gives up before its reply sends it again.
 */
export const REPLY_SECONDS = 600;

/** A mail that somebody waits for goes before one that only tells something; what can wait for hours goes last. */
export function priorityOf(kind: string): number {
  if (/^(invitation|verify-address|password-reset|already-registered|alarm)$/.test(kind)) return 0;
  return kind === 'password-expires' || kind === 'account-dormant' ? 2 : 1;
}
