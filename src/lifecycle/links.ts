import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { Account } from '../domain/accounts/store.ts';
import type { OneTimeLink, OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import { sha256 } from '../kernel/crypto.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Executor } from '../storage/database.ts';

/** The links that are mailed: what each is for, and how long it works. */
export const LINKS = {
  /** OWASP's cheat sheet on forgotten passwords: short. */
  reset: { purpose: 'password-reset', lifetimeSeconds: 1_800 },
  invitation: { purpose: 'invitation', lifetimeSeconds: 7 * 86_400 },
  /** Does what an invitation does, for a person who waits for it: a day is enough. */
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
type Bound = Pick<Account, 'email' | 'status' | 'passwordChangedAt' | 'accessEpoch'>;

/**
 * A digest of the state in which an account was when a link was made. A link acts only on an account that is in it still:
 * one password chosen, by whichever way, is the end of every link from before, and so is every end of access, also of a link
 * that was made at the same moment.
 */
export const stateOf = ({ email, status, passwordChangedAt, accessEpoch }: Bound): string => {
  // Links of earlier versions, which knew of no epochs, go on until the first one ends.
  const epoch = accessEpoch === 0 ? [] : [accessEpoch];
  const state = [email, status, passwordChangedAt?.getTime() ?? null, ...epoch];
  return sha256(JSON.stringify(state)).toString('base64url');
};

/** An account that waits for its owner: nobody has ever been able to sign in to it. */
export const isUnfinished = (
  account: Pick<Account, 'status' | 'passwordHash' | 'passwordChangedAt' | 'emailVerified'>,
): boolean =>
  account.status === 'active' &&
  account.passwordHash === undefined &&
  account.passwordChangedAt === undefined &&
  !account.emailVerified;

/** A link that was consumed, and its account, where it is about one; held until the end of the transaction. */
export interface TakenLink {
  readonly link: OneTimeLink;
  readonly account: Account | undefined;
}

/**
 * Consumes a link, which is of one of these purposes. Holds its account first, like everything that ends the links of one: in
 * the other order the two would wait for each other. Undefined where the link does not work.
 */
export async function takeLink(
  { links, life }: LinkTakers,
  tx: Executor,
  token: string,
  ...purposes: readonly string[]
): Promise<TakenLink | undefined> {
  for (const purpose of purposes) {
    const open = await links.peek(purpose, token, tx);
    if (open === undefined) continue;
    const account = open.accountId === undefined ? undefined : await life.lock(tx, open.accountId);
    const link = await links.consume(tx, purpose, token);
    return link && { link, account };
  }
  return undefined;
}

interface LinkTakers {
  readonly links: Pick<OneTimeLinkStore, 'peek' | 'consume'>;
  readonly life: Pick<LifecycleStore, 'lock'>;
}

/** The link was used, is too old, was revoked, or the account has changed since. Nothing tells which. */
export const linkInvalid = (): GatehouseError =>
  new GatehouseError('link_invalid', { status: 410, message: 'This link was used or is no longer valid.' });
