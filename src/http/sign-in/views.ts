import type { DocumentKind } from '../../domain/agreements/policy.ts';
import type { ChangeReason } from '../../domain/passwords/expiry.ts';
import type { ExplainedRule } from '../../domain/passwords/explanation.ts';
import type { FactorKind, OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import type { Block } from '../pages/document-text.ts';
import type { AccountOnPage, ClientOnPage, ScopeOnPage, SessionOnPage } from '../pages/on-page.ts';
import { type PasskeyForm, type Way, type WizardViews, wizardViewNames } from '../pages/wizard-views.ts';
import type { ChallengeForm } from './challenges.ts';

export type SignInErrorCode =
  | 'credentials_invalid'
  | 'locked'
  | 'rate_limited'
  | 'fields_missing'
  | 'too_busy'
  | 'passkey_wrong'
  | 'form_expired';

/**
 * Where the wizard of a kind begins: with a form where that makes something (an authenticator's secret), else with its page.
 */
export type EnrolChoice = { readonly kind: OwnFactorKind } & (
  | { readonly action: string }
  | { readonly href: string }
);

export type SecondFactorError =
  /** `missing`, `malformed` and `wrong` are about what the page asks for. A code that was used already is wrong, too. */
  'missing' | 'malformed' | 'wrong' | 'locked' | 'rate_limited' | 'too_busy' | 'form_expired';

/** Why somebody is asked to enrol: by whom, and for what. */
export type EnrolReason =
  | 'optional'
  | 'required'
  | 'phishing_resistant'
  | 'client'
  | 'client_phishing_resistant';

/**
 * A document that a person agrees to. Posts `csrf`, `document`, `version` and `language` to `action`, or to `declineAction`.
 */
export interface DocumentPage {
  readonly csrfToken: string;
  readonly account: AccountOnPage;
  readonly client?: ClientOnPage;
  readonly action: string;
  readonly declineAction: string;
  readonly document: DocumentKind;
  readonly version: string;
  /** Of the text, which may be another one than the page's: a BCP 47 tag. */
  readonly language: string;
  readonly format: 'markdown' | 'plain';
  readonly blocks: readonly Block[];
  /** The person is signed in, and is signed out by declining. */
  readonly signedIn: boolean;
}

/** The pages of a sign-in. Form actions are paths of ours; every other string may be hostile. */
export interface SignInViews extends WizardViews {
  /**
   * Posts `csrf`, `identifier` and `password` to `action`, `csrf` and `response` (JSON) for a passkey, or `csrf` to
   * `cancelAction`.
   */
  readonly 'sign-in': {
    readonly action: string;
    readonly csrfToken: string;
    readonly client?: ClientOnPage;
    /** What was typed, or the `login_hint`; empty when nothing is known. */
    readonly identifier: string;
    /** A user name will do as well as an address. */
    readonly usernames?: boolean;
    readonly error?: { readonly code: SignInErrorCode; readonly retryAfterSeconds?: number };
    readonly notice?: 'reauthenticate' | 'somebody_else';
    readonly cancelAction?: string;
    /** Where to ask for a new password. */
    readonly forgotHref?: string;
    /** Where to make an account, if people may. */
    readonly registerHref?: string;
    /** Given where a passkey can take the password's place. */
    readonly passkey?: PasskeyForm;
  };
  /** Posts `csrf` and `choice` (`continue` or `other`). `account` is signed in. */
  readonly 'choose-account': {
    readonly action: string;
    readonly cancelAction?: string;
    readonly csrfToken: string;
    readonly client?: ClientOnPage;
    readonly account: AccountOnPage;
  };
  /** Posts `csrf` and `decision` (`allow` or `deny`). */
  readonly consent: {
    readonly action: string;
    readonly csrfToken: string;
    readonly client: ClientOnPage;
    readonly account: AccountOnPage;
    readonly scopes: readonly ScopeOnPage[];
  };
  /**
   * The same for the sign-in of a device without a browser: which one, from where and since when, so that somebody who was sent its
   * code by a stranger can see that it is not theirs.
   */
  readonly 'confirm-device': SignInViews['consent'] & {
    readonly device: {
      readonly userCode: string;
      readonly address: string | undefined;
      readonly askedAt: Date;
    };
    readonly zoneinfo?: string;
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
  /**
   * Posts `csrf` and `factor`, with `code` (an authenticator app's, a recovery code, a temporary one) or `response` (a
   * passkey's, as JSON), and `trust` = `yes` where it was ticked.
   */
  readonly 'second-factor': Way & {
    readonly kind: FactorKind;
    readonly asks: ChallengeForm;
    readonly action: string;
    /** Where `kind` is a passkey. */
    readonly optionsAction?: string;
    readonly others: readonly { readonly kind: FactorKind; readonly href: string }[];
    /** Given where the person may ask not to be asked here again, for so many days. */
    readonly trustDays?: number;
    /** They have asked for it, and something else was wrong. */
    readonly trusts?: boolean;
    /** The person is signed in, and what they want to do asks for more. */
    readonly notice?: 'step_up';
    /** Of a temporary code: it is asked for before a new factor is set up, their earlier ones were removed. */
    readonly toEnrol?: boolean;
    readonly error?: { readonly code: SecondFactorError; readonly retryAfterSeconds?: number };
  };
  readonly 'use-notice': DocumentPage;
  readonly terms: DocumentPage;
  /** Somebody has declined, and has no application to go back to. */
  readonly declined: { readonly accountHref: string };
  /** Posts `csrf` to the `action` of what is chosen, or to `skip.action`. */
  readonly 'enrol-factor': Way & {
    readonly reason: EnrolReason;
    readonly choices: readonly EnrolChoice[];
    /** `left`: how many times more after this one. */
    readonly skip?: { readonly action: string; readonly left?: number; readonly until?: Date };
  };
}

export const signInViewNames = [
  ...wizardViewNames,
  'sign-in',
  'choose-account',
  'consent',
  'confirm-device',
  'change-password',
  'choose-session',
  'second-factor',
  'enrol-factor',
  'use-notice',
  'terms',
  'declined',
] as const satisfies readonly (keyof SignInViews)[];
