import { normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import type { DeviceStore, Sighting } from '../domain/devices/store.ts';
import type { PasskeyCeremonies, Refused } from '../domain/passkeys/ceremony.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import type { TemporaryCodeStore } from '../domain/temporary-codes/store.ts';
import type { TotpStore } from '../domain/totp/store.ts';
import { addSeconds } from '../kernel/clock.ts';
import type { Write } from '../storage/unit-of-work.ts';
import type { Admissions } from './admission-store.ts';
import {
  type Attempt,
  type Demands,
  type FactorKind,
  inEpoch,
  type ProvenFactor,
  withFactor,
  withPasskey,
} from './attempt.ts';
import type { AccountCircumstances } from './circumstances.ts';
import { isEnd, nextStep, type Step } from './next-step.ts';
import type { Person, PersonStore } from './person-store.ts';
import type { Outcome } from './settle.ts';
import type { SubmitResult } from './submit-password.ts';

export interface FactorDependencies {
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly people: Pick<PersonStore, 'facts'>;
  readonly devices: Pick<DeviceStore, 'accountsOf'>;
  readonly admissions: Pick<Admissions, 'admitFactor' | 'admitPasskey'>;
  readonly totp: Pick<TotpStore, 'match'>;
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'match'>;
  readonly temporaryCodes: Pick<TemporaryCodeStore, 'match'>;
  readonly passkeyCeremonies: Pick<PasskeyCeremonies, 'verifyAuthentication'>;
  readonly notices: {
    /** Somebody got in with a recovery code: its person is told, and how many are left. */
    recoveryCodeUsed(account: Account, codesLeft: number, sighting: Sighting): Write[];
    /** Somebody has used a temporary code: its person is told. */
    temporaryCodeUsed(account: Account, sighting: Sighting): Write[];
  };
}

/** What was shown beside the password, validated in form but not believed. */
export type ShownFactor =
  | { readonly kind: 'totp' | 'recovery_code' | 'temporary_code'; readonly code: string }
  | { readonly kind: 'passkey'; readonly response: string };

/** Where an attempt stands whose account is known. */
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

type FactorResult =
  | {
      readonly factor: ProvenFactor;
      readonly writes: readonly Write[];
      readonly events: readonly AuditEvent[];
    }
  /** For auditors only. */
  | { readonly reason: string; readonly events: readonly AuditEvent[] };

/**
 * Verifies a second factor and says what the attempt has become. Like a password it is verified only by who holds a slot
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
    : await verify(attempt, account, shown, sighting, deps);
  if ('reason' in verdict) {
    const code = verdict.reason === 'malformed' ? 'code_malformed' : 'factor_wrong';
    return refused({ ...common, slot, events: verdict.events }, attempt, code, verdict.reason, sighting.at);
  }
  const proven = withFactor(attempt, verdict.factor);
  const step = nextStep(proven, circumstances, submitted.demands, sighting.at);
  // What lets somebody in once is not to be remembered.
  const trusts = (submitted.trust && shown.kind !== 'temporary_code') || attempt.trusts;
  const { writes, events } = verdict;
  return accepted({ ...common, slot, writes, events }, { ...proven, trusts }, step, circumstances);
}

async function verify(
  { id }: Attempt,
  account: Account,
  shown: ShownFactor,
  sighting: Sighting,
  deps: FactorDependencies,
): Promise<FactorResult> {
  const { at } = sighting;
  if (shown.kind === 'passkey') {
    const use = { binding: id, accountId: account.id };
    const answer = await deps.passkeyCeremonies.verifyAuthentication(use, shown.response);
    if ('refused' in answer) return { reason: answer.refused, events: alarmOf(answer) };
    const { passkeyId, backupEligible: synced, writes } = answer;
    return { factor: { kind: 'passkey', id: passkeyId, at, synced }, writes, events: [] };
  }
  if (shown.kind === 'totp') {
    const match = await deps.totp.match(account.id, shown.code);
    if ('refused' in match) return { reason: match.refused, events: [] };
    const factor = { kind: 'totp', id: match.authenticatorId, at, synced: false } as const;
    return { factor, writes: [match.write], events: [] };
  }
  const about = { outcome: 'success', actor: account.id, account: account.id } as const;
  if (shown.kind === 'temporary_code') {
    const match = await deps.temporaryCodes.match(account.id, shown.code);
    if ('refused' in match) return { reason: match.refused, events: [] };
    return {
      factor: { kind: 'temporary_code', id: '', at, synced: false },
      writes: [match.write, ...deps.notices.temporaryCodeUsed(account, sighting)],
      events: [{ type: 'temporary_code.used', ...about, details: {} }],
    };
  }
  const match = await deps.recoveryCodes.match(account.id, shown.code);
  if ('refused' in match) return { reason: match.refused, events: [] };
  const { write, codesLeft: left } = match;
  return {
    factor: { kind: 'recovery_code', id: '', at, synced: false },
    writes: [write, ...deps.notices.recoveryCodeUsed(account, left, sighting)],
    events: [{ type: 'recovery_code.used', ...about, details: { left } }],
  };
}

/** There may be a copy of an authenticator whose counter goes back (WebAuthn Level 3, section 6.1.1). */
function alarmOf({ refused: reason, passkeyId: id, accountId: account }: Refused): AuditEvent[] {
  if (reason !== 'counter_reversed' || id === undefined || account === undefined) return [];
  return [{ type: 'passkey.counter_reversed', outcome: 'failure', account, details: { id } }];
}

/**
 * A passkey that has verified its user, shown instead of name and password. There is nothing to guess, so it takes no
 * slot: a lock that strangers have brought about keeps nobody out who has one (OWASP ASVS 6.1.1).
 */
export async function submitPasskey(
  attempt: Attempt,
  response: string,
  { demands, deviceId, address, sighting }: Submitted,
  circumstancesFor: (person: Person) => AccountCircumstances,
  deps: FactorDependencies,
): Promise<SubmitResult> {
  const limits = await deps.admissions.admitPasskey(address, deviceId);
  const nobody = { deviceIsKnown: false, factor: 'passkey', slot: undefined, events: [], limits } as const;
  if (!limits.allowed) {
    return refused({ ...nobody, account: undefined }, attempt, 'rate_limited', 'rate_limited', sighting.at);
  }
  const answer = await deps.passkeyCeremonies.verifyAuthentication({ binding: attempt.id }, response);
  const account = answer.accountId === undefined ? undefined : await deps.accounts.findById(answer.accountId);
  const common = { ...nobody, account };
  const reason = 'refused' in answer ? answer.refused : refusalOf(account);
  if ('refused' in answer || account === undefined || reason !== undefined) {
    const events = 'refused' in answer ? alarmOf(answer) : [];
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

/** Who has shown a second factor here and now, and nothing in its place for once, may have the device trusted. */
export function trustDaysOf({ trusts, secondFactor, carriedAt }: Attempt, days: number): number {
  if (secondFactor?.kind === 'temporary_code') return 0;
  const shown = secondFactor !== undefined && (carriedAt === undefined || secondFactor.at > carriedAt);
  return trusts && shown ? days : 0;
}

function refused(
  common: Common,
  attempt: Attempt,
  code: 'locked' | 'rate_limited' | 'factor_wrong' | 'code_malformed',
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

export const FACTOR_KINDS: readonly FactorKind[] = ['totp', 'passkey', 'recovery_code', 'temporary_code'];
