import type { Account } from '../../domain/accounts/store.ts';
import type { PasswordHasher } from '../../domain/passwords/hasher.ts';
import type { Attempt } from '../attempt.ts';

/** What was submitted, validated in form but not believed. */
export interface Submission {
  readonly identifier: string;
  readonly password: string;
}

export interface CheckInput {
  readonly attempt: Attempt;
  readonly submission: Submission;
  /** The account of the identifier; undefined when there is none, which no answer may tell. */
  readonly account: Account | undefined;
}

export interface CheckDependencies {
  readonly hasher: PasswordHasher;
}

/** A code for the person, the same for everything that must not be told apart. */
export type RejectionCode = 'credentials_invalid';

export type Verdict =
  | { readonly kind: 'pass'; readonly rehash?: boolean }
  /** `reason` goes to the audit trail only. */
  | { readonly kind: 'reject'; readonly code: RejectionCode; readonly reason: string };

/** One rule of a sign-in. It decides, and neither answers nor stores; it throws only for what nobody expects. */
export interface Check {
  readonly name: string;
  run(input: CheckInput, deps: CheckDependencies): Promise<Verdict>;
}

export const PASS: Verdict = { kind: 'pass' };
