/**
 * The life of an account after it was made: forgotten passwords, invitations, changes by its owner, and its end. This folder
 * owns what has to happen together (the change, the end of sessions, the audit event, the mail), in one transaction each.
 * It leaves pages to `http`, judging passwords to `domain/passwords`, and sending mail to the outbox.
 */
import { z } from 'zod';
import type { AccountRequestStore } from '../domain/account-requests/store.ts';
import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import { identifierDigest, normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { AuditedBy, Origin } from '../domain/audit/events.ts';
import { passwordChange } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { PasswordProblem } from '../domain/passwords/policy.ts';
import type { Limits } from '../domain/rate-limits/policy.ts';
import type { RateLimits } from '../domain/rate-limits/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Database, Executor } from '../storage/database.ts';
import type { Write } from '../storage/unit-of-work.ts';
import type { EndOfAccess } from './end-of-access.ts';
import { LINKS, linkInvalid, stateOf, takeLink } from './links.ts';
import type { NewPasswords } from './new-passwords.ts';
import type { Notices } from './notices.ts';

export interface PasswordResetDependencies {
  readonly issuer: string;
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly life: LifecycleStore;
  readonly links: OneTimeLinkStore;
  readonly requests: AccountRequestStore;
  readonly mail: MailOutbox;
  readonly audit: AuditLog;
  readonly notices: Pick<Notices, 'secureLink'>;
  readonly passwords: NewPasswords;
  readonly clock: Clock;
  /** Keys the digest under which what was typed is told to the audit trail. */
  readonly digestKey: Buffer;
  readonly endOfAccess: EndOfAccess;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'passwordResetPerAccount'>;
  readonly lockout: { clear(tx: Executor, account: { id: string; identifier: string }): Promise<unknown> };
}

/** What a link leads to. */
export interface OpenReset {
  readonly account: Account;
  /** The sign-in from which it was asked for. */
  readonly signIn: string | undefined;
}

export interface PasswordReset {
  /** Keeps the request for the job. The same for whatever was typed; nothing is looked up here. */
  request(identifier: string, about: { signIn: string | undefined; origin: Origin }): Write;
  /**
   * In the transaction of the caller: mails a link because an administrator wants another password to be chosen; the choice is
   * the person's alone (OWASP ASVS 6.4.6). False when there is no active account to send it to.
   */
  send(tx: Executor, accountId: string, by: AuditedBy): Promise<boolean>;
  /** Answers a request: a link by mail where there is an active account, and an event in any case. */
  answer(tx: Executor, content: unknown): Promise<void>;
  /** What the link would do now. Changes nothing. */
  look(token: string): Promise<OpenReset | undefined>;
  /**
   * Consumes the link and sets the password: ends every session and token of the account, its locks too, and tells the
   * person. Signs nobody in. Returns what is wrong with the password; then the link still works. Throws `link_invalid`
   * (410), `hashing_busy` (503).
   */
  complete(token: string, password: string, origin: Origin): Promise<readonly PasswordProblem[]>;
}

export const RESET_REQUEST = 'password-reset';

const requestSchema = z.object({
  identifier: z.string(),
  signIn: z.string().optional(),
  origin: z.object({ ip: z.string(), userAgent: z.string(), requestId: z.string() }).partial(),
});

const payloadSchema = z.object({ state: z.string(), signIn: z.string().optional() });

export function createPasswordReset(deps: PasswordResetDependencies): PasswordReset {
  const { issuer, database, accounts, links, mail, audit, clock, passwords } = deps;
  const { purpose, lifetimeSeconds } = LINKS.reset;

  async function look(token: string): Promise<OpenReset | undefined> {
    const link = await links.peek(purpose, token);
    const account = link?.accountId === undefined ? undefined : await accounts.findById(link.accountId);
    if (link === undefined || account?.status !== 'active') return undefined;
    const { state, signIn } = payloadSchema.parse(link.payload);
    return state === stateOf(account) ? { account, signIn } : undefined;
  }

  async function sendLink(
    tx: Executor,
    account: Account,
    {
      signIn,
      origin,
      requestedBy,
    }: { signIn: string | undefined; origin: Origin; requestedBy: 'person' | 'administrator' },
  ): Promise<void> {
    const payload = { state: stateOf(account), ...(signIn === undefined ? {} : { signIn }) };
    const link = { purpose, lifetimeSeconds, accountId: account.id, payload };
    const { token, expiresAt } = await links.issue(tx, link);
    await mail.enqueue(tx, {
      kind: 'password-reset',
      to: recipientOf(account),
      model: {
        link: `${issuer}/reset?token=${token}`,
        expiresAt,
        requestedBy,
        ...occurrence(clock.now(), origin),
      },
    });
  }

  /** The transaction of a reset: all of it or nothing. */
  async function reset(tx: Executor, token: string, hash: string, origin: Origin): Promise<void> {
    const { link, account } = (await takeLink(deps, tx, token, purpose)) ?? {};
    if (link === undefined || account?.status !== 'active') throw linkInvalid();
    if (payloadSchema.parse(link.payload).state !== stateOf(account)) throw linkInvalid();
    const changedAt = await passwords.store(tx, account, hash);
    if (changedAt === undefined) throw linkInvalid();
    // Whoever had the link has read mail to this address.
    await deps.life.verifyAddress(tx, account.id);
    await deps.endOfAccess.end(tx, account.id, 'passwordReset', { actor: person(account.id), origin });
    await deps.lockout.clear(tx, { id: account.id, identifier: normaliseIdentifier(account.email) });
    const about = { outcome: 'success', actor: person(account.id), account: account.id, origin } as const;
    const verified = account.emailVerified
      ? {}
      : { before: { emailVerified: false }, after: { emailVerified: true } };
    await audit.record(
      tx,
      { ...about, type: 'password_reset.completed', details: verified },
      {
        ...about,
        type: 'password.changed',
        details: {
          by: 'link',
          sessionsEnded: true,
          ...passwordChange(account, changedAt, passwords.policyFor(account)),
        },
      },
    );
    await mail.enqueue(tx, {
      kind: 'password-changed',
      to: recipientOf(account),
      model: {
        changedBy: 'link',
        sessionsEnded: true,
        ...occurrence(clock.now(), origin),
        secureLink: await deps.notices.secureLink(tx, account.id, clock.now()),
      },
    });
  }

  /** Why no link is sent. */
  async function refusalOf(account: Account | undefined, identifier: string): Promise<string | undefined> {
    if (account === undefined) return 'account_unknown';
    if (account.status !== 'active') return 'account_disabled';
    // The page has counted what was typed, and looked nothing up. Of an account that was named otherwise its address counts, too:
    // one mailbox gets so many mails, by whichever name they are asked for.
    const key = normaliseIdentifier(account.email);
    if (key === normaliseIdentifier(identifier)) return undefined;
    const { allowed } = await deps.rateLimits.take([{ limit: deps.limits.passwordResetPerAccount, key }]);
    return allowed ? undefined : 'rate_limited';
  }

  return {
    look,

    request: (identifier, { signIn, origin }) =>
      deps.requests.write(RESET_REQUEST, { identifier, signIn, origin }),

    async send(tx, accountId, by) {
      const account = await accounts.findById(accountId);
      if (account?.status !== 'active') return false;
      await deps.endOfAccess.end(tx, account.id, 'resetLinkSent', by);
      await sendLink(tx, account, { signIn: undefined, origin: by.origin, requestedBy: 'administrator' });
      await audit.record(tx, {
        type: 'password_reset.requested',
        outcome: 'success',
        account: account.id,
        ...by,
        details: { identifierDigest: identifierDigest(deps.digestKey, account.email) },
      });
      return true;
    },

    async answer(tx, content) {
      const { identifier, signIn, origin } = requestSchema.parse(content);
      const account = await accounts.findByIdentifier(identifier);
      const refusal = await refusalOf(account, identifier);
      if (account !== undefined && refusal === undefined) {
        await sendLink(tx, account, { signIn, origin: presentOrigin(origin), requestedBy: 'person' });
      }
      await audit.record(tx, {
        type: 'password_reset.requested',
        outcome: refusal === undefined ? 'success' : 'failure',
        ...(account === undefined ? {} : { account: account.id }),
        origin: presentOrigin(origin),
        details: {
          ...(refusal === undefined ? {} : { reason: refusal }),
          identifierDigest: identifierDigest(deps.digestKey, identifier),
        },
      });
    },

    async complete(token, password, origin) {
      // A link that does not work must not cost a hash.
      const open = await look(token);
      if (open === undefined) throw linkInvalid();
      const problems = await passwords.problems(password, open.account);
      if (problems.length > 0) return problems;
      const hash = await passwords.hash(password);
      await database.transaction((tx) => reset(tx, token, hash, origin));
      return [];
    },
  };
}

/** When and from where, as mails tell it. */
export const occurrence = (at: Date, { ip, userAgent }: Origin) => ({
  at,
  ...(ip === undefined ? {} : { ip }),
  ...(userAgent === undefined ? {} : { userAgent }),
});

type Loose<T> = { [K in keyof T]?: T[K] | undefined };

/** Without the names whose values are missing. */
export const presentOrigin = (origin: Loose<Origin>): Origin =>
  Object.fromEntries(Object.entries(origin).filter(([, value]) => value !== undefined));
