import { z } from 'zod';
import type { AccountRequestStore } from '../domain/account-requests/store.ts';
import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import { asEntered, isEmail, normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { Origin } from '../domain/audit/events.ts';
import { addressFacts, passwordChange } from '../domain/audit/facts.ts';
import { personal } from '../domain/audit/personal.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import type { PasswordProblem } from '../domain/passwords/policy.ts';
import type { Clock } from '../kernel/clock.ts';
import { badRequest, isCode } from '../kernel/errors.ts';
import type { Database, Executor } from '../storage/database.ts';
import { commitWrites } from '../storage/unit-of-work.ts';
import type { AddressRestoring } from './address-restoring.ts';
import type { EndOfAccess } from './end-of-access.ts';
import { LINKS, linkInvalid, stateOf, takeLink } from './links.ts';
import type { NewPasswords } from './new-passwords.ts';
import type { Notices } from './notices.ts';
import {
  type Changer,
  changedMeanwhile,
  createOwnProfile,
  type OwnProfile,
  type OwnProfileDependencies,
} from './own-profile.ts';
import { occurrence } from './password-reset.ts';

export interface ChangeDependencies extends OwnProfileDependencies {
  readonly issuer: string;
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly life: LifecycleStore;
  readonly links: OneTimeLinkStore;
  readonly requests: AccountRequestStore;
  readonly mail: MailOutbox;
  readonly audit: AuditLog;
  readonly notices: Pick<Notices, 'secureLink'>;
  readonly addressRestoring: Pick<AddressRestoring, 'link'>;
  readonly passwords: NewPasswords;
  readonly hasher: Pick<PasswordHasher, 'verify'>;
  readonly clock: Clock;
  readonly endOfAccess: EndOfAccess;
}

export type PasswordRefusal =
  | { readonly kind: 'current_wrong' }
  | { readonly kind: 'too_soon'; readonly from: Date }
  | { readonly kind: 'refused'; readonly problems: readonly PasswordProblem[] };

export interface OpenAddressChange {
  readonly account: Account;
  readonly email: string;
}

export interface AccountChanges extends OwnProfile {
  /**
   * Keeps the zone of the person's browser where none is kept yet, so that mails can tell times in it, too. Nothing that somebody
   * has chosen is changed, and it is no act of theirs: the audit trail says nothing of it.
   */
  learnZone(accountId: string, zoneinfo: string): Promise<void>;
  /**
   * Sets a new password, ends every other session and tells the person. Returns why not; undefined = done. Throws
   * `changed_meanwhile` (409), `hashing_busy` (503).
   */
  password(
    account: Account,
    given: { current: string; chosen: string },
    by: Changer,
  ): Promise<PasswordRefusal | undefined>;
  /**
   * Whether the account has had this password since `shownAt`, when its form was shown: then a second click asks for what is done.
   * It verifies nothing that was set before, so that the form is no way to try passwords.
   */
  hasSetPassword(accountId: string, chosen: string, shownAt: Date): Promise<boolean>;
  /**
   * Keeps the wish for another address, for the job. The same for whatever was typed; nothing is looked up here, so neither the
   * answer nor its time tells who has the address. Throws `email_invalid` (400), `changed_meanwhile` (409).
   */
  requestAddress(account: Account, email: string, by: Changer): Promise<void>;
  /**
   * Answers it: mails a link to the new address; nothing is changed before it is used. An address of somebody else gets none,
   * and so does an account that has changed since.
   */
  answerAddress(tx: Executor, content: unknown): Promise<void>;
  /** What the link would do now. Changes nothing. */
  lookAddress(token: string): Promise<OpenAddressChange | undefined>;
  /** Consumes the link: the address is changed, and the old one is told. Throws `link_invalid` (410). */
  confirmAddress(token: string, origin: Origin): Promise<void>;
}

export const ADDRESS_REQUEST = 'address-change';

const payloadSchema = z.object({ state: z.string(), email: z.string() });
const requestSchema = payloadSchema.extend({ accountId: z.string() });

export function createAccountChanges(deps: ChangeDependencies): AccountChanges {
  const { issuer, database, accounts, life, links, mail, audit, passwords, clock } = deps;
  const { purpose, lifetimeSeconds } = LINKS.address;

  const byOwner = (account: string, { session, origin }: Changer) =>
    ({ outcome: 'success', actor: person(account), account, session, origin }) as const;

  /** The account as the caller saw it, held until the end of the transaction. */
  async function unchanged(
    tx: Executor,
    id: string,
    isSame: (account: Account) => boolean,
  ): Promise<Account> {
    const account = await life.lock(tx, id);
    if (account?.status !== 'active' || !isSame(account)) throw changedMeanwhile();
    return account;
  }

  async function look(token: string): Promise<OpenAddressChange | undefined> {
    const link = await links.peek(purpose, token);
    const account = link?.accountId === undefined ? undefined : await accounts.findById(link.accountId);
    if (link === undefined || account?.status !== 'active') return undefined;
    const { state, email } = payloadSchema.parse(link.payload);
    return state === stateOf(account) ? { account, email } : undefined;
  }

  async function setPassword(tx: Executor, account: Account, hash: string, by: Changer): Promise<void> {
    const isSame = (now: Account) =>
      now.passwordHash === account.passwordHash && now.accessEpoch === account.accessEpoch;
    const current = await unchanged(tx, account.id, isSame);
    const changedAt = await passwords.store(tx, current, hash);
    if (changedAt === undefined) throw changedMeanwhile();
    await deps.endOfAccess.end(tx, account.id, 'passwordChanged', { actor: person(account.id), ...by });
    await audit.record(tx, {
      ...byOwner(account.id, by),
      type: 'password.changed',
      details: {
        by: 'person',
        sessionsEnded: true,
        ...passwordChange(current, changedAt, passwords.policyFor(current)),
      },
    });
    await mail.enqueue(tx, {
      kind: 'password-changed',
      to: recipientOf(current),
      model: {
        changedBy: 'person',
        sessionsEnded: true,
        ...occurrence(clock.now(), by.origin),
        secureLink: await deps.notices.secureLink(tx, account.id, clock.now()),
      },
    });
  }

  return {
    ...createOwnProfile(deps),
    lookAddress: look,

    learnZone: (accountId, zoneinfo) =>
      database.transaction(async (tx) => {
        await life.learnZone(tx, accountId, zoneinfo);
      }),

    async password(account, { current, chosen }, by) {
      const identifier = normaliseIdentifier(account.email);
      const { matches } = await deps.hasher.verify(account.passwordHash, current, { identifier });
      if (!matches) return { kind: 'current_wrong' };
      const from = passwords.mayChangeFrom(account, clock.now());
      if (from !== undefined) return { kind: 'too_soon', from };
      const problems = await passwords.problems(chosen, account);
      if (problems.length > 0) return { kind: 'refused', problems };
      const hash = await passwords.hash(chosen);
      await database.transaction((tx) => setPassword(tx, account, hash, by));
      return undefined;
    },

    async hasSetPassword(accountId, chosen, shownAt) {
      const account = await accounts.findById(accountId);
      if (account?.passwordChangedAt === undefined || account.passwordChangedAt <= shownAt) return false;
      const identifier = normaliseIdentifier(account.email);
      return (await deps.hasher.verify(account.passwordHash, chosen, { identifier })).matches;
    },

    async requestAddress(account, given, by) {
      const email = asEntered(given);
      if (!isEmail(email)) throw badRequest('email_invalid', 'This is not an e-mail address.');
      await database.transaction(async (tx) => {
        const now = await unchanged(tx, account.id, (found) => stateOf(found) === stateOf(account));
        await links.revokeAll(tx, purpose, account.id);
        const wish = { accountId: account.id, state: stateOf(account), email };
        await commitWrites(tx, [deps.requests.write(ADDRESS_REQUEST, wish)]);
        await audit.record(tx, {
          ...byOwner(account.id, by),
          type: 'address.change_requested',
          details: { before: { email: personal(now.email) }, after: { email: personal(email) } },
        });
      });
    },

    async answerAddress(tx, content) {
      const { accountId, state, email } = requestSchema.parse(content);
      const account = await life.lock(tx, accountId);
      if (account?.status !== 'active' || stateOf(account) !== state) return;
      const owner = await accounts.findByIdentifier(email);
      if (owner !== undefined && owner.id !== accountId) return;
      // Of several wishes the last one counts.
      await links.revokeAll(tx, purpose, accountId);
      const link = { purpose, lifetimeSeconds, accountId, payload: { state, email } };
      const { token, expiresAt } = await links.issue(tx, link);
      await mail.enqueue(tx, {
        kind: 'verify-address',
        to: { ...recipientOf(account), address: email },
        model: { link: `${issuer}/verify-address?token=${token}`, expiresAt },
      });
    },

    async confirmAddress(token, origin) {
      await database.transaction(async (tx) => {
        const { link, account } = (await takeLink(deps, tx, token, purpose)) ?? {};
        if (link === undefined || account?.status !== 'active') throw linkInvalid();
        const { state, email } = payloadSchema.parse(link.payload);
        if (state !== stateOf(account)) throw linkInvalid();
        await life.setAddress(tx, account.id, email).catch(asLinkInvalid);
        await deps.endOfAccess.end(tx, account.id, 'addressChanged', { actor: person(account.id), origin });
        await audit.record(tx, {
          type: 'address.changed',
          outcome: 'success',
          actor: person(account.id),
          account: account.id,
          origin,
          details: { before: addressFacts(account), after: addressFacts({ email, emailVerified: true }) },
        });
        if (normaliseIdentifier(email) === normaliseIdentifier(account.email)) return;
        await mail.enqueue(tx, {
          kind: 'address-changed',
          to: recipientOf(account),
          model: {
            newAddress: email,
            changedBy: 'person',
            ...occurrence(clock.now(), origin),
            secureLink: await deps.addressRestoring.link(tx, account.id, account.email),
          },
        });
      });
    },
  };
}

/** Somebody else has taken the address since the link was mailed. */
function asLinkInvalid(error: unknown): never {
  throw isCode(error, 'account_exists') ? linkInvalid() : error;
}
