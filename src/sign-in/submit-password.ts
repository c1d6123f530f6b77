import { normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { AccountStore } from '../domain/accounts/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import { hmacSha256 } from '../kernel/crypto.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { type Attempt, type Demands, nextStep } from './attempt.ts';
import type { RejectionCode, Submission, Verdict } from './checks/check.ts';
import { CHECKS } from './checks/index.ts';
import type { Outcome } from './settle.ts';

export interface SubmitDependencies {
  readonly accounts: AccountStore;
  readonly hasher: PasswordHasher;
  /** Keys the digest under which a typed identifier is told to the audit trail. */
  readonly digestKey: Buffer;
}

export interface SubmitResult {
  readonly outcome: Outcome;
  /** What the person is told when a check refused. */
  readonly rejection: RejectionCode | undefined;
}

const DIGEST_BYTES = 12;

/**
 * Walks the checks with a submitted identifier and password and says what the attempt has become. Writes nothing: the
 * caller settles. No database connection is held while a hash is computed. Throws `hashing_busy` (503).
 */
export async function submitPassword(
  attempt: Attempt,
  submission: Submission,
  demands: Demands,
  now: Date,
  deps: SubmitDependencies,
): Promise<SubmitResult> {
  const account = await deps.accounts.findByIdentifier(submission.identifier);
  let rehash = false;
  for (const check of CHECKS) {
    const verdict: Verdict = await check.run({ attempt, submission, account }, deps);
    if (verdict.kind === 'reject') {
      const failed = { ...attempt, failures: attempt.failures + 1 };
      const refusal = {
        reason: verdict.reason,
        identifierDigest: digest(deps.digestKey, submission.identifier),
      };
      const step = nextStep(failed, demands);
      return {
        outcome: { attempt: failed, step, refusal, account, rehash: undefined },
        rejection: verdict.code,
      };
    }
    rehash ||= verdict.rehash === true;
  }

  const proven = { ...attempt, accountId: account?.id, passwordAt: now };
  const step = nextStep(proven, demands);
  const completed = step.kind === 'done' || step.kind === 'impossible';
  return {
    outcome: {
      attempt: { ...proven, completed },
      step,
      refusal: undefined,
      account,
      rehash: rehash
        ? await replacementFor(account?.passwordHash, submission.password, deps.hasher)
        : undefined,
    },
    rejection: undefined,
  };
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

const digest = (key: Buffer, identifier: string) =>
  hmacSha256(key, normaliseIdentifier(identifier)).subarray(0, DIGEST_BYTES).toString('base64url');
