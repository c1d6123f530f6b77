import { identifierDigest } from '../domain/accounts/policy.ts';
import type { Account } from '../domain/accounts/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import type { PasswordRules } from '../domain/passwords/rules.ts';
import { type Decision, UNLIMITED } from '../domain/rate-limits/policy.ts';
import { GatehouseError, isCode } from '../kernel/errors.ts';
import type { Admission, Admissions } from './admission-store.ts';
import { type Attempt, type Demands, inEpoch, type PasswordChange, withPassword } from './attempt.ts';
import type { CheckResult, RejectionCode, Submission } from './checks/check.ts';
import { CHECKS } from './checks/index.ts';
import type { AccountCircumstances } from './circumstances.ts';
import { isEnd, nextStep } from './next-step.ts';
import type { Person, PersonStore } from './person-store.ts';
import type { Outcome } from './settle.ts';

export interface SubmitDependencies {
  readonly people: Pick<PersonStore, 'byIdentifier'>;
  readonly admissions: Pick<Admissions, 'admit'>;
  readonly hasher: PasswordHasher;
  readonly passwordRules: Pick<PasswordRules, 'requiredChange'>;
  /** What holds for somebody at the client of this sign-in. */
  readonly circumstancesOf: (person: Person) => AccountCircumstances;
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
  const person = await deps.people.byIdentifier(submission.identifier, submission.deviceId);
  const { account, deviceIsKnown = false } = person ?? {};
  const { verdict, admission, rehash } = await walk({ attempt, submission, account, deviceIsKnown }, deps);
  const slot = admission?.kind === 'admitted' ? admission.slot : undefined;
  const limits = admission?.limits ?? UNLIMITED;
  const common = { account, slot, deviceIsKnown, limits, ...NOTHING_SPENT };
  if (verdict.kind === 'reject') {
    const refusal = {
      code: verdict.code,
      reason: verdict.reason,
      identifierDigest: identifierDigest(deps.digestKey, submission.identifier),
    };
    const failed = { ...attempt, failures: attempt.failures + 1 };
    const outcome = { ...common, attempt: failed, step: { kind: 'password' }, refusal } as const;
    // The failure that begins a lock looks like those that come after it.
    const locks = verdict.code === 'credentials_invalid' && slot?.locksUntil !== undefined;
    return {
      outcome,
      rejection: locks ? 'locked' : verdict.code,
      retryAt: locks ? slot.locksUntil : retryAt(verdict, admission, now),
      limits,
    };
  }

  if (person === undefined || account === undefined) throw new Error('every check has passed for nobody');
  const shown = withPassword(attempt, account.id, {
    at: now,
    setAt: account.passwordChangedAt,
    change: changeOf(account, now, deps.passwordRules),
  });
  const proven = inEpoch(shown, account);
  const step = nextStep(proven, deps.circumstancesOf(person), demands, now);
  return {
    outcome: {
      ...common,
      attempt: { ...proven, completed: isEnd(step) },
      step,
      refusal: undefined,
      rehash: rehash
        ? await replacementFor(account.passwordHash, submission.password, deps.hasher)
        : undefined,
    },
    rejection: undefined,
    retryAt: undefined,
    limits,
  };
}

/** A password that is right spends nothing. */
const NOTHING_SPENT = { factor: 'pwd', writes: [], events: [], trustDays: 0, rehash: undefined } as const;

/** What was proven may be a password that must not open anything any more. */
function changeOf(
  account: Account,
  now: Date,
  rules: SubmitDependencies['passwordRules'],
): PasswordChange | undefined {
  // Whoever opens the envelope in an emergency is not held up by the age of what is in it.
  if (account.breakGlass) return undefined;
  const reason = rules.requiredChange(account, now);
  return reason && { reason, setAt: account.passwordChangedAt };
}

interface Walk {
  readonly verdict: CheckResult;
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
export function busy(error: unknown): CheckResult & { readonly retryAfterSeconds: number } {
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
  verdict: CheckResult & { kind: 'reject' },
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
    if (isCode(error, 'hashing_busy')) return undefined;
    throw error;
  }
}

/** The name in front of a PHC string, and the one inside of a wrapped hash, which tell nothing about the password. */
function algorithmOf(hash: string): string {
  const [, name = 'unknown', inner] = hash.split('$');
  return name === 'wrapped' ? `wrapped ${inner}` : name;
}
