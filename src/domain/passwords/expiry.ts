import type { PasswordPolicy } from './policy.ts';

/** When a password has to be changed, when that is told beforehand, and when its owner may. */

/** Why a password has to be changed before anything else. */
export type ChangeReason = 'compromised' | 'must_change' | 'expired';

/** A password that is in use, as far as its age and standing go. */
export interface PasswordState {
  readonly changedAt: Date;
  /** An administrator asks for another one. */
  readonly mustChange: boolean;
  /** It is known, or suspected, to be known to others. */
  readonly compromised: boolean;
}

export interface ExpiryNotice {
  /** The notice that is due: each is told once. */
  readonly daysBefore: (typeof NOTICE_DAYS)[number];
  readonly expiresAt: Date;
}

const NOTICE_DAYS = [1, 7, 14] as const;
export const LONGEST_NOTICE_DAYS = Math.max(...NOTICE_DAYS);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The gravest reason to change a password at the next sign-in; undefined when there is none. */
export function requiredChange(
  now: Date,
  { changedAt, mustChange, compromised }: PasswordState,
  policy: Pick<PasswordPolicy, 'expiryDays'>,
): ChangeReason | undefined {
  if (compromised) return 'compromised';
  if (mustChange) return 'must_change';
  const expires = expiresAt(changedAt, policy);
  return expires !== undefined && expires <= now ? 'expired' : undefined;
}

/** The moment from which on a password has expired; undefined where none does. */
export const expiresAt = (
  changedAt: Date,
  { expiryDays }: Pick<PasswordPolicy, 'expiryDays'>,
): Date | undefined => (expiryDays === 0 ? undefined : new Date(changedAt.getTime() + expiryDays * DAY_MS));

/**
 * Which notice is due before a password expires: that of 14 days, of 7 or of 1. None earlier, and none once it has expired:
 * then the next sign-in asks. Nor where the whole lifetime is no longer than the notice.
 */
export function expiryNotice(
  now: Date,
  changedAt: Date,
  policy: Pick<PasswordPolicy, 'expiryDays'>,
): ExpiryNotice | undefined {
  const expires = expiresAt(changedAt, policy);
  if (expires === undefined || expires <= now) return undefined;
  const leftMs = expires.getTime() - now.getTime();
  const daysBefore = NOTICE_DAYS.find((days) => leftMs <= days * DAY_MS && policy.expiryDays > days);
  return daysBefore === undefined ? undefined : { daysBefore, expiresAt: expires };
}

/** Days until a password expires, one that has begun counting as a whole one. */
export const daysLeft = (now: Date, expires: Date): number =>
  Math.max(0, Math.ceil((expires.getTime() - now.getTime()) / DAY_MS));

/** From when on its owner may change a password by themselves; undefined when that is now. */
export function mayChangeFrom(
  now: Date,
  changedAt: Date,
  { minAgeHours }: Pick<PasswordPolicy, 'minAgeHours'>,
): Date | undefined {
  const from = new Date(changedAt.getTime() + minAgeHours * HOUR_MS);
  return minAgeHours > 0 && from > now ? from : undefined;
}
