import type { ExplainedRule } from '../domain/passwords/explanation.ts';

/** A code that the locale files describe under `password.problem`; an unknown one reads as `invalid`. */
type PasswordCode = string;

/** The pages of the life of an account. */
export interface AccountLifeViewModels {
  /** Posts `csrf`, `identifier` and, where it was given, `sign_in`. */
  readonly forgot: {
    readonly action: string;
    readonly csrfToken: string;
    readonly signIn?: string;
    readonly signInHref: string;
    readonly errors?: { readonly identifier?: 'missing' };
  };
  readonly 'forgot-sent': { readonly signInHref: string };
  /** Posts `csrf`, `token` and `password`. */
  readonly reset: {
    readonly action: string;
    readonly csrfToken: string;
    readonly token: string;
    readonly email: string;
    readonly rules: readonly ExplainedRule[];
    readonly errors?: { readonly password?: PasswordCode };
  };
  readonly 'reset-done': { readonly signInHref: string };
  /** Posts `csrf`, `token`, `name` and `password`. */
  readonly invitation: {
    readonly action: string;
    readonly csrfToken: string;
    readonly token: string;
    readonly email: string;
    readonly name: string;
    readonly invitedBy?: string;
    readonly rules: readonly ExplainedRule[];
    readonly errors?: { readonly name?: 'missing' | 'invalid'; readonly password?: PasswordCode };
  };
  readonly 'invitation-done': { readonly accountHref: string };
  readonly 'link-invalid': {
    readonly link: 'reset' | 'invitation';
    readonly nextHref: string;
  };
}

export const accountLifeViewNames = [
  'forgot',
  'forgot-sent',
  'reset',
  'reset-done',
  'invitation',
  'invitation-done',
  'link-invalid',
] as const satisfies readonly (keyof AccountLifeViewModels)[];
