import type { AccountOnPage, ClientOnPage } from './on-page.ts';
import type { QrPicture } from './qr.ts';

/** Where a script posts `csrf` for the options of a ceremony, before it posts the answer to the form's own action. */
export interface PasskeyForm {
  readonly action: string;
  readonly optionsAction: string;
}

/** A page that a sign-in can be left from, or a page of the account that leads back. */
export interface Way {
  readonly csrfToken: string;
  readonly account: AccountOnPage;
  readonly client?: ClientOnPage;
  readonly cancelAction?: string;
}

/** The pages that set a factor up, which sign-in and account share. */
export interface WizardViews {
  /** Posts `csrf`, `code` and `name`. */
  readonly 'enrol-totp': Way & {
    readonly action: string;
    readonly picture: QrPicture;
    /** What the picture says, as a link for the device that shows it. */
    readonly otpauthUri: string;
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
}

export const wizardViewNames = [
  'enrol-totp',
  'enrol-passkey',
  'recovery-codes',
] as const satisfies readonly (keyof WizardViews)[];
