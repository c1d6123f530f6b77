import type { AccountOnPage, ClientOnPage } from './on-page.ts';
import type { QrPicture } from './qr.ts';

/** Ways to prove who one is besides the password. */
export type FactorOnPage = 'totp' | 'passkey' | 'recovery_code' | 'temporary_code';

/** What can be enrolled. Recovery codes come along. */
export type EnrollableFactor = 'totp' | 'passkey';

/** An authenticator's wizard is begun by a form, for it makes a secret; a passkey's begins with its page. */
export type EnrolChoice =
  | { readonly kind: 'totp'; readonly action: string }
  | { readonly kind: 'passkey'; readonly href: string };

/** Where a script posts `csrf` for the options of a ceremony, before it posts the answer to the form's own action. */
export interface PasskeyForm {
  readonly action: string;
  readonly optionsAction: string;
}

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

/** A page that a sign-in can be left from, or a page of the account that leads back. */
interface Way {
  readonly csrfToken: string;
  readonly account: AccountOnPage;
  readonly client?: ClientOnPage;
  readonly cancelAction?: string;
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
  | 'totp_added'
  | 'passkey_added'
  | 'renamed'
  | 'totp_removed'
  | 'passkey_removed'
  | 'codes_made'
  | 'device_forgotten'
  | 'sessions_ended';

/** The pages about second factors: those of a sign-in, the wizard that sign-in and account share, those of the account. */
export interface FactorViewModels {
  /**
   * Posts `csrf` and `factor`, with `code` (an authenticator app's, a recovery code, a temporary one) or `response` (a passkey's, as JSON), and
   * `trust` = `yes` where it was ticked.
   */
  readonly 'second-factor': Way & {
    readonly kind: FactorOnPage;
    readonly action: string;
    /** Where `kind` is a passkey. */
    readonly optionsAction?: string;
    readonly others: readonly { readonly kind: FactorOnPage; readonly href: string }[];
    /** Given where the person may ask not to be asked here again, for so many days. */
    readonly trustDays?: number;
    /** The person is signed in, and what they want to do asks for more. */
    readonly notice?: 'step_up';
    /** Of a temporary code: it is asked for before a new factor is set up, their earlier ones were removed. */
    readonly toEnrol?: boolean;
    readonly error?: { readonly code: SecondFactorError; readonly retryAfterSeconds?: number };
  };
  /** Posts `csrf` to the `action` of what is chosen, or to `skip.action`. */
  readonly 'enrol-factor': Way & {
    readonly reason: EnrolReason;
    readonly choices: readonly EnrolChoice[];
    /** `left`: how many times more after this one. */
    readonly skip?: { readonly action: string; readonly left?: number; readonly until?: Date };
  };
  /** Posts `csrf`, `code` and `name`. */
  readonly 'enrol-totp': Way & {
    readonly action: string;
    readonly picture: QrPicture;
    /** Base32; shown in groups. */
    readonly secret: string;
    readonly issuer: string;
    readonly name?: string;
    readonly backHref?: string;
    readonly errors?: {
      readonly code?: 'missing' | 'malformed' | 'wrong';
      readonly name?: 'missing' | 'invalid';
      readonly form?: 'expired' | 'locked' | 'rate_limited';
    };
    readonly retryAfterSeconds?: number;
  };
  /** Posts `csrf`, `name` and `response`. */
  readonly 'enrol-passkey': Way &
    PasskeyForm & {
      readonly name?: string;
      readonly backHref?: string;
      readonly errors?: {
        readonly name?: 'missing' | 'invalid';
        readonly form?: 'passkey_wrong' | 'passkey_refused' | 'expired';
      };
    };
  /** Posts `csrf` to `storedAction` or `againAction`, or `csrf` (`download.csrfToken`) and `codes` to `download.action`. */
  readonly 'recovery-codes': Way & {
    /** Without them they were shown before. */
    readonly codes?: readonly string[];
    readonly storedAction: string;
    /** Absent where what was shown is too old for new ones: they are made on the page of the account. */
    readonly againAction?: string;
    readonly download: { readonly action: string; readonly csrfToken: string };
  };
  /** Posts `csrf` and `device` to `forgetAction`, or `csrf` to `endSessionsAction`. */
  readonly 'account-security': {
    readonly csrfToken: string;
    readonly accountHref: string;
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
    /** Absent for who has no other factor. */
    readonly recoveryCodes?: { readonly left: number; readonly total: number; readonly isFew: boolean };
    /** Absent where no device is trusted, nor can be. */
    readonly devices?: readonly TrustedDeviceOnPage[];
    readonly required: boolean;
    /** Absent for who has as many as there can be. */
    readonly addPasskeyHref?: string;
    readonly addAuthenticatorHref?: string;
    readonly makeCodesHref: string;
    readonly forgetAction: string;
    readonly endSessionsAction: string;
    readonly notice?: SecurityNotice;
  };
  /** Posts `csrf` and `name` to `renameAction`, or `csrf` and `end_others` (`yes` when ticked) to `removeAction`. */
  readonly 'account-factor': {
    readonly csrfToken: string;
    readonly kind: EnrollableFactor;
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
}

export const factorViewNames = [
  'second-factor',
  'enrol-factor',
  'enrol-totp',
  'enrol-passkey',
  'recovery-codes',
  'account-security',
  'account-factor',
  'account-recovery-codes',
] as const satisfies readonly (keyof FactorViewModels)[];
