/**
 * Sign-in: how a person proves who they are. This room owns the attempt (the evidence so far), the decision what comes
 * next, and the checks that a submission passes. The protocol hears of it once, when the attempt is complete; pages and
 * redirects are others' business.
 */

import type { ChangeReason } from '../domain/passwords/expiry.ts';

/** What has been shown so far in one interaction. */
export interface Attempt {
  /** The interaction's uid. */
  readonly id: string;
  /** The account whose password was proven, if any. */
  readonly accountId: string | undefined;
  /** When the password was proven. */
  readonly passwordAt: Date | undefined;
  /** Set when the password that was proven has to be changed before anything comes of it. */
  readonly passwordChange: PasswordChange | undefined;
  readonly failures: number;
  readonly completed: boolean;
}

export interface PasswordChange {
  readonly reason: ChangeReason;
  /** When the password that was proven had been set: another one proves nothing here. */
  readonly setAt: Date | undefined;
}

export const newAttempt = (id: string): Attempt => ({
  id,
  accountId: undefined,
  passwordAt: undefined,
  passwordChange: undefined,
  failures: 0,
  completed: false,
});

/** What the client and the session ask of this sign-in. */
export interface Demands {
  /** The only account that will do: by `id_token_hint`, or by a requested `sub` (OpenID Connect Core, 3.1.2.1). */
  readonly accountId: string | undefined;
  /** Levels of which one must be reached: `acr_values` (RFC 9470), an essential `acr` (OpenID Connect Core, 5.5.1.1). */
  readonly acr: readonly string[] | undefined;
}

export type Step =
  | { readonly kind: 'password' }
  | { readonly kind: 'change_password'; readonly accountId: string; readonly change: PasswordChange }
  | {
      readonly kind: 'done';
      readonly accountId: string;
      readonly acr: string;
      readonly amr: readonly string[];
      /** When the last of it was proven, which may be a while before the protocol hears of it. */
      readonly provenAt: Date;
    }
  | { readonly kind: 'impossible'; readonly error: 'unmet_authentication_requirements' | 'login_required' };

/** A password alone (NIST SP 800-63B-4, section 2.1), and its name in RFC 8176. */
const PASSWORD_ACR = 'aal1';
const PASSWORD_AMR = ['pwd'];

/** The one dispatcher: what the person has to do next, from the evidence alone. Pure. */
export function nextStep(attempt: Attempt, demands: Demands): Step {
  // Asking for a password cannot help where no sign-in reaches the level (RFC 9470, section 5).
  if (demands.acr !== undefined && !demands.acr.includes(PASSWORD_ACR)) {
    return { kind: 'impossible', error: 'unmet_authentication_requirements' };
  }
  if (attempt.accountId === undefined || attempt.passwordAt === undefined) return { kind: 'password' };
  if (demands.accountId !== undefined && demands.accountId !== attempt.accountId) {
    return { kind: 'impossible', error: 'login_required' };
  }
  const { accountId, passwordAt: provenAt, passwordChange: change } = attempt;
  if (change !== undefined) return { kind: 'change_password', accountId, change };
  return { kind: 'done', accountId, acr: PASSWORD_ACR, amr: PASSWORD_AMR, provenAt };
}
