import type { AccountPasswordStore, PresentPassword } from '../domain/accounts/password-store.ts';
import { mayChangeFrom } from '../domain/passwords/expiry.ts';
import { type ExplainedRule, explainRules } from '../domain/passwords/explanation.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import type { PasswordPolicy, PasswordProblem } from '../domain/passwords/policy.ts';
import type { PasswordOwner, PasswordRules } from '../domain/passwords/rules.ts';
import type { Executor } from '../storage/database.ts';

/** How a password is judged, hashed and kept, as those who let people choose one need it. */
export interface NewPasswords {
  /** Every reason to refuse it for this person; none = it will do. Throws `hashing_busy` (503). */
  problems(password: string, owner: PasswordOwner): Promise<PasswordProblem[]>;
  /** The rules as the page tells them, and which of them a refused password met. */
  explain(owner: PasswordOwner, problems?: readonly PasswordProblem[]): ExplainedRule[];
  /** The policy by which it is judged. */
  policyFor(owner: { readonly roles: readonly string[] }): PasswordPolicy;
  /** From when on the owner may change it without having been asked to; undefined = now. */
  mayChangeFrom(owner: PresentPassword & { readonly roles: readonly string[] }, now: Date): Date | undefined;
  /** Throws `hashing_busy` (503). Not inside a transaction: none stays open while hashing. */
  hash(password: string): Promise<string>;
  /** Makes it the password, since when it tells; undefined when another one was set meanwhile, or the account is not active. */
  store(
    tx: Executor,
    account: PresentPassword & { readonly roles: readonly string[] },
    hash: string,
  ): Promise<Date | undefined>;
}

export interface NewPasswordDependencies {
  readonly passwordRules: Pick<PasswordRules, 'policyFor' | 'check'>;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly accountPasswords: Pick<AccountPasswordStore, 'replace'>;
}

export const createNewPasswords = ({
  passwordRules,
  hasher,
  accountPasswords,
}: NewPasswordDependencies): NewPasswords => ({
  problems: (password, owner) => passwordRules.check(password, owner),
  explain: (owner, problems) =>
    explainRules(passwordRules.policyFor(owner), { hasHistory: owner.passwordHash !== undefined, problems }),
  policyFor: (owner) => passwordRules.policyFor(owner),
  mayChangeFrom: (owner, now) =>
    owner.passwordChangedAt && mayChangeFrom(now, owner.passwordChangedAt, passwordRules.policyFor(owner)),
  hash: (password) => hasher.hash(password),
  // The present one counts, so one fewer of the former ones is kept.
  store: (tx, account, hash) =>
    accountPasswords.replace(tx, account, hash, Math.max(passwordRules.policyFor(account).history - 1, 0)),
});
