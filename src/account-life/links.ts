import type { AccountState } from '../domain/accounts/life-store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import { sha256 } from '../kernel/crypto.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Executor } from '../storage/database.ts';

/** The links that are mailed: what each is for, and how long it works. */
export const LINKS = {
  /** OWASP's cheat sheet on forgotten passwords: short. */
  reset: { purpose: 'password-reset', lifetimeSeconds: 1_800 },
  invitation: { purpose: 'invitation', lifetimeSeconds: 7 * 86_400 },
  /** Does what an invitation does, for who is waiting for it: a day is enough. */
  registration: { purpose: 'invitation', lifetimeSeconds: 86_400 },
  /** "This wasn't me", in a notice: a week, because people are away. */
  notMe: { purpose: 'not-me', lifetimeSeconds: 7 * 86_400 },
  /** The same in the notice of a factor that was added, which it removes. */
  factorAdded: { purpose: 'factor-added', lifetimeSeconds: 7 * 86_400 },
  /** "This wasn't me", to the address that an account had before. */
  formerAddress: { purpose: 'former-address', lifetimeSeconds: 7 * 86_400 },
  address: { purpose: 'verify-address', lifetimeSeconds: 86_400 },
} as const;

/** What a link depends on: after a change of any of these, whoever holds it holds nothing. */
type Bound = Pick<AccountState, 'email' | 'status' | 'passwordChangedAt'>;

/**
 * A digest of the state in which an account was when a link was made. A link acts only on an account that is in it still:
 * one password chosen, by whichever way, is the end of every link from before.
 */
export const stateOf = ({ email, status, passwordChangedAt }: Bound): string =>
  sha256(JSON.stringify([email, status, passwordChangedAt?.getTime() ?? null])).toString('base64url');

/** An account that waits for its owner: nobody has ever been able to sign in to it. */
export const isUnfinished = (
  account: Pick<AccountState, 'status' | 'passwordHash' | 'passwordChangedAt' | 'emailVerified'>,
): boolean =>
  account.status === 'active' &&
  account.passwordHash === undefined &&
  account.passwordChangedAt === undefined &&
  !account.emailVerified;

/**
 * Ends every open link of an account, but for those with which its owner may take it back: neither a new password nor
 * another address, which are in the hands of whoever has the account, takes those away.
 */
export const endLinks = (
  links: Pick<OneTimeLinkStore, 'revokeOf'>,
  tx: Executor,
  accountId: string,
): Promise<void> => links.revokeOf(tx, accountId, [LINKS.formerAddress.purpose, LINKS.factorAdded.purpose]);

/** The link was used, is too old, was revoked, or the account has changed since. Nothing tells which. */
export const linkInvalid = (): GatehouseError =>
  new GatehouseError('link_invalid', { status: 410, message: 'This link was used or is no longer valid.' });
