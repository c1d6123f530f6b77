import { domainToASCII } from 'node:url';
import { z } from 'zod';
import type { AccountRequestStore } from '../domain/account-requests/store.ts';
import { normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { Origin } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Executor } from '../storage/database.ts';
import type { Write } from '../storage/unit-of-work.ts';
import { LINKS, stateOf } from './links.ts';
import { occurrence, presentOrigin } from './password-reset.ts';

export interface RegistrationDependencies {
  readonly issuer: string;
  readonly accounts: AccountStore;
  readonly links: OneTimeLinkStore;
  readonly requests: AccountRequestStore;
  readonly mail: MailOutbox;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** `domains`: whose addresses may register; none = any. */
  readonly registration: { readonly enabled: boolean; readonly domains: readonly string[] };
}

/** Who wants an account, as typed. */
export interface Registrant {
  readonly email: string;
  readonly name: string;
  /** The language in which they read the form. */
  readonly locale: string;
}

export interface Registration {
  readonly enabled: boolean;
  /** Whether addresses of this domain may register; whose address it is plays no part. */
  allows(email: string): boolean;
  /** Keeps the request for the job. The same for whatever was typed; nothing is looked up here. */
  request(registrant: Registrant, about: { signIn: string | undefined; origin: Origin }): Write;
  /**
   * Answers a request by mail. Where there is no account, one is made that nobody can use before its link was followed; one
   * that still waits for that gets another link and stays as it is; and whoever has an account is told so.
   */
  answer(tx: Executor, content: unknown): Promise<void>;
}

export const REGISTRATION_REQUEST = 'registration';

const requestSchema = z.object({
  email: z.string(),
  name: z.string(),
  locale: z.string(),
  signIn: z.string().optional(),
  origin: z.object({ ip: z.string(), userAgent: z.string(), requestId: z.string() }).partial(),
});

export function createRegistration(deps: RegistrationDependencies): Registration {
  const { issuer, accounts, links, mail, audit, clock } = deps;
  const { enabled } = deps.registration;
  const domains = new Set(deps.registration.domains.map(domainKey));
  const { purpose, lifetimeSeconds } = LINKS.registration;

  const allows = (email: string) =>
    domains.size === 0 || domains.has(domainKey(email.slice(email.lastIndexOf('@') + 1)));

  async function sendLink(tx: Executor, account: Account, signIn: string | undefined): Promise<void> {
    const payload = {
      state: stateOf(account),
      registered: true,
      ...(signIn === undefined ? {} : { signIn }),
    };
    const link = { purpose, lifetimeSeconds, accountId: account.id, payload };
    const { token, expiresAt } = await links.issue(tx, link);
    // A stranger may have typed the name: it is not put into mail to somebody else's address.
    const { name: _name, ...to } = recipientOf(account);
    await mail.enqueue(tx, {
      kind: 'verify-address',
      to,
      model: { link: `${issuer}/invitation?token=${token}`, expiresAt },
    });
  }

  /** Undefined where there is an account by now, if only since a moment ago on another node. */
  async function create(tx: Executor, registrant: Registrant, origin: Origin): Promise<Account | undefined> {
    const [account] = await accounts.createMany(tx, [registrant]);
    if (account === undefined) return undefined;
    await audit.record(tx, {
      type: 'account.created',
      outcome: 'success',
      account: account.id,
      origin,
      details: { source: 'registration' },
    });
    return account;
  }

  return {
    enabled,
    allows,

    request: ({ email, name, locale }, { signIn, origin }) =>
      deps.requests.write(REGISTRATION_REQUEST, { email, name, locale, signIn, origin }),

    async answer(tx, content) {
      const { email, name, locale, signIn, origin: given } = requestSchema.parse(content);
      // What an operator has switched off meanwhile stays off.
      if (!enabled || !allows(email)) return;
      const origin = presentOrigin(given);
      const made = await create(tx, { email, name, locale }, origin);
      const account = made ?? (await accounts.findByIdentifier(email));
      if (account?.status !== 'active') return;
      if (isUnfinished(account)) return sendLink(tx, account, signIn);
      await mail.enqueue(tx, {
        kind: 'already-registered',
        to: recipientOf(account),
        model: {
          signInLink: `${issuer}/account`,
          resetLink: `${issuer}/forgot`,
          ...occurrence(clock.now(), origin),
        },
      });
    },
  };
}

/** Nobody has ever been able to sign in to it. */
const isUnfinished = ({ passwordHash, passwordChangedAt, emailVerified }: Account): boolean =>
  passwordHash === undefined && passwordChangedAt === undefined && !emailVerified;

/** One form for a domain however it is written (RFC 5891); what is no domain stays as it is and equals none. */
function domainKey(domain: string): string {
  const key = normaliseIdentifier(domain);
  return domainToASCII(key) || key;
}
