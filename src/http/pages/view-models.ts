import type { ChangeReason } from '../../domain/passwords/expiry.ts';
import type { ExplainedRule } from '../../domain/passwords/explanation.ts';
import { type ActivityViewModels, activityViewNames } from './activity-views.ts';
import { type FactorViewModels, factorViewNames, type PasskeyForm } from './factor-views.ts';
import { type LifecycleViewModels, lifecycleViewNames } from './lifecycle-views.ts';
import type { AccountOnPage, ClientOnPage } from './on-page.ts';

export type { AccountOnPage, ClientOnPage } from './on-page.ts';

export interface ScopeOnPage {
  readonly name: string;
  /** For scopes that the locale files do not describe. */
  readonly description?: string;
  /** Asked for now, not allowed before. */
  readonly isNew?: boolean;
}

export interface ApplicationOnPage {
  readonly clientId: string;
  readonly name: string;
  readonly logoUri?: string;
  readonly scopes: readonly (string | ScopeOnPage)[];
  readonly since: Date;
}

export type SignInErrorCode =
  | 'credentials_invalid'
  | 'locked'
  | 'rate_limited'
  | 'fields_missing'
  | 'too_busy'
  | 'passkey_wrong'
  | 'form_expired';

export type SetupField = 'email' | 'name' | 'password';

/** What each page needs to be rendered. Form actions are paths of ours; every other string may be hostile. */
export interface ViewModels extends LifecycleViewModels, ActivityViewModels, FactorViewModels {
  /** Posts `csrf`, `identifier` and `password` to `action`, `csrf` and `response` (JSON) for a passkey, or `csrf` to `cancelAction`. */
  readonly 'sign-in': {
    readonly action: string;
    readonly csrfToken: string;
    readonly client?: ClientOnPage;
    /** What was typed, or the `login_hint`; empty when nothing is known. */
    readonly identifier: string;
    readonly error?: { readonly code: SignInErrorCode; readonly retryAfterSeconds?: number };
    readonly notice?: 'reauthenticate';
    readonly cancelAction?: string;
    /** Where to ask for a new password. */
    readonly forgotHref?: string;
    /** Where to make an account, if people may. */
    readonly registerHref?: string;
    /** Given where a passkey can take the password's place. */
    readonly passkey?: PasskeyForm;
  };
  /** Posts `csrf` and `decision` (`allow` or `deny`). */
  readonly consent: {
    readonly action: string;
    readonly csrfToken: string;
    readonly client: ClientOnPage;
    readonly account: AccountOnPage;
    readonly scopes: readonly ScopeOnPage[];
  };
  /** Posts `xsrf`, and `logout=yes` from the button that signs out. Without a client, staying is a way back to our own page. */
  readonly 'sign-out': {
    readonly action: string;
    readonly xsrf: string;
    readonly accountHref: string;
    readonly client?: { readonly name: string };
    readonly account?: AccountOnPage;
  };
  /**
   * A step on the way to somewhere else, which is a POST: it is made without a click where scripts run (`automatic`).
   * `another-person`: whoever is signed in is signed out, because somebody else has just signed in; `signed-out`: nobody is
   * signed in to be signed out; `answer`: what an application asked for goes there.
   */
  readonly onward: {
    readonly action: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly reason: 'another-person' | 'signed-out' | 'answer';
    readonly automatic: boolean;
    /** Where it leads. */
    readonly client?: { readonly name: string };
  };
  /** With a client: it has signed the person out, who chose to stay signed in to everything else. */
  readonly 'signed-out': { readonly client?: { readonly name: string; readonly uri?: string } };
  /**
   * The page that somebody was on has ended with the session: for want of use, for its age, or in another way. Leads back
   * there, by signing in.
   */
  readonly 'session-over': { readonly because: 'idle' | 'age' | 'ended'; readonly backHref: string };
  readonly error: {
    /** One of {@link errorCodes}; any other gets the words that fit its status. */
    readonly code: string;
    /** Takes the place of the heading that belongs to the code. */
    readonly title?: string;
    readonly status: number;
    /** The request id, for a person to quote. */
    readonly reference?: string;
    /** Without a client it leads to a page of ours. */
    readonly restart?: { readonly href: string; readonly client?: string };
  };
  /** Posts `csrf`, `token`, `email`, `name` and `password`. */
  readonly setup: {
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
  /** Posts `csrf` and `new_password`. The person has shown the old one, and is not signed in yet. */
  readonly 'change-password': {
    readonly action: string;
    readonly cancelAction?: string;
    readonly csrfToken: string;
    readonly client?: ClientOnPage;
    readonly account: AccountOnPage;
    readonly reason: ChangeReason;
    readonly rules: readonly ExplainedRule[];
    /** `too_busy`, or a code that the locale files describe under `password.problem`. */
    readonly error?: { readonly code: string; readonly retryAfterSeconds?: number };
  };
  /** Posts `csrf` and any number of `session`. The person has shown everything, and is signed in too often already. */
  readonly 'choose-session': {
    readonly action: string;
    readonly cancelAction?: string;
    readonly csrfToken: string;
    readonly client?: ClientOnPage;
    readonly account: AccountOnPage;
    readonly zoneinfo?: string;
    /** In how many browsers one may be signed in at a time. */
    readonly most: number;
    /** How many of them have to be chosen. */
    readonly atLeast: number;
    readonly sessions: readonly SessionOnPage[];
    /** The ids of those that are ticked. */
    readonly chosen: readonly string[];
    readonly error?: { readonly code: 'too_few' };
  };
  readonly 'setup-done': { readonly accountHref: string };
  readonly 'setup-invalid': { readonly accountHref: string };
  /** Posts `csrf` and `client_id` to `withdrawAction`. */
  readonly account: {
    readonly account: AccountOnPage & {
      readonly roles: readonly string[];
      readonly lastSignIn?: Date;
      /** IANA zone; without it, times are in UTC, and the browser turns them into its own. */
      readonly zoneinfo?: string;
    };
    readonly applications: readonly ApplicationOnPage[];
    /** Where the person is signed in, this browser first. */
    readonly sessions: readonly SessionOnPage[];
    /** Posts `csrf` and `session`. */
    readonly endSessionAction: string;
    readonly endAllSessionsAction: string;
    readonly csrfToken: string;
    readonly withdrawAction: string;
    /** A link, not a form: the sign-out page asks. */
    readonly signOutAction: string;
    /** Given when it is time to say so: recovery codes that are left. */
    readonly fewCodes?: { readonly left: number };
    /** Given when it is time to say so. */
    readonly passwordExpires?: { readonly daysLeft: number };
    /** Where the person changes what is shown. */
    readonly change: {
      readonly profile: string;
      readonly address: string;
      readonly password: string;
      readonly security: string;
      readonly activity: string;
    };
    readonly notice?:
      | 'consent_withdrawn'
      | 'profile_changed'
      | 'password_changed'
      | 'address_requested'
      | 'session_ended';
  };
}

/** A browser in which somebody is signed in, as far as it tells what it is. */
export interface SessionOnPage {
  readonly id: string;
  readonly isThis: boolean;
  readonly since: Date;
  readonly lastActive: Date;
  /** At a workstation that people share. */
  readonly shared: boolean;
  readonly ip?: string;
  readonly browser?: string;
  readonly system?: string;
  /** Names of what was used in it. */
  readonly applications: readonly string[];
}

export type ViewName = keyof ViewModels;

export const viewNames = [
  'sign-in',
  'consent',
  'sign-out',
  'signed-out',
  'session-over',
  'onward',
  'error',
  'setup',
  'change-password',
  'choose-session',
  'setup-done',
  'setup-invalid',
  'account',
  ...lifecycleViewNames,
  ...activityViewNames,
  ...factorViewNames,
] as const satisfies readonly ViewName[];

/** Codes that the error page has words of its own for. */
export const errorCodes = [
  'not_found',
  'method_not_allowed',
  'bad_request',
  'https_required',
  'proxy_not_trusted',
  'proxy_misconfigured',
  'csrf_invalid',
  'sign_in_expired',
  'sign_in_already_finished',
  'session_cap_reached',
  'foreign_interaction',
  'client_invalid',
  'redirect_uri_invalid',
  'invalid_request',
  'access_denied',
  'too_busy',
  'unavailable',
  'rate_limited',
  'internal',
] as const;
