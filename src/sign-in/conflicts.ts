import { LOCK_LIFTED, LOCKED_MEANWHILE } from '../domain/lockout/slot-store.ts';
import type { Lockout } from '../domain/lockout/store.ts';
import type { Attempt } from './attempt.ts';
import type { SubmitResult } from './submit-password.ts';

/** What a submission comes to when another request was faster at something. */

/** The codes with which a unit fails whose factor was spent by another request: a code, or the challenge of a passkey. */
export interface SpentCodes {
  readonly spent: ReadonlySet<string>;
}

/**
 * What to settle instead, after the unit of `result` has failed with this code; undefined where nothing can be made of it.
 * `before` is the attempt as it was. None of the answers can fail in the same way again.
 */
export async function afterLostRace(
  code: string,
  before: Attempt,
  result: SubmitResult,
  now: Date,
  { lockout, spent }: SpentCodes & { readonly lockout: Pick<Lockout, 'lockedUntil'> },
): Promise<SubmitResult | undefined> {
  if (result.rejection === undefined && spent.has(code)) return refusedAsSpent(result, before);
  const { slot } = result.outcome;
  if (slot === undefined) return undefined;
  if (code === LOCK_LIFTED) return withoutLock(result);
  if (code !== LOCKED_MEANWHILE) return undefined;
  return lockedMeanwhile(result, before, (await lockout.lockedUntil(slot.request)) ?? now);
}

/** A failure that would have begun a lock, after all: somebody's success, or an operator, has lifted it meanwhile. */
function withoutLock(result: SubmitResult): SubmitResult {
  const { outcome } = result;
  const slot = outcome.slot && { ...outcome.slot, locksUntil: undefined, disablesAfter: undefined };
  const rejection = outcome.refusal?.code ?? 'credentials_invalid';
  return { ...result, outcome: { ...outcome, slot }, rejection, retryAt: undefined };
}

/** A success that came too late: the failures of others have begun a lock since its slot was taken. */
function lockedMeanwhile(result: SubmitResult, before: Attempt, until: Date): SubmitResult {
  const refused = refusedLate(result, before, 'locked', 'locked_meanwhile');
  return {
    ...refused,
    outcome: { ...refused.outcome, slot: undefined },
    rejection: 'locked',
    retryAt: until,
  };
}

/** The second of two uses of one code: as wrong as any other code. */
function refusedAsSpent(result: SubmitResult, before: Attempt): SubmitResult {
  const refused = refusedLate(result, before, 'factor_wrong', 'factor_used');
  const { slot } = refused.outcome;
  const locks = slot?.locksUntil !== undefined;
  return { ...refused, rejection: locks ? 'locked' : 'factor_wrong', retryAt: slot?.locksUntil };
}

function refusedLate(
  result: SubmitResult,
  before: Attempt,
  code: 'locked' | 'factor_wrong',
  reason: string,
): SubmitResult {
  return {
    ...result,
    outcome: {
      ...result.outcome,
      attempt: { ...before, failures: before.failures + 1 },
      step: { kind: 'password' },
      rehash: undefined,
      writes: [],
      events: [],
      trustDays: 0,
      refusal: { code, reason, identifierDigest: undefined },
    },
  };
}
