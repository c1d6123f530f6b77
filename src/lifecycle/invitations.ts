import { z } from 'zod';
import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import { type Account, type AccountStore, accountExists, type NewAccount } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { AuditedBy, Origin } from '../domain/audit/events.ts';
import { accountFacts, openingFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLink, OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { PasswordProblem } from '../domain/passwords/policy.ts';
import type { PasswordOwner } from '../domain/passwords/rules.ts';
import type { AttributeValues } from '../kernel/attributes.ts';
import { conflict } from '../kernel/errors.ts';
import type { Database, Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';
import { isUnfinished, LINKS, linkInvalid, stateOf, takeLink } from './links.ts';
import type { NewPasswords } from './new-passwords.ts';

export interface InvitationDependencies {
  readonly issuer: string;
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly life: LifecycleStore;
  readonly links: OneTimeLinkStore;
  readonly mail: MailOutbox;
  readonly audit: AuditLog;
  readonly passwords: NewPasswords;
  readonly registration: { readonly enabled: boolean };
  readonly endOfAccess: EndOfAccess;
}

/** The caller holds the unit. */
export interface Invitee extends Pick<NewAccount, 'email' | 'name' | 'unit'> {
  readonly roles: readonly string[];
  /** The language of the mail and the pages. */
  readonly locale?: string;
  readonly attributes?: AttributeValues;
}

export interface Inviter extends AuditedBy {
  /** As the mail names them. */
  readonly name?: string;
}

export interface Invited {
  readonly account: Account;
  /** True when the account existed, without a password: it stays as it is, and only the latest link works. */
  readonly again: boolean;
  readonly expiresAt: Date;
}

export interface OpenInvitation {
  /** The person whose account it is, or will be. */
  readonly owner: PasswordOwner & Pick<Account, 'locale'>;
  readonly invitedBy: string | undefined;
  /** They asked for the account themselves. */
  readonly registered: boolean;
  /** The sign-in from which they did. */
  readonly signIn: string | undefined;
}

/** An account that its owner has opened, and what was true of it before where it was there already. */
interface Opened {
  readonly id: string;
  readonly before?: ReturnType<typeof openingFacts>;
}

interface Chosen {
  readonly name: string;
  readonly hash: string;
  readonly origin: Origin;
}

export interface Invitations {
  /**
   * The account that was made for an earlier invitation to the address, if nobody has used it. Throws `account_exists` (409)
   * where there is another account.
   */
  waiting(email: string): Promise<Account | undefined>;
  /**
   * In the transaction of the caller: makes an account without a password, with which nobody can sign in, and mails its link.
   * Whoever was invited and has not come yet (`waiting`) gets another link. Throws `account_exists` (409), and what the
   * account store refuses.
   */
  invite(tx: Executor, invitee: Invitee, waiting: Account | undefined, by: Inviter): Promise<Invited>;
  /**
   * In the transaction of the caller: mails another link to somebody who has no password yet, in whose place no earlier one works.
   * Throws `account_disabled`, `invitation_accepted` (409); undefined where there is no such account.
   */
  resend(tx: Executor, accountId: string, by: Inviter): Promise<Date | undefined>;
  /** What the link would do now. Changes nothing. */
  look(token: string): Promise<OpenInvitation | undefined>;
  /**
   * Consumes the link: name and password are set, the address is verified; a person who has registered has an account from now
   * on. Signs nobody in. Returns what is wrong with the password; then the link still works. Throws `link_invalid` (410),
   * `name_invalid` (400), `hashing_busy` (503).
   */
  accept(
    token: string,
    chosen: { name: string; password: string },
    origin: Origin,
  ): Promise<readonly PasswordProblem[]>;
}

const payloadSchema = z.object({
  /** Of the account that the link is about. */
  state: z.string().optional(),
  invitedBy: z.string().optional(),
  /** A person who has registered, and had no account then. */
  registrant: z.object({ email: z.string(), name: z.string(), locale: z.string() }).optional(),
  registered: z.boolean().default(false),
  signIn: z.string().optional(),
});
type Payload = z.output<typeof payloadSchema>;

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

  async function waiting(email: string): Promise<Account | undefined> {
    const account = await accounts.findByIdentifier(email);
    if (account === undefined) return undefined;
    if (account.passwordHash === undefined && account.status === 'active') return account;
    throw accountExists();
  }

  /**
   * The account that an invitation has made since then for the person who has registered, and no other. An administrator who has
   * ended its access since has ended this way to it as well, though the link names no account.
   */
  async function madeSince({ email }: { email: string }): Promise<Account | undefined> {
    const account = await accounts.findByIdentifier(email);
    return account !== undefined && isUnfinished(account) && account.accessEpoch === 0 ? account : undefined;
  }

  /** The person that the link is about, as long as nothing has changed. */
  async function ownerOf(link: OneTimeLink, payload: Payload): Promise<OpenInvitation['owner'] | undefined> {
    const { registrant, state } = payload;
    if (registrant === undefined) {
      const account = link.accountId === undefined ? undefined : await accounts.findById(link.accountId);
      return account?.status === 'active' && state === stateOf(account) ? account : undefined;
    }
    // What an operator has switched off meanwhile stays off.
    if (!deps.registration.enabled) return undefined;
    const account = await accounts.findByIdentifier(registrant.email);
    return account === undefined ? { ...registrant, roles: [] } : madeSince(registrant);
  }

  async function look(token: string): Promise<OpenInvitation | undefined> {
    const link = await links.peek(purpose, token);
    if (link === undefined) return undefined;
    const payload = payloadSchema.parse(link.payload);
    const owner = await ownerOf(link, payload);
    const { invitedBy, registered, signIn } = payload;
    return owner && { owner, invitedBy, registered, signIn };
  }

  /** The transaction of an acceptance: all of it or nothing. */
  async function accepted(tx: Executor, token: string, chosen: Chosen): Promise<void> {
    const { link } = (await takeLink(deps, tx, token, purpose)) ?? {};
    if (link === undefined) throw linkInvalid();
    const payload = payloadSchema.parse(link.payload);
    const { registrant, registered } = payload;
    if (registrant !== undefined && !deps.registration.enabled) throw linkInvalid();
    const { id, before } =
      registrant === undefined
        ? await opened(tx, link.accountId, chosen, ({ state }) => state === payload.state)
        : ((await made(tx, registrant, chosen)) ??
          (await opened(
            tx,
            (
              await madeSince(registrant)
            )?.id,
            chosen,
            ({ account }) => isUnfinished(account) && account.accessEpoch === 0,
          )));
    await deps.endOfAccess.end(tx, id, 'invitationAccepted', { actor: person(id), origin: chosen.origin });
    const about = { outcome: 'success', actor: person(id), account: id, origin: chosen.origin } as const;
    const after = openingFacts({ name: chosen.name, emailVerified: true, password: true });
    await audit.record(
      tx,
      registered || before === undefined
        ? {
            ...about,
            type: 'registration.completed',
            details: { ...(before === undefined ? {} : { before }), after },
          }
        : { ...about, type: 'invitation.accepted', details: { before, after } },
    );
  }

  /** Opens an account that waits for its owner. */
  async function opened(
    tx: Executor,
    id: string | undefined,
    { name, hash }: Chosen,
    fits: (found: { account: Account; state: string }) => boolean,
  ): Promise<Opened> {
    const account = id === undefined ? undefined : await life.lock(tx, id);
    if (account?.status !== 'active' || !fits({ account, state: stateOf(account) })) throw linkInvalid();
    if (!(await passwords.store(tx, account, hash))) throw linkInvalid();
    await life.verifyAddress(tx, account.id);
    await life.setProfile(tx, account.id, { name, locale: account.locale, zoneinfo: account.zoneinfo });
    const before = openingFacts({ ...account, password: account.passwordHash !== undefined });
    return { id: account.id, before };
  }

  /** Makes the account of a person who has registered; answers none where the address has one by now. */
  async function made(
    tx: Executor,
    { email, locale }: { email: string; locale: string },
    { name, hash, origin }: Chosen,
  ): Promise<Opened | undefined> {
    const account = { email, emailVerified: true, name, locale, passwordHash: hash };
    const [created] = await accounts.createMany(tx, [account]);
    if (created === undefined) return undefined;
    await audit.record(tx, {
      type: 'account.created',
      outcome: 'success',
      actor: person(created.id),
      account: created.id,
      origin,
      details: { source: 'registration', after: accountFacts(created) },
    });
    return { id: created.id };
  }

  return {
    look,
    waiting,

    async invite(tx, invitee, known, { name, ...by }) {
      const account = known ?? (await accounts.create(tx, invitee));
      const expiresAt = await sendLink(tx, account, name);
      const about = { outcome: 'success', account: account.id, ...by } as const;
      await audit.record(
        tx,
        ...(known === undefined
          ? [
              {
                ...about,
                type: 'account.created',
                details: { source: 'invitation', after: accountFacts(account) },
              } as const,
            ]
          : []),
        { ...about, type: 'account.invited', details: { again: known !== undefined } },
      );
      return { account, again: known !== undefined, expiresAt };
    },

    async resend(tx, accountId, { name, ...by }) {
      const account = await life.lock(tx, accountId);
      if (account === undefined) return undefined;
      if (account.status !== 'active')
        throw conflict('account_disabled', 'The account is disabled, so no link was sent.');
      if (account.passwordHash !== undefined)
        throw conflict('invitation_accepted', 'The person has a password already, so no link was sent.');
      const expiresAt = await sendLink(tx, account, name);
      const event = { type: 'account.invited', outcome: 'success', details: { again: true } } as const;
      await audit.record(tx, { ...event, account: account.id, ...by });
      return expiresAt;
    },

    async accept(token, { name, password }, origin) {
      const open = await look(token);
      if (open === undefined) throw linkInvalid();
      const problems = await passwords.problems(password, { ...open.owner, name });
      if (problems.length > 0) return problems;
      const hash = await passwords.hash(password);
      await database.transaction((tx) => accepted(tx, token, { name, hash, origin }));
      return [];
    },
  };
}
