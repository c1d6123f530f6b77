import type { AuditedFactor } from '../../domain/audit/events.ts';
import type { ExplainedRule } from '../../domain/passwords/explanation.ts';
import type { BusyPage } from './busy.ts';

/** A code that the locale files describe under `password.problem`; an unknown one reads as `invalid`. */
export type PasswordCode = string;

/** A way to sign in that somebody else may have added. */
export interface UndoneFactor {
  readonly kind: AuditedFactor;
  readonly name?: string;
  readonly addedAt: Date;
}

export type SetupField = 'email' | 'name' | 'password';

/** A mail is on its way, perhaps. Posts `csrf` and, where it was given, `sign_in` to `again.action`. */
export interface SentPage {
  readonly signInHref: string;
  /** Where another address can be given. */
  readonly formHref: string;
  /** What was typed in this browser, which may be nobody's. */
  readonly address?: string;
  /** Given where it can be sent once more. */
  readonly again?: { readonly action: string; readonly csrfToken: string; readonly signIn?: string };
  /** It was asked for once more. */
  readonly sentAgain?: boolean;
  readonly error?: { readonly code: 'rate_limited'; readonly retryAfterSeconds: number };
}

/** The pages that mailed links lead to, and those that ask for such a mail. */
export interface LinkViews {
  /** Posts `csrf`, `identifier` and, where it was given, `sign_in`. */
  readonly forgot: {
    readonly action: string;
    readonly csrfToken: string;
    readonly signIn?: string;
    readonly signInHref: string;
    /** A user name will do as well as an address. */
    readonly usernames?: boolean;
    readonly errors?: { readonly identifier?: 'missing' };
  };
  readonly 'forgot-sent': SentPage;
  /** Posts `csrf`, `token` and `password`. */
  readonly reset: BusyPage & {
    readonly action: string;
    readonly csrfToken: string;
    readonly token: string;
    readonly email: string;
    readonly rules: readonly ExplainedRule[];
    readonly errors?: { readonly password?: PasswordCode };
  };
  readonly 'reset-done': { readonly signInHref: string };
  /** Posts `csrf`, `email`, `name` and, where it was given, `sign_in`. */
  readonly register: {
    readonly action: string;
    readonly csrfToken: string;
    readonly signIn?: string;
    readonly signInHref: string;
    readonly values: { readonly email: string; readonly name: string };
    readonly errors?: {
      readonly email?: 'missing' | 'invalid' | 'domain';
      readonly name?: 'missing' | 'invalid';
    };
  };
  readonly 'register-sent': SentPage;
  /** Posts `csrf`, `token`, `name` and `password`. */
  readonly invitation: BusyPage & {
    readonly action: string;
    readonly csrfToken: string;
    readonly token: string;
    readonly email: string;
    readonly name: string;
    readonly invitedBy?: string;
    /** They asked for the account themselves. */
    readonly registered?: boolean;
    readonly rules: readonly ExplainedRule[];
    readonly errors?: { readonly name?: 'missing' | 'invalid'; readonly password?: PasswordCode };
  };
  readonly 'invitation-done': { readonly accountHref: string };
  /** Posts `csrf` and `token`. */
  readonly secure: {
    readonly action: string;
    readonly csrfToken: string;
    readonly token: string;
    readonly email: string;
    /** `email` is the address that the account had before, and gets back. */
    readonly restores?: boolean;
    /** What is removed, because it was added since. */
    readonly undoes?: readonly UndoneFactor[];
    readonly zoneinfo?: string;
  };
  readonly 'secure-done': { readonly nextHref: string };
  readonly 'secure-closed': Readonly<Record<never, never>>;
  readonly 'link-invalid': {
    readonly link: 'secure' | 'reset' | 'invitation' | 'registration' | 'address';
    /** Where another link can be asked for, or else where to go on. */
    readonly nextHref: string;
    /** Where that is not the sign-in: what was to be done may have been done. */
    readonly signInHref?: string;
  };
  /** Posts `csrf` and `token`. */
  readonly 'verify-address': {
    readonly action: string;
    readonly csrfToken: string;
    readonly token: string;
    readonly email: string;
  };
  readonly 'verify-address-done': { readonly accountHref: string };
  /** Posts `csrf`, `token`, `email`, `name` and `password`. */
  readonly setup: BusyPage & {
    readonly action: string;
    readonly csrfToken: string;
    readonly token: string;
    readonly values: { readonly email: string; readonly name: string };
    /**
     * Codes that the locale files describe under `setup.error`, of the password under `password.problem`; an unknown one
     * reads as that field's `invalid`.
     */
    readonly errors?: Partial<Record<SetupField, string>>;
    readonly rules: readonly ExplainedRule[];
  };
  readonly 'setup-done': {
    readonly accountHref: string;
    /** The first sign-in sets up a second factor. */
    readonly asksForFactor: boolean;
  };
  readonly 'setup-invalid': { readonly accountHref: string };
}

export const linkViewNames = [
  'forgot',
  'forgot-sent',
  'reset',
  'reset-done',
  'register',
  'register-sent',
  'invitation',
  'invitation-done',
  'secure',
  'secure-done',
  'secure-closed',
  'link-invalid',
  'verify-address',
  'verify-address-done',
  'setup',
  'setup-done',
  'setup-invalid',
] as const satisfies readonly (keyof LinkViews)[];
