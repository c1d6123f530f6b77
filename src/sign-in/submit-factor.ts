import { normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { DeviceStore, Sighting } from '../domain/devices/store.ts';
import { addSeconds } from '../kernel/clock.ts';
import type { Admissions } from './admission-store.ts';
import { type Attempt, type Demands, inEpoch, withFactor, withPasskey } from './attempt.ts';
import type { AccountCircumstances } from './circumstances.ts';
import { type FactorKind, isPass, PASSWORDLESS } from './factors/kinds.ts';
import type { FactorMatchers } from './factors/matchers.ts';
import { counterAlarm, type PasskeyMatching } from './factors/passkey.ts';
import { isEnd, nextStep, type Step } from './next-step.ts';
import type { Person, PersonStore } from './person-store.ts';
import type { Outcome } from './settle.ts';
import { busy, type SubmitResult } from './submit-password.ts';

export interface FactorDependencies extends PasskeyMatching {
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly people: Pick<PersonStore, 'facts'>;
  readonly devices: Pick<DeviceStore, 'accountsOf'>;
  readonly admissions: Pick<Admissions, 'admitFactor' | 'admitPasskey'>;
  readonly matchers: FactorMatchers;
}

/** What was shown beside the password, validated in form but not believed. */
export interface ShownFactor {
  readonly kind: FactorKind;
  /** The code that was typed, or what the browser answered. */
  readonly answer: string;
}

/** The state of an attempt whose account is known. */
export interface SignInState {
  readonly attempt: Attempt;
  readonly account: Account;
  readonly circumstances: AccountCircumstances;
  /** Whether this device has signed the account in before. */
  readonly deviceIsKnown: boolean;
  readonly step: Step;
}

interface Submitted {
  readonly demands: Demands;
  readonly deviceId: string | undefined;
  readonly address: string;
  readonly sighting: Sighting;
  /** The person wants this device to be trusted. */
  readonly trust: boolean;
}

/**
 * Verifies a second factor and says what the attempt has become. Like a password it is verified only while a slot is held
 * of the lockout, and on the same counter: nobody may guess at codes for having guessed the password. What can be no code
 * at all is counted as well. Writes nothing but the slot: the caller settles.
 */
export async function submitFactor(
  { attempt, account, circumstances, deviceIsKnown: known }: SignInState,
  shown: ShownFactor,
  submitted: Submitted,
  deps: FactorDependencies,
): Promise<SubmitResult> {
  const { deviceId, sighting } = submitted;
  const admission = await deps.admissions.admitFactor({
    identifier: normaliseIdentifier(account.email),
    accountId: account.id,
    knownDevice: known ? deviceId : undefined,
    address: submitted.address,
  });
  const { limits } = admission;
  const common = { account, deviceIsKnown: known, factor: shown.kind, slot: undefined, events: [], limits };
  if (admission.kind === 'limited')
    return refused(common, attempt, 'rate_limited', 'rate_limited', sighting.at);
  if (admission.kind === 'locked') {
    return refused(common, attempt, 'locked', 'locked', sighting.at, admission.until);
  }
  const { slot } = admission;
  const verdict = slot.passwordDisabled
    ? { reason: 'password_disabled', events: [] }
    : await deps.matchers[shown.kind]({
        account,
        attemptId: attempt.id,
        answer: shown.answer,
        sighting,
      }).catch(busy);
  if ('retryAfterSeconds' in verdict) {
    const { outcome } = refused({ ...common, slot }, attempt, 'too_busy', 'too_busy', sighting.at);
    const retryAt = addSeconds(sighting.at, verdict.retryAfterSeconds);
    return { outcome, rejection: 'too_busy', retryAt, limits };
  }
  if ('reason' in verdict) {
    const code = verdict.reason === 'malformed' ? 'code_malformed' : 'factor_wrong';
    return refused({ ...common, slot, events: verdict.events }, attempt, code, verdict.reason, sighting.at);
  }
  const proven = withFactor(attempt, { ...verdict.factor, kind: shown.kind, at: sighting.at });
  const step = nextStep(proven, circumstances, submitted.demands, sighting.at);
  // What lets somebody in once is not to be remembered.
  const trusts = (submitted.trust && !isPass(shown.kind)) || attempt.trusts;
  const { writes, events } = verdict;
  return accepted({ ...common, slot, writes, events }, { ...proven, trusts }, step, circumstances);
}

/**
 * A passkey that has verified its user, shown instead of name and password. There is nothing to guess, so it takes no
 * slot: a lock caused by strangers does not keep out a person who has one (OWASP ASVS 6.1.1).
 */
export async function submitPasskey(
  attempt: Attempt,
  response: string,
  { demands, deviceId, address, sighting }: Submitted,
  circumstancesFor: (person: Person) => AccountCircumstances,
  deps: FactorDependencies,
): Promise<SubmitResult> {
  const limits = await deps.admissions.admitPasskey(address, deviceId);
  const nobody = { deviceIsKnown: false, factor: PASSWORDLESS, slot: undefined, events: [], limits } as const;
  if (!limits.allowed) {
    return refused({ ...nobody, account: undefined }, attempt, 'rate_limited', 'rate_limited', sighting.at);
  }
  const answer = await deps.passkeyCeremonies.verifyAuthentication({ binding: attempt.id }, response);
  const account = answer.accountId === undefined ? undefined : await deps.accounts.findById(answer.accountId);
  const common = { ...nobody, account };
  const reason = 'refused' in answer ? answer.refused : refusalOf(account);
  if ('refused' in answer || account === undefined || reason !== undefined) {
    const events = 'refused' in answer ? counterAlarm(answer) : [];
    return refused({ ...common, events }, attempt, 'factor_wrong', reason ?? 'account_unknown', sighting.at);
  }
  const { passkeyId: id, backupEligible: synced, writes } = answer;
  const deviceIsKnown = deviceId !== undefined && (await deps.devices.accountsOf(deviceId)).has(account.id);
  const proven = inEpoch(withPasskey(attempt, account.id, { id, at: sighting.at, synced }), account);
  const facts = await deps.people.facts(account.id, deviceId);
  const circumstances = circumstancesFor({ account, facts, deviceIsKnown });
  const step = nextStep(proven, circumstances, demands, sighting.at);
  return accepted({ ...common, account, deviceIsKnown, writes, events: [] }, proven, step, circumstances);
}

/**
 * An account whose password is known to others may have been in their hands, and the passkey may be theirs: it opens
 * nothing by itself before the account's owner has chosen another password.
 */
function refusalOf(account: Account | undefined): string | undefined {
  if (account === undefined) return 'account_unknown';
  if (account.status !== 'active') return 'account_disabled';
  return account.passwordCompromised ? 'account_compromised' : undefined;
}

type Common = Pick<Outcome, 'account' | 'deviceIsKnown' | 'factor' | 'slot' | 'events' | 'limits'>;

function accepted(
  common: Common & Pick<Outcome, 'writes'>,
  proven: Attempt,
  step: Step,
  { trustDays }: AccountCircumstances,
): SubmitResult {
  const attempt = { ...proven, completed: isEnd(step) };
  const outcome = {
    ...common,
    attempt,
    step,
    refusal: undefined,
    rehash: undefined,
    trustDays: trustDaysOf(attempt, trustDays),
  };
  return { outcome, rejection: undefined, retryAt: undefined, limits: common.limits };
}

/**
 * A person who has shown a second factor in this sign-in, and not a code that only stands in for one, may have the device
 * trusted.
 */
export function trustDaysOf({ trusts, secondFactor, carriedAt }: Attempt, days: number): number {
  if (secondFactor !== undefined && isPass(secondFactor.kind)) return 0;
  const shown = secondFactor !== undefined && (carriedAt === undefined || secondFactor.at > carriedAt);
  return trusts && shown ? days : 0;
}

function refused(
  common: Common,
  attempt: Attempt,
  code: 'locked' | 'rate_limited' | 'factor_wrong' | 'code_malformed' | 'too_busy',
  reason: string,
  now: Date,
  until?: Date,
): SubmitResult {
  const { slot, limits } = common;
  const outcome = {
    ...common,
    attempt: { ...attempt, failures: attempt.failures + 1 },
    step: { kind: 'password' } as const,
    refusal: { code, reason, identifierDigest: undefined },
    rehash: undefined,
    writes: [],
    trustDays: 0,
  };
  if (limits.refusedBy !== undefined) {
    return { outcome, rejection: code, retryAt: addSeconds(now, limits.refusedBy.resetSeconds), limits };
  }
  // The failure that begins a lock looks like those that come after it.
  const locksUntil = until ?? slot?.locksUntil;
  return { outcome, rejection: locksUntil === undefined ? code : 'locked', retryAt: locksUntil, limits };
}
