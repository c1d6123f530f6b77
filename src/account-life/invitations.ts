import { z } from 'zod';
import type { AccountLifeStore } from '../domain/accounts/life-store.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { Origin } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { PasswordProblem } from '../domain/passwords/policy.ts';
import { conflict } from '../kernel/errors.ts';
import type { Database, Executor } from '../storage/database.ts';
import { endLinks, LINKS, linkInvalid, stateOf } from './links.ts';
import type { NewPasswords } from './new-passwords.ts';

export interface InvitationDependencies {
  readonly issuer: string;
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly life: AccountLifeStore;
  readonly links: OneTimeLinkStore;
  readonly mail: MailOutbox;
  readonly audit: AuditLog;
  readonly passwords: NewPasswords;
}

export interface Invitee {
  readonly email: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** The language of the mail and the pages. */
  readonly locale?: string;
}

export interface Inviter {
  /** Who acts: an account id, or `command`. */
  readonly actor: string;
  /** As the mail names them. */
  readonly name?: string;
  readonly origin: Origin;
}

export interface Invited {
  readonly account: Account;
  /** True when the account existed, without a password: it stays as it is, and only the latest link works. */
  readonly again: boolean;
  readonly expiresAt: Date;
}

export interface OpenInvitation {
  readonly account: Account;
  readonly invitedBy: string | undefined;
  /** They asked for the account themselves. */
  readonly registered: boolean;
  /** The sign-in from which they did. */
  readonly signIn: string | undefined;
}

export interface Invitations {
  /**
   * Makes an account without a password, with which nobody can sign in, and mails its link: all of it or nothing. Whoever
   * was invited and has not come yet gets another link. Throws `account_exists` (409), and what the account store refuses.
   */
  invite(invitee: Invitee, by: Inviter): Promise<Invited>;
  /** What the link would do now. Changes nothing. */
  look(token: string): Promise<OpenInvitation | undefined>;
  /**
   * Consumes the link: name and password are set, the address is verified. Signs nobody in. Returns what is wrong with the
   * password; then the link still works. Throws `link_invalid` (410), `name_invalid` (400), `hashing_busy` (503).
   */
  accept(
    token: string,
    chosen: { name: string; password: string },
    origin: Origin,
  ): Promise<readonly PasswordProblem[]>;
}

const payloadSchema = z.object({
  state: z.string(),
  invitedBy: z.string().optional(),
  registered: z.boolean().default(false),
  signIn: z.string().optional(),
});

export function createInvitations(deps: InvitationDependencies): Invitations {
  const { issuer, database, accounts, life, links, mail, audit, passwords } = deps;
  const { purpose, lifetimeSeconds } = LINKS.invitation;

  async function sendLink(tx: Executor, account: Account, invitedBy: string | undefined): Promise<Date> {
    await links.revokeAll(tx, purpose, account.id);
    const named = invitedBy === undefined ? {} : { invitedBy };
    const payload = { state: stateOf(account), ...named };
    const { token, expiresAt } = await links.issue(tx, {
      purpose,
      lifetimeSeconds,
      accountId: account.id,
      payload,
    });
    const link = `${issuer}/invitation?token=${token}`;
    await mail.enqueue(tx, {
      kind: 'invitation',
      to: recipientOf(account),
      model: { link, expiresAt, ...named },
    });
    return expiresAt;
  }

  /** The account that was made for an earlier invitation, if nobody has used it. */
  async function waiting(email: string): Promise<Account | undefined> {
    const account = await accounts.findByIdentifier(email);
    if (account === undefined) return undefined;
    if (account.passwordHash === undefined && account.status === 'active') return account;
    throw conflict('account_exists', 'An account with this e-mail address exists already.');
  }

  async function look(token: string): Promise<OpenInvitation | undefined> {
    const link = await links.peek(purpose, token);
    const account = link?.accountId === undefined ? undefined : await accounts.findById(link.accountId);
    if (link === undefined || account?.status !== 'active') return undefined;
    const { state, invitedBy, registered, signIn } = payloadSchema.parse(link.payload);
    return state === stateOf(account) ? { account, invitedBy, registered, signIn } : undefined;
  }

  /** The transaction of an acceptance: all of it or nothing. */
  async function accepted(
    tx: Executor,
    token: string,
    { name, hash, origin }: { name: string; hash: string; origin: Origin },
  ): Promise<void> {
    const link = await links.consume(tx, purpose, token);
    const account = link?.accountId === undefined ? undefined : await life.lock(tx, link.accountId);
    if (link === undefined || account?.status !== 'active') throw linkInvalid();
    const { state, registered } = payloadSchema.parse(link.payload);
    if (state !== stateOf(account)) throw linkInvalid();
    if (!(await passwords.store(tx, account, hash))) throw linkInvalid();
    await life.verifyAddress(tx, account.id);
    await life.setProfile(tx, account.id, { name, locale: account.locale });
    await endLinks(links, tx, account.id);
    await audit.record(tx, {
      type: registered ? 'registration.completed' : 'invitation.accepted',
      outcome: 'success',
      actor: account.id,
      account: account.id,
      origin,
      details: {},
    });
  }

  return {
    look,

    async invite(invitee, { actor, name, origin }) {
      const known = await waiting(invitee.email);
      return database.transaction(async (tx) => {
        const account = known ?? (await accounts.create(tx, invitee));
        const expiresAt = await sendLink(tx, account, name);
        const about = { outcome: 'success', actor, account: account.id, origin } as const;
        await audit.record(
          tx,
          ...(known === undefined
            ? [{ ...about, type: 'account.created', details: { source: 'invitation' } } as const]
            : []),
          { ...about, type: 'account.invited', details: { again: known !== undefined } },
        );
        return { account, again: known !== undefined, expiresAt };
      });
    },

    async accept(token, { name, password }, origin) {
      const open = await look(token);
      if (open === undefined) throw linkInvalid();
      const problems = await passwords.problems(password, { ...open.account, name });
      if (problems.length > 0) return problems;
      const hash = await passwords.hash(password);
      await database.transaction((tx) => accepted(tx, token, { name, hash, origin }));
      return [];
    },
  };
}
