import { normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account } from '../domain/accounts/store.ts';
import { ALREADY_AGREED } from '../domain/agreements/store.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import type { DeviceStore, Sighting } from '../domain/devices/store.ts';
import type { Slot } from '../domain/lockout/slot-store.ts';
import type { Lockout } from '../domain/lockout/store.ts';
import { UNLIMITED } from '../domain/rate-limits/policy.ts';
import { SKIPS_OVER } from '../domain/second-factors/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { UnitConflict, type Write } from '../storage/unit-of-work.ts';
import type { Attempt } from './attempt.ts';
import { afterLostRace } from './conflicts.ts';
import { allKinds, FACTORS, PASSWORDLESS } from './factors/kinds.ts';
import { isEnd, type Step } from './next-step.ts';
import type { Answer, SignInRequest } from './request.ts';
import { type About, type Outcome, type SettleStores, settle, settleTooLate } from './settle.ts';
import { ATTEMPT_CHANGED, ATTEMPT_COMPLETED, type AttemptStore } from './store.ts';
import { type SignInState, trustDaysOf } from './submit-factor.ts';
import type { SubmitResult } from './submit-password.ts';

/** How a request about a sign-in ends: settled, told to the protocol where it is over, and committed. */

export interface AdvanceDependencies extends SettleStores {
  readonly attempts: AttemptStore;
  readonly devices: DeviceStore;
  readonly lockout: Pick<Lockout, 'request' | 'lockedUntil'>;
  readonly clock: Clock;
}

/** What has become of an attempt by something that could not fail. */
export interface NextState {
  readonly attempt: Attempt;
  readonly step: Step;
  /** Where it was changed by that. */
  readonly account?: Account;
}

/** What goes with it. */
export interface Effects {
  readonly writes: readonly Write[];
  readonly events: readonly AuditEvent[];
}

export interface Conclusion {
  sightingOf(request: SignInRequest): Sighting;
  /** Settles a result, or what it comes to when others were faster; commits in any case. `before` is the attempt as it was. */
  recordResult(
    request: SignInRequest,
    before: Attempt,
    result: SubmitResult,
    sighting: Sighting,
  ): Promise<Answer>;
  /** The same for what took no slot, because nothing about it can be guessed. */
  advance(request: SignInRequest, from: SignInState, progress: NextState, made?: Effects): Promise<Answer>;
}

/** The codes with which the stores of factors say that something was spent by a faster request. */
const SPENT: ReadonlySet<string> = new Set(allKinds().flatMap((kind) => FACTORS[kind].spentCodes));

export function createAdvance(deps: AdvanceDependencies): Conclusion {
  const { attempts, clock, lockout } = deps;

  const sightingOf = ({ address, userAgent }: SignInRequest): Sighting => ({
    at: clock.now(),
    ip: address,
    userAgent,
  });
  const aboutOf = (request: SignInRequest, sighting: Sighting): About => ({
    clientId: request.client.id,
    now: sighting.at,
    expiresAt: request.expiresAt,
    deviceId: request.shared === undefined ? (request.deviceId ?? deps.devices.newId()) : undefined,
    tellsOfDevice: request.shared?.named !== true,
    sighting,
  });
  /** Settles a result, or what it comes to when others were faster; commits in any case. */
  async function commitOutcome(
    request: SignInRequest,
    before: Attempt,
    result: SubmitResult,
    about: About,
  ): Promise<Answer> {
    const { unit } = request;
    const { outcome, rejection, retryAt, limits } = result;
    try {
      settle(unit, deps, outcome, about);
      if (rejection !== undefined) {
        await unit.commit();
        return { kind: 'refused', rejection, retryAt, limits };
      }
      const { step } = outcome;
      const location = isEnd(step) ? await request.finishInteraction(step, outcome.attempt) : undefined;
      await unit.commit();
      if (location === undefined) return { kind: 'goes_on', limits };
      return { kind: 'over', location, deviceId: step.kind === 'done' ? about.deviceId : undefined, limits };
    } catch (error) {
      unit.discard();
      if (!(error instanceof UnitConflict)) throw error;
      return afterConflict(request, before, result, about, error);
    }
  }

  /** Another request was faster. What that means for this one depends on at what. */
  async function afterConflict(
    request: SignInRequest,
    before: Attempt,
    result: SubmitResult,
    about: About,
    error: UnitConflict,
  ): Promise<Answer> {
    const { unit } = request;
    if (error.code === ATTEMPT_COMPLETED || error.code === ATTEMPT_CHANGED) {
      const now = await attempts.find(request.uid);
      settleTooLate(unit, deps, result.outcome, about, now);
      await unit.commit();
      return { kind: now.completed ? 'ended_elsewhere' : 'overtaken' };
    }
    // The page of the sign-in knows what may be done instead of skipping it, and what is next after an agreement.
    if (error.code === SKIPS_OVER || error.code === ALREADY_AGREED)
      return { kind: 'goes_on', limits: result.limits };
    const other = await afterLostRace(error.code, before, result, about.now, { lockout, spent: SPENT });
    if (other !== undefined) return commitOutcome(request, before, other, about);
    settleTooLate(unit, deps, result.outcome, about);
    await unit.commit();
    throw error;
  }

  async function advance(
    request: SignInRequest,
    { attempt: before, circumstances, deviceIsKnown: known, account: unchanged }: SignInState,
    { attempt, step, account = unchanged }: NextState,
    { writes, events }: Effects = { writes: [], events: [] },
  ): Promise<Answer> {
    const sighting = sightingOf(request);
    const about = aboutOf(request, sighting);
    const { deviceId } = request;
    const outcome: Outcome = {
      attempt: { ...attempt, completed: isEnd(step) },
      step,
      account,
      deviceIsKnown: known,
      slot:
        step.kind === 'done' && attempt.passwordAt !== undefined && attempt.carriedAt === undefined
          ? counterOf(account, known ? deviceId : undefined)
          : undefined,
      refusal: undefined,
      rehash: undefined,
      limits: UNLIMITED,
      factor: attempt.secondFactor?.kind ?? (attempt.passkey === undefined ? 'pwd' : PASSWORDLESS),
      writes,
      events,
      trustDays: step.kind === 'done' ? trustDaysOf(attempt, circumstances.trustDays) : 0,
    };
    return commitOutcome(
      request,
      before,
      { outcome, rejection: undefined, retryAt: undefined, limits: UNLIMITED },
      about,
    );
  }

  /** The counter that a sign-in sets back when it is complete, also where its last step has risked nothing. */
  const counterOf = (account: Account, knownDevice: string | undefined): Slot => ({
    request: lockout.request({
      identifier: normaliseIdentifier(account.email),
      accountId: account.id,
      knownDevice,
    }),
    failures: 0,
    locksUntil: undefined,
    passwordDisabled: false,
    disablesAfter: undefined,
  });

  return {
    sightingOf,
    advance,
    recordResult: (request, before, result, sighting) =>
      commitOutcome(request, before, result, aboutOf(request, sighting)),
  };
}
