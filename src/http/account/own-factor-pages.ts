import { MAX_PASSKEYS } from '../../domain/passkeys/store.ts';
import { MAX_AUTHENTICATORS } from '../../domain/totp/policy.ts';
import type { OwnFactorKind } from '../../sign-in/factors/kinds.ts';

/** How the pages of the account present a kind of factor that people set up themselves. */
interface OwnFactorPages {
  /** Under `/account/security`, where its pages are. */
  readonly folder: string;
  /** The list of them in the page's model, and where the model says that another one can be added. */
  readonly list: 'authenticators' | 'passkeys';
  readonly addHref: 'addAuthenticatorHref' | 'addPasskeyHref';
  /** How many one person may have. */
  readonly most: number;
}

export const OWN_FACTOR_PAGES: Readonly<Record<OwnFactorKind, OwnFactorPages>> = {
  totp: {
    folder: 'authenticators',
    list: 'authenticators',
    addHref: 'addAuthenticatorHref',
    most: MAX_AUTHENTICATORS,
  },
  passkey: { folder: 'passkeys', list: 'passkeys', addHref: 'addPasskeyHref', most: MAX_PASSKEYS },
};
