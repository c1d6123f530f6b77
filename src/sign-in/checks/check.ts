import type { Account } from '../../domain/accounts/store.ts';
import type { Slot } from '../../domain/lockout/slot-store.ts';
import type { PasswordHasher } from '../../domain/passwords/hasher.ts';
import type { Admission, Admissions } from '../admission-store.ts';
import type { Attempt } from '../attempt.ts';

/** What was submitted, validated in form but not believed. */
export interface Submission {
  readonly identifier: string;
  readonly password: string;
  /** Where it came from. */
  readonly address: string;
  /** The id that the browser's device cookie holds, if it is one of ours. */
  readonly deviceId: string | undefined;
}

export interface CheckInput {
  readonly attempt: Attempt;
  readonly submission: Submission;
  /** The account of the identifier; undefined when there is none, which no answer may tell. */
  readonly account: Account | undefined;
  /** Whether the browser has signed in this account before. */
  readonly deviceIsKnown: boolean;
  /** The permission to fail once, from the check that takes it on. */
  readonly slot: Slot | undefined;
}

export interface CheckDependencies {
  readonly hasher: PasswordHasher;
  readonly admissions: Pick<Admissions, 'admit'>;
}

/** A code for the person, the same for everything that must not be told apart. */
export type RejectionCode =
  | 'credentials_invalid'
  | 'locked'
  | 'rate_limited'
  | 'too_busy'
  /** A second factor, or a passkey instead of everything else, that does not prove anything. */
  | 'factor_wrong'
  /** What was typed cannot be a code at all. */
  | 'code_malformed';

export type CheckResult =
  | { readonly kind: 'pass'; readonly rehash?: boolean; readonly admission?: Admission }
  /** `reason` goes to the audit trail only. */
  | {
      readonly kind: 'reject';
      readonly code: RejectionCode;
      readonly reason: string;
      readonly admission?: Admission;
      readonly retryAfterSeconds?: number;
    };

/** One rule of a sign-in. It decides, and neither answers nor stores; it throws only for what nobody expects. */
export interface Check {
  readonly name: string;
  run(input: CheckInput, deps: CheckDependencies): Promise<CheckResult>;
}

export const PASS: CheckResult = { kind: 'pass' };
