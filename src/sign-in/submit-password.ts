import { identifierDigest } from '../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { DeviceStore } from '../domain/devices/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import type { PasswordRules } from '../domain/passwords/rules.ts';
import { type Decision, UNLIMITED } from '../domain/rate-limits/policy.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Admission, Admissions } from './admission-store.ts';
import { type Attempt, type Demands, nextStep, type PasswordChange } from './attempt.ts';
import type { RejectionCode, Submission, Verdict } from './checks/check.ts';
import { CHECKS } from './checks/index.ts';
import type { Outcome } from './settle.ts';

export interface SubmitDependencies {
  readonly accounts: AccountStore;
  readonly devices: Pick<DeviceStore, 'accountsOf'>;
  readonly admissions: Admissions;
  readonly hasher: PasswordHasher;
  readonly passwordRules: Pick<PasswordRules, 'requiredChange'>;
  /** Keys the digest under which a typed identifier is told to the audit trail. */
  readonly digestKey: Buffer;
}

export interface SubmitResult {
  readonly outcome: Outcome;
  /** What the person is told when a check refused. */
  readonly rejection: RejectionCode | undefined;
  /** When trying again makes sense, where that is known. */
  readonly retryAt: Date | undefined;
  /** How the budgets stand that the submission took from. */
  readonly limits: Decision;
}

/**
 * Walks the checks with a submitted identifier and password and says what the attempt has become. Writes nothing but the
 * slot that a try takes in advance: the caller settles. No database connection is held while a hash is computed.
 */
export async function submitPassword(
  attempt: Attempt,
  submission: Submission,
  demands: Demands,
  now: Date,
  deps: SubmitDependencies,
): Promise<SubmitResult> {
  const { account, deviceIsKnown } = await recognise(submission, deps);
  const { verdict, admission, rehash } = await walk({ attempt, submission, account, deviceIsKnown }, deps);
  const slot = admission?.kind === 'admitted' ? admission.slot : undefined;
  const limits = admission?.limits ?? UNLIMITED;
  const common = { account, slot, deviceIsKnown, limits };
  if (verdict.kind === 'reject') {
    const failed = { ...attempt, failures: attempt.failures + 1 };
    const refusal = {
      code: verdict.code,
      reason: verdict.reason,
      identifierDigest: identifierDigest(deps.digestKey, submission.identifier),
    };
    const outcome = {
      ...common,
      attempt: failed,
      step: nextStep(failed, demands),
      refusal,
      rehash: undefined,
    };
    // The failure that begins a lock looks like those that come after it.
    const locks = verdict.code === 'credentials_invalid' && slot?.locksUntil !== undefined;
    return {
      outcome,
      rejection: locks ? 'locked' : verdict.code,
      retryAt: locks ? slot.locksUntil : retryAt(verdict, admission, now),
      limits,
    };
  }

  const proven = {
    ...attempt,
    accountId: account?.id,
    passwordAt: now,
    passwordChange: account && changeOf(account, now, deps.passwordRules),
  };
  const step = nextStep(proven, demands);
  const completed = step.kind === 'done' || step.kind === 'impossible';
  return {
    outcome: {
      ...common,
      attempt: { ...proven, completed },
      step,
      refusal: undefined,
      rehash: rehash
        ? await replacementFor(account?.passwordHash, submission.password, deps.hasher)
        : undefined,
    },
    rejection: undefined,
    retryAt: undefined,
    limits,
  };
}

/** What was proven may be a password that must not open anything any more. */
function changeOf(
  account: Account,
  now: Date,
  rules: SubmitDependencies['passwordRules'],
): PasswordChange | undefined {
  const reason = rules.requiredChange(account, now);
  return reason && { reason, setAt: account.passwordChangedAt };
}

/** A failure that would have begun a lock, after all: somebody's success, or an operator, has lifted it meanwhile. */
export function withoutLock(result: SubmitResult): SubmitResult {
  const { outcome } = result;
  const slot = outcome.slot && { ...outcome.slot, locksUntil: undefined, disablesAfter: undefined };
  return { ...result, outcome: { ...outcome, slot }, rejection: 'credentials_invalid', retryAt: undefined };
}

/** A success that came too late: the failures of others have begun a lock since its slot was taken. */
export function lockedMeanwhile(result: SubmitResult, before: Attempt, until: Date): SubmitResult {
  const { outcome } = result;
  const refusal = { code: 'locked', reason: 'locked_meanwhile', identifierDigest: undefined } as const;
  const attempt = { ...before, failures: before.failures + 1 };
  return {
    ...result,
    outcome: { ...outcome, attempt, step: { kind: 'password' }, slot: undefined, rehash: undefined, refusal },
    rejection: 'locked',
    retryAt: until,
  };
}

async function recognise(
  { identifier, deviceId }: Submission,
  { accounts, devices }: SubmitDependencies,
): Promise<{ account: Account | undefined; deviceIsKnown: boolean }> {
  const [account, known] = await Promise.all([
    accounts.findByIdentifier(identifier),
    deviceId === undefined ? undefined : devices.accountsOf(deviceId),
  ]);
  return { account, deviceIsKnown: account !== undefined && known?.has(account.id) === true };
}

interface Walk {
  readonly verdict: Verdict;
  readonly admission: Admission | undefined;
  readonly rehash: boolean;
}

async function walk(
  input: { attempt: Attempt; submission: Submission; account: Account | undefined; deviceIsKnown: boolean },
  deps: SubmitDependencies,
): Promise<Walk> {
  let admission: Admission | undefined;
  let rehash = false;
  for (const check of CHECKS) {
    const slot = admission?.kind === 'admitted' ? admission.slot : undefined;
    const verdict = await check.run({ ...input, slot }, deps).catch(busy);
    admission ??= verdict.admission;
    if (verdict.kind === 'reject') return { verdict, admission, rehash };
    rehash ||= verdict.rehash === true;
  }
  return { verdict: { kind: 'pass' }, admission, rehash };
}

/** A full queue of the hasher is an answer, too: nothing was verified, so nothing may count. */
function busy(error: unknown): Verdict {
  if (!(error instanceof GatehouseError) || error.code !== 'hashing_busy') throw error;
  return {
    kind: 'reject',
    code: 'too_busy',
    reason: 'too_busy',
    retryAfterSeconds: error.retryAfter ?? BUSY_SECONDS,
  };
}

const BUSY_SECONDS = 5;

function retryAt(
  verdict: Verdict & { kind: 'reject' },
  admission: Admission | undefined,
  now: Date,
): Date | undefined {
  if (admission?.kind === 'locked') return admission.until;
  const seconds = admission?.limits.refusedBy?.resetSeconds ?? verdict.retryAfterSeconds;
  return seconds === undefined ? undefined : new Date(now.getTime() + seconds * 1000);
}

/** A queue that is full is no reason to refuse a sign-in whose password was right: the hash waits for the next one. */
async function replacementFor(
  from: string | undefined,
  password: string,
  hasher: PasswordHasher,
): Promise<Outcome['rehash']> {
  if (from === undefined) return undefined;
  try {
    return { from, to: await hasher.hash(password), algorithm: algorithmOf(from) };
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'hashing_busy') return undefined;
    throw error;
  }
}

/** The name in front of a PHC string, which tells nothing about the password. */
const algorithmOf = (hash: string) => hash.split('$')[1] ?? 'unknown';
