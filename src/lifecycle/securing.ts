import { z } from 'zod';
import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { AccountPasswordStore } from '../domain/accounts/password-store.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { Origin } from '../domain/audit/events.ts';
import { flagChange } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { DeviceStore } from '../domain/devices/store.ts';
import type { Lockout } from '../domain/lockout/store.ts';
import type { OneTimeLink, OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { Database, Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';
import type { AddedFactor, FactorUndoing } from './factor-undoing.ts';
import { LINKS, linkInvalid, takeLink } from './links.ts';

export interface LockDownDependencies {
  readonly accountPasswords: Pick<AccountPasswordStore, 'flag'>;
  readonly devices: Pick<DeviceStore, 'forgetAll'>;
  readonly lockout: Pick<Lockout, 'disablePassword'>;
  readonly audit: AuditLog;
  readonly endOfAccess: EndOfAccess;
}

export interface SecuringDependencies {
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly links: Pick<OneTimeLinkStore, 'peek' | 'consume' | 'revokeSince'>;
  readonly lockDown: LockDown;
  readonly factorUndoing: FactorUndoing;
}

/** What a link would do. */
export interface OpenSecuring {
  readonly account: Account;
  /** The ways to sign in that it removes. */
  readonly undoes: readonly AddedFactor[];
}

/**
 * Ends every session and token of an account, forgets its devices (the trusted ones too) and open links, and has its password
 * count as known to others. It works no more before another one was chosen by a link to the address: whoever knows it must not
 * be the one to choose.
 */
export type LockDown = (tx: Executor, accountId: string, origin: Origin) => Promise<void>;

/** "This wasn't me": somebody else was at the account, or tried to be. */
export interface Securing {
  /** The account that the link is about. Changes nothing. */
  look(token: string): Promise<OpenSecuring | undefined>;
  /**
   * Consumes the link, ends the sign-ins under way, locks the account down, and removes the factors that were added since
   * whatever the link tells of: with the link of the notice of a factor, that one and what came after it. Throws `link_invalid`
   * (410).
   */
  secure(token: string, origin: Origin): Promise<void>;
}

/** A notice has one of these links, whichever it is a notice of. */
const OF_NOTICES = [LINKS.notMe.purpose, LINKS.factorAdded.purpose];

export const createLockDown =
  ({ accountPasswords, devices, lockout, audit, endOfAccess }: LockDownDependencies): LockDown =>
  async (tx, id, origin) => {
    await endOfAccess.end(tx, id, 'secured', { actor: person(id), origin });
    await devices.forgetAll(tx, id);
    const flagged = await accountPasswords.flag(tx, id, 'compromised');
    await lockout.disablePassword(tx, id);
    const about = { outcome: 'success', actor: person(id), account: id, origin } as const;
    await audit.record(tx, { ...about, type: 'account.secured', details: {} });
    if (flagged === undefined) return;
    await audit.record(tx, {
      ...about,
      type: 'password.change_required',
      details: { reason: 'compromised', ...flagChange('compromised', flagged) },
    });
  };

export function createSecuring({
  database,
  accounts,
  life,
  links,
  lockDown,
  factorUndoing,
}: SecuringDependencies): Securing {
  const payloadSchema = z.object({
    since: z.iso
      .datetime()
      .transform((text) => new Date(text))
      .optional(),
  });
  const sinceOf = ({ payload }: Pick<OneTimeLink, 'payload'>) => payloadSchema.parse(payload).since;

  return {
    async look(token) {
      const [notMe, factorAdded] = await Promise.all(OF_NOTICES.map((purpose) => links.peek(purpose, token)));
      const link = notMe ?? factorAdded;
      const account = link?.accountId === undefined ? undefined : await accounts.findById(link.accountId);
      if (link === undefined || account?.status !== 'active') return undefined;
      const since = sinceOf(link);
      return {
        account,
        undoes: since === undefined ? [] : await factorUndoing.addedSince(account.id, since),
      };
    },

    secure: (token, origin) =>
      database.transaction(async (tx) => {
        const { link, account } = (await takeLink({ links, life }, tx, token, ...OF_NOTICES)) ?? {};
        if (link === undefined || account?.status !== 'active') throw linkInvalid();
        await lockDown(tx, account.id, origin);
        const since = sinceOf(link);
        if (since === undefined) return;
        await factorUndoing.undo(tx, account.id, since, origin);
        // They would undo what the owner adds from now on.
        await links.revokeSince(tx, LINKS.factorAdded.purpose, account.id, since);
      }),
  };
}
