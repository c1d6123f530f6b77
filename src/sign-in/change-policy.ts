import type { Demand } from '../domain/second-factors/policy.ts';
import { epochSeconds } from '../kernel/clock.ts';
import {
  type AddAct,
  FACTORS,
  type FactorTable,
  type HeldOwnFactors,
  hasOwn,
  kindsOf,
  ownReaching,
} from './factors/kinds.ts';
import { type Level, reaches } from './levels.ts';

/**
 * What a person must have shown, and how lately, before how they sign in is changed. One pure policy: the sign-in that asks
 * for a new factor and every page of the account ask it, so that no path is weaker than another (OWASP ASVS 6.3.4, 7.5.1;
 * NIST SP 800-63B-4, section 4.1.2: a new authenticator is bound at the level of those that are there).
 *
 * Exempt, because they prove something else: the mailed links that undo a change, and what an operator does.
 */

/** Everything that changes, or shows, how somebody signs in. */
export type ProtectedAct =
  /** Names and dates of factors and trusted devices; kinds and counts are for every session of the person. */
  | 'see_details'
  | AddAct
  /** Rename or remove one. */
  | 'change_factor'
  | 'make_recovery_codes'
  | 'forget_device'
  | 'change_password'
  | 'change_address';

/** The evidence may be so old when a change begins, in seconds. */
export const EVIDENCE_SECONDS = 300;
/** A change that has begun in time (a form that was opened, a set-up) may end so much later, in seconds. */
export const CEREMONY_SECONDS = 900;

/**
 * When a passkey is asked of somebody who has one; anything else of theirs is enough otherwise. `always`: were a code enough
 * to add another passkey, phishing the code would be enough for everything.
 */
const PASSKEY_NEEDED: Readonly<Record<ProtectedAct, 'always' | 'where_policy_asks'>> = {
  see_details: 'where_policy_asks',
  add_authenticator: 'where_policy_asks',
  add_passkey: 'always',
  // Also a passkey with a code, so that whoever has lost the key gets on without an operator; they are told by mail.
  change_factor: 'where_policy_asks',
  make_recovery_codes: 'where_policy_asks',
  forget_device: 'where_policy_asks',
  change_password: 'where_policy_asks',
  change_address: 'where_policy_asks',
};

/** The level at which the act's person must have signed in: that of the strongest thing that they have and the act asks for. */
export function levelToChange(
  act: ProtectedAct,
  held: HeldOwnFactors,
  policy: Demand,
  factors: FactorTable = FACTORS,
): Level {
  const byPasskey = PASSKEY_NEEDED[act] === 'always' || policy === 'phishing_resistant';
  if (byPasskey && ownReaching('phr', held, factors) > 0) return 'phr';
  return hasOwn(held, factors) ? 'aal2' : 'aal1';
}

/**
 * How old something is, in whole seconds: the protocol tells the time of a sign-in in those (`auth_time`), and two counts of
 * which one is finer would send a browser to and fro.
 */
export const ageInSeconds = (at: Date, now: Date): number => epochSeconds(now) - epochSeconds(at);

/** `asOf` is when the change began, by {@link beginningOf}. */
export const isFresh = (at: Date, asOf: Date): boolean => ageInSeconds(at, asOf) <= EVIDENCE_SECONDS;

/** Whether a change that began then may still be completed. What has not begun may not. */
export const mayComplete = (begunAt: Date | undefined, now: Date): begunAt is Date =>
  begunAt !== undefined && ageInSeconds(begunAt, now) <= CEREMONY_SECONDS;

/** The moment at which evidence must have been fresh: when the change began, or now where none is under way. */
export const beginningOf = (begunAt: Date | undefined, now: Date): Date =>
  mayComplete(begunAt, now) ? begunAt : now;

/** What a session has shown, and when. */
export interface Shown {
  readonly level: Level;
  /** A temporary code stood in for a second factor: that lets somebody in once, and changes nothing. */
  readonly byTemporaryCode?: boolean;
  readonly at: Date;
}

/** What gives an account a factor, or codes that stand in for one. */
const GIVES_FACTOR: ReadonlySet<ProtectedAct> = new Set([
  ...kindsOf('own').map((kind) => FACTORS[kind].addAct),
  'make_recovery_codes',
]);

/**
 * Whether the act asks for a temporary code: after a reset, the first factor of an account does, wherever it is set up. Pages
 * of the account leave that to the sign-in.
 */
export const asksForCode = (act: ProtectedAct, { codeNeeded }: { readonly codeNeeded: boolean }): boolean =>
  codeNeeded && GIVES_FACTOR.has(act);

/** Whether somebody who has shown this may do what asks for `level`, and began then, if they have begun. */
export const isEnough = (shown: Shown, level: Level, begunAt: Date | undefined, now: Date): boolean =>
  reaches(shown.byTemporaryCode ? 'aal1' : shown.level, level) &&
  isFresh(shown.at, beginningOf(begunAt, now));
