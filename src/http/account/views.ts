import type { AttributeProblem } from '../../domain/attributes/values.ts';
import type { ExplainedRule } from '../../domain/passwords/explanation.ts';
import type { AttributeType } from '../../kernel/attributes.ts';
import type { OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import type { AccountOnPage, ScopeOnPage, SessionOnPage } from '../pages/on-page.ts';
import { type WizardViews, wizardViewNames } from '../pages/wizard-views.ts';
import type { ZoneGroup } from './zones.ts';

/** A code that the locale files describe under `password.problem`; an unknown one reads as `invalid`. */
export type PasswordCode = string;

export interface ApplicationOnPage {
  readonly clientId: string;
  readonly name: string;
  readonly logoUri?: string;
  readonly scopes: readonly (string | ScopeOnPage)[];
  readonly since: Date;
}

export interface OwnFactor {
  readonly href: string;
  /** An imported one has none. */
  readonly name?: string;
  readonly addedAt: Date;
  readonly lastUsedAt?: Date;
  /** Of a passkey: it is backed up, and so may be on other devices of the person, too. */
  readonly synced?: boolean;
}

export interface TrustedDeviceOnPage {
  readonly id: string;
  readonly since: Date;
  readonly until: Date;
  readonly isThis: boolean;
  readonly browser?: string;
  readonly system?: string;
}

export type SecurityNotice =
  | `${OwnFactorKind}_${'added' | 'removed'}`
  | 'renamed'
  | 'codes_made'
  | 'device_forgotten';

/** How well an account is protected, in kinds and counts: what any session of its person may see. */
export interface SecurityState {
  /** Absent where there is none. */
  readonly password?: {
    /** Absent where it came from elsewhere with no date. */
    readonly changedAt?: Date;
    /** Whole days since. */
    readonly days?: number;
    /** Absent where it does not expire. */
    readonly expiresAt?: Date;
  };
  readonly passkeys: number;
  readonly authenticators: number;
  /** Whether the organisation asks for a second step. */
  readonly required: boolean;
  /** Absent where there is no other factor. */
  readonly codes?: { readonly left: number; readonly total: number; readonly isFew: boolean };
  /** The one before this session; absent where none is known. */
  readonly lastSignIn?: {
    readonly at: Date;
    readonly how?: 'aal1' | 'aal2' | 'phr';
    readonly browser?: string;
    readonly system?: string;
    readonly ip?: string;
  };
}

/** One thing that happened to an account. */
export interface ActivityOnPage {
  readonly at: Date;
  /** What the locale files describe under `account-activity.event`. */
  readonly words: string;
  readonly failed: boolean;
  readonly byAdministrator: boolean;
  readonly client?: string;
  readonly ip?: string;
  readonly browser?: string;
  readonly system?: string;
  /** The browser whose session has ended. */
  readonly ended?: { readonly browser?: string; readonly system?: string };
}

/** The pages about one’s own account. */
/** An attribute to be read: each value as text, of an address in several lines. */
export interface AttributeOnPage {
  readonly label: string;
  readonly type: AttributeType;
  readonly texts: readonly string[];
}

/** An attribute as a field of a form. */
export interface AttributeInForm {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  /** `lines`: several values, one a line; `checks`: several of a choice. */
  readonly kind: AttributeType | 'lines' | 'checks';
  readonly required: boolean;
  readonly maxLength: number;
  readonly values: readonly string[];
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** Of an address. */
  readonly parts: readonly { readonly id: string; readonly part: string; readonly value: string }[];
  readonly error?: Exclude<AttributeProblem, 'list' | 'one'>;
}

export interface AccountViews extends WizardViews {
  /**
   * The page that somebody was on has ended with the session: for want of use, for its age, or in another way. Leads back
   * there, by signing in.
   */
  readonly 'session-over': { readonly because: 'idle' | 'age' | 'ended'; readonly backHref: string };
  /** Opens with the state of one's security. Posts `csrf` and `client_id` to `withdrawAction`. */
  readonly account: {
    readonly account: AccountOnPage & {
      readonly roles: readonly string[];
      /** IANA zone; without it, times are in the organisation's, and the browser turns them into its own. */
      readonly zoneinfo?: string;
    };
    readonly security: SecurityState;
    readonly applications: readonly ApplicationOnPage[];
    /** What the organisation keeps about the person and lets them see. */
    readonly kept: readonly AttributeOnPage[];
    /** In how many browsers the person is signed in, this one included. */
    readonly sessionCount: number;
    readonly csrfToken: string;
    readonly withdrawAction: string;
    /** A link, not a form: the sign-out page asks. */
    readonly signOutAction: string;
    /** Given when it is time to say so. */
    readonly passwordExpires?: { readonly daysLeft: number };
    /** Where the person changes what is shown, or sees more. */
    readonly change: {
      readonly profile: string;
      readonly address: string;
      readonly password: string;
      readonly security: string;
      readonly codes: string;
      readonly sessions: string;
      readonly activity: string;
    };
    readonly notice?: 'consent_withdrawn' | 'profile_changed' | 'password_changed' | 'address_requested';
  };
  /** Posts `csrf` and `session`. */
  readonly 'account-sessions': {
    readonly csrfToken: string;
    readonly zoneinfo?: string;
    /** Where the person is signed in, this browser first. */
    readonly sessions: readonly SessionOnPage[];
    readonly endSessionAction: string;
    /** Pages that ask first. Absent where there is no other session. */
    readonly endOthersHref?: string;
    readonly endAllHref: string;
    readonly notice?: 'session_ended' | 'others_ended';
  };
  /** Asks before every session of a person is ended, or every one but this. Posts `csrf`. */
  readonly 'account-sign-out': {
    readonly csrfToken: string;
    readonly which: 'all' | 'others';
    /** How many sessions end. */
    readonly count: number;
    readonly action: string;
    readonly backHref: string;
  };
  /** Posts `csrf`, `version`, `name`, `locale` and `zoneinfo`. */
  readonly 'account-profile': {
    readonly action: string;
    readonly csrfToken: string;
    readonly version: string;
    readonly values: { readonly name: string; readonly locale: string; readonly zoneinfo: string };
    readonly zones: readonly ZoneGroup[];
    /** Attributes that the person changes, each a field, and the names of all as `attributes`. */
    readonly attributes: readonly AttributeInForm[];
    /** Attributes that they only read. */
    readonly kept: readonly AttributeOnPage[];
    readonly errors?: {
      readonly name?: 'missing' | 'invalid';
      readonly zoneinfo?: 'invalid';
      readonly form?: 'changed_meanwhile';
      /** Some of them have an `error`. */
      readonly attributes?: true;
    };
  };
  /** Posts `csrf`, `current_password` and `new_password`. */
  readonly 'account-password': {
    readonly action: string;
    readonly csrfToken: string;
    readonly email: string;
    readonly rules: readonly ExplainedRule[];
    readonly accountHref: string;
    readonly errors?: {
      readonly current_password?: 'missing' | 'wrong';
      /** `too_soon`, or a code as elsewhere. */
      readonly new_password?: PasswordCode;
    };
    readonly tooSoonUntil?: Date;
  };
  /** Posts `csrf` and `email`. */
  readonly 'account-address': {
    readonly action: string;
    readonly csrfToken: string;
    readonly current: string;
    readonly email: string;
    readonly accountHref: string;
    readonly errors?: { readonly email?: 'missing' | 'invalid' };
  };
  /** Posts `csrf` and `device` to `forgetAction`. */
  readonly 'account-security': {
    readonly csrfToken: string;
    readonly zoneinfo?: string;
    readonly passkeys: readonly OwnFactor[];
    readonly authenticators: readonly OwnFactor[];
    /** In the place of all of them, where the visitor has to confirm first that it is them, at `detailsHref`. */
    readonly counts?: {
      readonly passkeys: number;
      readonly authenticators: number;
      readonly devices: number;
    };
    readonly detailsHref?: string;
    /** Absent where there is no other factor. */
    readonly recoveryCodes?: { readonly left: number; readonly total: number; readonly isFew: boolean };
    /** Absent where no device is trusted, nor can be. */
    readonly devices?: readonly TrustedDeviceOnPage[];
    readonly required: boolean;
    /** Absent where there are as many as there can be. */
    readonly addPasskeyHref?: string;
    readonly addAuthenticatorHref?: string;
    readonly makeCodesHref: string;
    readonly forgetAction: string;
    /** A page that asks first. */
    readonly endSessionsHref: string;
    readonly notice?: SecurityNotice;
  };
  /** Posts `csrf` and `name` to `renameAction`, or `csrf` and `end_others` (`yes` when ticked) to `removeAction`. */
  readonly 'account-factor': {
    readonly csrfToken: string;
    readonly kind: OwnFactorKind;
    /** What it is called, or was to be. An imported one has no name. */
    readonly name?: string;
    readonly addedAt: Date;
    readonly lastUsedAt?: Date;
    readonly zoneinfo?: string;
    readonly renameAction: string;
    readonly removeAction: string;
    readonly backHref: string;
    /** Removing it leaves the password alone. */
    readonly isLast: boolean;
    /** Policy wants it, or one like it, to stay. */
    readonly mustStay?: 'required' | 'phishing_resistant';
    readonly errors?: { readonly name?: 'missing' | 'invalid' };
  };
  /** Posts `csrf`. */
  readonly 'account-recovery-codes': {
    readonly csrfToken: string;
    readonly action: string;
    readonly count: number;
    readonly backHref: string;
  };
  readonly 'account-activity': {
    readonly passwordHref: string;
    readonly sessionsHref: string;
    readonly zoneinfo?: string;
    readonly entries: readonly ActivityOnPage[];
    /** Given where there may be more. */
    readonly olderHref?: string;
    /** Given on every page but the first. */
    readonly newestHref?: string;
  };
}

export const accountViewNames = [
  ...wizardViewNames,
  'account',
  'account-sessions',
  'account-sign-out',
  'account-profile',
  'account-password',
  'account-address',
  'account-security',
  'account-factor',
  'account-recovery-codes',
  'account-activity',
  'session-over',
] as const satisfies readonly (keyof AccountViews)[];
