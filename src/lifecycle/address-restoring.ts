import { z } from 'zod';
import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import { normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { Origin } from '../domain/audit/events.ts';
import { addressFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { isCode } from '../kernel/errors.ts';
import type { Database, Executor } from '../storage/database.ts';
import type { AddedFactor, FactorUndoing } from './factor-undoing.ts';
import { LINKS, linkInvalid, takeLink } from './links.ts';
import { occurrence } from './password-reset.ts';
import type { LockDown } from './securing.ts';
import type { StatusSchedule } from './status-schedule.ts';

export interface AddressRestoringDependencies {
  readonly issuer: string;
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'findById' | 'setStatus'>;
  readonly life: Pick<LifecycleStore, 'lock' | 'setAddress'>;
  readonly links: Pick<OneTimeLinkStore, 'issue' | 'peek' | 'consume' | 'revokeSince'>;
  readonly mail: Pick<MailOutbox, 'enqueue'>;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly lockDown: LockDown;
  readonly factorUndoing: FactorUndoing;
  readonly statusSchedule: Pick<StatusSchedule, 'change'>;
}

export interface OpenRestoring {
  readonly account: Account;
  /** The address that the account gets back. */
  readonly email: string;
  /** The ways to sign in that were added since the account has lost it, and are removed. */
  readonly undoes: readonly AddedFactor[];
}

/**
 * "This wasn't me" of whoever had the address before. Whoever has taken an account over changes its address first, so that
 * everything from then on, links to a new password too, goes to them: it does not help to end sessions, the address has to
 * come back.
 *
 * Its link outlives what ends every other link of the account (a new password, another change of address), because all of
 * that is in the hands of whoever has the account now. Of several links the older one prevails: it ends the newer ones, and
 * no newer one ends it. So nobody gets rid of the owner's by changing the address twice. It is void after a week, once it
 * was used, where the account has the address (again), and where an operator has disabled the account.
 *
 * What is weighed here: for that week, whoever reads the mail of the former address can have the account back with a
 * password alone, also when its owner has left that address for good. So only factors are removed that were added since
 * the address was changed; one from before still stands between that mailbox and the account.
 */
export interface AddressRestoring {
  /** The link, for the mail to the address that the account had until now. */
  link(tx: Executor, accountId: string, formerEmail: string): Promise<string>;
  /** What the link would do now. Changes nothing. */
  look(token: string): Promise<OpenRestoring | undefined>;
  /**
   * Consumes the link: the account has its former address again and is without the factors that were added since, is locked
   * down as by {@link LockDown}, and the address that it loses is told. Where the former address is somebody else's by now,
   * nobody is left whom a new password could be mailed to: the account is disabled. Throws `link_invalid` (410).
   */
  restore(token: string, origin: Origin): Promise<'restored' | 'disabled'>;
}

const payloadSchema = z.object({ email: z.string() });

export function createAddressRestoring(deps: AddressRestoringDependencies): AddressRestoring {
  const { database, accounts, life, links, mail, audit, clock, factorUndoing } = deps;
  const { purpose, lifetimeSeconds } = LINKS.formerAddress;

  const isOf = (account: { readonly email: string; readonly status: string }, email: string) =>
    account.status === 'active' && normaliseIdentifier(account.email) !== normaliseIdentifier(email);

  /** False where the address is somebody else's by now. */
  const takeBack = (tx: Executor, id: string, email: string): Promise<boolean> =>
    life.setAddress(tx, id, email).then(
      () => true,
      (error) => {
        if (isCode(error, 'account_exists')) return false;
        throw error;
      },
    );

  return {
    async link(tx, accountId, formerEmail) {
      const payload = { email: formerEmail };
      const { token } = await links.issue(tx, { purpose, lifetimeSeconds, accountId, payload });
      return `${deps.issuer}/secure/address?token=${token}`;
    },

    async look(token) {
      const link = await links.peek(purpose, token);
      const account = link?.accountId === undefined ? undefined : await accounts.findById(link.accountId);
      if (link === undefined || account === undefined) return undefined;
      const { email } = payloadSchema.parse(link.payload);
      if (!isOf(account, email)) return undefined;
      return { account, email, undoes: await factorUndoing.addedSince(account.id, link.createdAt) };
    },

    restore: (token, origin) =>
      database.transaction(async (tx) => {
        const { link, account } = (await takeLink(deps, tx, token, purpose)) ?? {};
        if (link === undefined || account === undefined) throw linkInvalid();
        const { email } = payloadSchema.parse(link.payload);
        if (!isOf(account, email)) throw linkInvalid();
        const { id } = account;
        const { createdAt: since } = link;
        await links.revokeSince(tx, purpose, id, since);
        await links.revokeSince(tx, LINKS.factorAdded.purpose, id, since);
        const restored = await takeBack(tx, id, email);
        await deps.lockDown(tx, id, origin);
        await factorUndoing.undo(tx, id, since, origin);
        const about = { outcome: 'success', actor: person(id), account: id, origin } as const;
        if (!restored) {
          await accounts.setStatus(tx, id, 'disabled');
          const details = { before: { status: account.status }, after: { status: 'disabled' } } as const;
          await audit.record(tx, { ...about, type: 'account.disabled', details });
          // Whatever was planned was planned of its owner: nothing lets whoever has it now in again by itself.
          await deps.statusSchedule.change(tx, id, {}, { actor: person(id), origin });
          return 'disabled';
        }
        const details = {
          before: addressFacts(account),
          after: addressFacts({ email, emailVerified: true }),
        };
        await audit.record(tx, { ...about, type: 'address.restored', details });
        await mail.enqueue(tx, {
          kind: 'address-changed',
          to: recipientOf(account),
          model: { newAddress: email, changedBy: 'person', ...occurrence(clock.now(), origin) },
        });
        return 'restored';
      }),
  };
}
