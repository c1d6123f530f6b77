/**
 * Sign-in: how a person proves who they are. This folder owns the attempt (the evidence so far), the decision what comes
 * next, and the checks that a submission passes. The protocol hears of it once, when the attempt is complete; pages and
 * redirects are others' business.
 */

import type { ChangeReason } from '../domain/passwords/expiry.ts';
import { ageInSeconds, beginningOf, isFresh } from './change-policy.ts';
import {
  amrOf,
  FACTORS,
  type FactorKind,
  type FactorTable,
  factorOfAmr,
  isPass,
  kindsOf,
  PASSWORDLESS,
} from './factors/kinds.ts';
import { type Level, reaches } from './levels.ts';

/** What has been shown so far in one interaction. */
export interface Attempt {
  /** The interaction's uid. */
  readonly id: string;
  /** The account of which something was proven, if any: all evidence is of this one. */
  readonly accountId: string | undefined;
  /** The account's access epoch when something of it was first proven: once it is another one, all evidence is void. */
  readonly accessEpoch: number | undefined;
  /** When the password was proven. */
  readonly passwordAt: Date | undefined;
  /** When the password that was proven had been set: after another one was set, that evidence is void. */
  readonly passwordSetAt: Date | undefined;
  /** Set when the password that was proven has to be changed before anything comes of it. */
  readonly passwordChange: PasswordChange | undefined;
  /** What was proven beside the password; the strongest, where several were. */
  readonly secondFactor: ProvenFactor | undefined;
  /** A passkey that verified its user, shown instead of a password: a sign-in by itself. */
  readonly passkey: ProvenPasskey | undefined;
  /** Set when part of the evidence is what a live session was made with: when that session's person signed in. */
  readonly carriedAt: Date | undefined;
  /** When setting up a factor, or choosing a new password, began in this attempt, with evidence that was fresh then. */
  readonly changeBegunAt: Date | undefined;
  /** Recovery codes were made in this attempt and are still to be stored by the person. */
  readonly codesPending: boolean;
  /** The person put off setting up a second factor. */
  readonly skipped: boolean;
  /** The person wants this device to be trusted, once the sign-in is complete. */
  readonly trusts: boolean;
  /** The sessions that the person has chosen to end for this one, by their uids. */
  readonly ending: readonly string[];
  /** The documents that the person has agreed to in it, each by its edition (`domain/agreements`). */
  readonly agreed: readonly string[];
  readonly failures: number;
  readonly completed: boolean;
  /** How often it was changed: what was decided of an earlier revision is not kept. */
  readonly revision: number;
}

export interface PasswordChange {
  readonly reason: ChangeReason;
  /** When the password that was proven had been set: another one proves nothing here. */
  readonly setAt: Date | undefined;
}

export interface ProvenPasskey {
  readonly id: string;
  readonly at: Date;
  /** It may be copied to other devices (eligible for backup). */
  readonly synced: boolean;
}

export interface ProvenFactor extends ProvenPasskey {
  readonly kind: FactorKind;
}

export const newAttempt = (id: string): Attempt => ({
  id,
  accountId: undefined,
  accessEpoch: undefined,
  passwordAt: undefined,
  passwordSetAt: undefined,
  passwordChange: undefined,
  secondFactor: undefined,
  passkey: undefined,
  carriedAt: undefined,
  changeBegunAt: undefined,
  codesPending: false,
  skipped: false,
  trusts: false,
  ending: [],
  agreed: [],
  failures: 0,
  completed: false,
  revision: 0,
});

/** The same attempt, with nothing that was shown in it. */
const anew = ({ id, failures, revision }: Attempt): Attempt => ({ ...newAttempt(id), failures, revision });

/** Who signed in in this browser before, how and when, as the provider's session knows it. */
export interface SessionEvidence {
  readonly accountId: string;
  readonly amr: readonly string[];
  /** A temporary code stood in for the second factor, which `amr` does not tell. */
  readonly byTemporaryCode?: boolean;
  readonly signedInAt: Date;
}

/**
 * The attempt with what a live session was made with, where nothing was proven in it yet: a step-up asks only for what is
 * missing. The caller vouches that the session lives and that nobody asked for another sign-in. Evidence that was carried
 * over from a session ends with that session.
 */
export function withSession(
  attempt: Attempt,
  session: SessionEvidence | undefined,
  factors: FactorTable = FACTORS,
): Attempt {
  if (attempt.carriedAt !== undefined && session === undefined) return voided(attempt);
  if (attempt.accountId !== undefined || attempt.completed || session === undefined) return attempt;
  const { accountId, amr, byTemporaryCode = false, signedInAt: at } = session;
  const told = factorOfAmr(amr, factors);
  const proven = { id: '', at, synced: told?.synced ?? false };
  const byPassword = amr.includes('pwd');
  const passkey = !byPassword && told?.kind === PASSWORDLESS ? proven : undefined;
  if (!byPassword && passkey === undefined) return attempt;
  const kind = byTemporaryCode ? kindsOf('pass', factors)[0] : told?.kind;
  return {
    ...attempt,
    accountId,
    passwordAt: byPassword ? at : undefined,
    passkey,
    secondFactor: byPassword && kind !== undefined ? { ...proven, kind } : undefined,
    carriedAt: at,
  };
}

/** What was carried over from a session that is older than the client allows counts for nothing here. */
export function withoutStale(attempt: Attempt, { maxAgeSeconds }: Demands, now: Date): Attempt {
  const { carriedAt } = attempt;
  if (carriedAt === undefined || maxAgeSeconds === undefined) return attempt;
  if (ageInSeconds(carriedAt, now) <= maxAgeSeconds) return attempt;
  return withoutCarried(attempt, carriedAt);
}

/**
 * The attempt with nothing but evidence on which how its person signs in may be changed now: what a session brought is as old
 * as its sign-in, and of what was shown in this attempt the strongest counts. It must have been fresh when the change began.
 */
export function provenLately(attempt: Attempt, now: Date): Attempt {
  const asOf = beginningOf(attempt.changeBegunAt, now);
  const own = withoutOldSession(attempt, now);
  const { passkey, secondFactor, passwordAt } = own;
  const isOld = (at: Date | undefined): boolean => at !== undefined && !isFresh(at, asOf);
  // What is old is no evidence, and leaves none to what is older or weaker: that has to be fresh itself.
  if (passkey !== undefined && !isOld(passkey.at)) return own;
  if (secondFactor !== undefined && !isOld(secondFactor.at)) return { ...own, passkey: undefined };
  return {
    ...own,
    passkey: undefined,
    secondFactor: undefined,
    passwordAt: isOld(passwordAt) ? undefined : passwordAt,
  };
}

/** The attempt without what a session brought, where that was old when the change began. */
export function withoutOldSession(attempt: Attempt, now: Date): Attempt {
  const { carriedAt, changeBegunAt } = attempt;
  const isKept = carriedAt === undefined || isFresh(carriedAt, beginningOf(changeBegunAt, now));
  return isKept ? attempt : withoutCarried(attempt, carriedAt);
}

function withoutCarried(attempt: Attempt, carriedAt: Date): Attempt {
  const isOwn = ({ at }: ProvenPasskey) => at > carriedAt;
  const { passkey, secondFactor } = attempt;
  return {
    ...attempt,
    passwordAt: undefined,
    passkey: passkey && isOwn(passkey) ? passkey : undefined,
    secondFactor: secondFactor && isOwn(secondFactor) ? secondFactor : undefined,
    carriedAt: undefined,
  };
}

/**
 * The password was proven in this attempt. Evidence of anybody else is dropped, and so is what a session brought: who
 * types a password signs in anew.
 */
export function withPassword(
  attempt: Attempt,
  accountId: string,
  proven: { at: Date; setAt: Date | undefined; change: PasswordChange | undefined },
): Attempt {
  const { carriedAt } = attempt;
  const own = carriedAt === undefined ? attempt : withoutCarried(attempt, carriedAt);
  const same = own.accountId === accountId ? own : anew(own);
  return {
    ...same,
    accountId,
    passwordAt: proven.at,
    passwordSetAt: proven.setAt,
    passwordChange: proven.change,
  };
}

/**
 * All evidence of the attempt counts in this epoch of its account: what was read of the account before it was verified, so
 * that an end of access meanwhile voids it. To be said with every first proof, and with nothing that only adds to one.
 */
export const inEpoch = (attempt: Attempt, { accessEpoch }: { readonly accessEpoch: number }): Attempt => ({
  ...attempt,
  accessEpoch,
});

/** A second factor of the attempt's own account was proven; a weaker one takes nothing from what was proven before. */
export function withFactor(attempt: Attempt, factor: ProvenFactor, factors: FactorTable = FACTORS): Attempt {
  const { secondFactor: held } = attempt;
  const keeps = held !== undefined && !reaches(factors[factor.kind].level, factors[held.kind].level);
  return keeps ? attempt : { ...attempt, secondFactor: factor };
}

/** Whether a temporary code was shown, and nothing stronger since. */
export const isByTemporaryCode = ({ secondFactor }: Attempt, factors: FactorTable = FACTORS): boolean =>
  secondFactor !== undefined && isPass(secondFactor.kind, factors);

/** The attempt without a code that only stands in: it lets somebody in, and is no evidence on which anything may be changed. */
export const withoutStandIn = (attempt: Attempt, factors: FactorTable = FACTORS): Attempt =>
  isByTemporaryCode(attempt, factors) ? { ...attempt, secondFactor: undefined } : attempt;

/** A passkey that verified its user was shown, instead of anything else: nothing from before is part of that sign-in. */
export const withPasskey = (attempt: Attempt, accountId: string, passkey: ProvenPasskey): Attempt => ({
  ...anew(attempt),
  accountId,
  passkey,
});

/** The evidence proves nothing any more, e.g. because the password was reset meanwhile. */
export const voided = (attempt: Attempt): Attempt => ({ ...anew(attempt), completed: attempt.completed });

export interface Reached {
  readonly level: Level;
  /** RFC 8176. */
  readonly amr: readonly string[];
}

/** What the evidence amounts to; undefined while nobody has proven to be anybody. */
export function reachedBy(attempt: Attempt, factors: FactorTable = FACTORS): Reached | undefined {
  const { accountId, passwordAt, passkey, secondFactor } = attempt;
  if (accountId === undefined) return undefined;
  if (passkey !== undefined) {
    const { level } = factors[PASSWORDLESS];
    return { level, amr: [amrOf(PASSWORDLESS, passkey, factors), 'user', 'mfa'] };
  }
  if (passwordAt === undefined) return undefined;
  if (secondFactor === undefined) return { level: 'aal1', amr: ['pwd'] };
  const { kind } = secondFactor;
  return { level: factors[kind].level, amr: ['pwd', amrOf(kind, secondFactor, factors), 'mfa'] };
}

/**
 * When the person signed in, for `auth_time`: when the strongest of the evidence was proven, which is the last of it in every
 * sign-in that goes straight on. A password that is typed once more beside it does not make it any younger; and what only adds
 * to a session moves nothing, because the rest of it is as old as it was.
 */
export function provenAt({ carriedAt, passwordAt, passkey, secondFactor }: Attempt): Date {
  const at = carriedAt ?? passkey?.at ?? secondFactor?.at ?? passwordAt;
  if (at === undefined) throw new Error('nobody has signed in who has shown nothing');
  return at;
}

/** What the client and the session ask of this sign-in. */
export interface Demands {
  /** The only account that will do: by `id_token_hint`, or by a requested `sub` (OpenID Connect Core, 3.1.2.1). */
  readonly accountId: string | undefined;
  /** Levels of which one must be reached: `acr_values` (RFC 9470), an essential `acr` (OpenID Connect Core, 5.5.1.1). */
  readonly acr: readonly string[] | undefined;
  /** How old a sign-in may be (`max_age`), in seconds. */
  readonly maxAgeSeconds: number | undefined;
}
