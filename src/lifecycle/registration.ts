import { domainToASCII } from 'node:url';
import { z } from 'zod';
import type { AccountRequestStore } from '../domain/account-requests/store.ts';
import { asEntered, identifierDigest, normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { Origin } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Executor } from '../storage/database.ts';
import type { Write } from '../storage/unit-of-work.ts';
import { isUnfinished, LINKS, stateOf } from './links.ts';
import { occurrence, presentOrigin } from './password-reset.ts';

export interface RegistrationDependencies {
  readonly issuer: string;
  readonly accounts: AccountStore;
  readonly links: OneTimeLinkStore;
  readonly requests: AccountRequestStore;
  readonly mail: MailOutbox;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** Keys the digest under which what was typed is told to the audit trail. */
  readonly digestKey: Buffer;
  /** `domains`: addresses of these may register; none = any. */
  readonly registration: { readonly enabled: boolean; readonly domains: readonly string[] };
}

/** The person who wants an account, as typed. */
export interface Registrant {
  readonly email: string;
  readonly name: string;
  /** The language in which they read the form. */
  readonly locale: string;
}

export interface Registration {
  readonly enabled: boolean;
  /** Whether addresses of this domain may register; who has the address plays no part. */
  allows(email: string): boolean;
  /** Keeps the request for the job. The same for whatever was typed; nothing is looked up here. */
  request(registrant: Registrant, about: { signIn: string | undefined; origin: Origin }): Write;
  /**
   * Answers a request by mail, with a link where there is no account, which makes one, or one that still waits for its
   * owner, e.g. since an invitation: that one stays as it is. A person who has an account is told so, unless it is disabled.
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

type Request = z.output<typeof requestSchema>;

export function createRegistration(deps: RegistrationDependencies): Registration {
  const { issuer, accounts, links, mail, audit, clock } = deps;
  const { enabled } = deps.registration;
  const domains = new Set(deps.registration.domains.map(domainKey));
  const { purpose, lifetimeSeconds } = LINKS.registration;

  const allows = (email: string) =>
    domains.size === 0 || domains.has(domainKey(email.slice(email.lastIndexOf('@') + 1)));

  /**
   * Nothing is made before the link is followed, but where an account waits for its owner already: so nobody leaves
   * accounts behind with other people's addresses.
   */
  async function sendLink(tx: Executor, asked: Request, account: Account | undefined): Promise<void> {
    const { email, name, locale, signIn } = asked;
    const payload = {
      ...(account === undefined
        ? { registrant: { email, name, locale }, identifier: normaliseIdentifier(email) }
        : { state: stateOf(account) }),
      registered: true,
      ...(signIn === undefined ? {} : { signIn }),
    };
    const about = account === undefined ? {} : { accountId: account.id };
    const { token, expiresAt } = await links.issue(tx, { purpose, lifetimeSeconds, ...about, payload });
    // A stranger may have typed the name: it is not put into mail to somebody else's address.
    const { name: _name, ...to } =
      account === undefined ? { address: asEntered(email), name, locale } : recipientOf(account);
    await mail.enqueue(tx, {
      kind: 'verify-address',
      to,
      model: { link: `${issuer}/invitation?token=${token}`, expiresAt },
    });
  }

  /** Why a request for an account leads to none. */
  const refusalOf = (account: Account | undefined) => {
    if (account === undefined || isUnfinished(account)) return undefined;
    return account.status === 'active' ? 'account_exists' : 'account_disabled';
  };

  return {
    enabled,
    allows,

    request: ({ email, name, locale }, { signIn, origin }) =>
      deps.requests.write(REGISTRATION_REQUEST, { email, name, locale, signIn, origin }),

    async answer(tx, content) {
      const asked = requestSchema.parse(content);
      const { email } = asked;
      // What an operator has switched off meanwhile stays off.
      if (!enabled || !allows(email)) return;
      const origin = presentOrigin(asked.origin);
      const account = await accounts.findByIdentifier(email);
      const reason = refusalOf(account);
      await audit.record(tx, {
        type: 'registration.requested',
        outcome: reason === undefined ? 'success' : 'failure',
        ...(account === undefined ? {} : { account: account.id }),
        origin,
        details: {
          ...(reason === undefined ? {} : { reason }),
          identifierDigest: identifierDigest(deps.digestKey, email),
        },
      });
      if (reason === undefined) return sendLink(tx, asked, account);
      // Whoever was disabled is told by those who did it; anything mailed would say that there is an account.
      if (account?.status !== 'active') return;
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

/** One form for a domain however it is written (RFC 5891); what is no domain stays as it is and equals none. */
function domainKey(domain: string): string {
  const key = normaliseIdentifier(domain);
  return domainToASCII(key) || key;
}
