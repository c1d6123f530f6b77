import type { DormancyStore } from '../domain/accounts/dormancy-store.ts';
import type { AccountPasswordStore, PasswordFlag } from '../domain/accounts/password-store.ts';
import type { AccountStatus, AccountStore } from '../domain/accounts/store.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import { flagChange } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';
import type { LastAdministrator } from './last-administrator.ts';

export interface AccountStatusDependencies {
  readonly accounts: Pick<AccountStore, 'setStatus'>;
  readonly dormancies: Pick<DormancyStore, 'disable'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly accountPasswords: Pick<AccountPasswordStore, 'flag'>;
  readonly audit: AuditLog;
  readonly endOfAccess: EndOfAccess;
  readonly lastAdministrator: LastAdministrator;
}

/** What an account is disabled for. */
export interface FoundDormant {
  readonly lastSignIn: Date | undefined;
  readonly since: Date;
  readonly days: number;
  readonly toldAt: Date;
}

/** What an administrator decides about somebody's access, each in the transaction of the caller with what it ends. */
export interface AccountStatusChanges {
  /**
   * `disabled`: nobody signs in with the account any more, and everything of it ends. `active`: its person may sign in again,
   * and begins anew with everything. False where it was so already. Throws `last_administrator` (409).
   */
  set(tx: Executor, accountId: string, status: AccountStatus, by: AuditedBy): Promise<boolean>;
  /**
   * The same as `disabled` for an account that is dormant, where it still is: nobody has signed in meanwhile, and nothing was decided
   * about it. False otherwise. Throws `last_administrator` (409).
   */
  disableDormant(tx: Executor, accountId: string, dormancy: FoundDormant, by: AuditedBy): Promise<boolean>;
  /**
   * Ends everything of the account, also where that was asked before: whoever got in meanwhile has to leave. Its person chooses
   * another password at the next sign-in. False where that was asked already, or there is no password to change.
   */
  requirePasswordChange(
    tx: Executor,
    accountId: string,
    reason: PasswordFlag,
    by: AuditedBy,
  ): Promise<boolean>;
  /** Ends everything of the account; its person may sign in again at once. */
  signOut(tx: Executor, accountId: string, by: AuditedBy): Promise<void>;
}

const ACTS = { active: 'enabled', disabled: 'disabled' } as const satisfies Record<AccountStatus, string>;

/** There are two, and one that is set already is no change. */
const FORMER = { active: 'disabled', disabled: 'active' } as const satisfies Record<
  AccountStatus,
  AccountStatus
>;

export function createAccountStatusChanges(deps: AccountStatusDependencies): AccountStatusChanges {
  const { accounts, audit, dormancies, endOfAccess, lastAdministrator } = deps;
  const about = (account: string, by: AuditedBy) => ({ outcome: 'success', account, ...by }) as const;

  /** What comes with it, once the row says so. */
  async function changed(tx: Executor, id: string, status: AccountStatus, by: AuditedBy, why = {}) {
    const details = { before: { status: FORMER[status] }, after: { status }, ...why };
    await audit.record(tx, { ...about(id, by), type: `account.${ACTS[status]}`, details });
    await endOfAccess.end(tx, id, ACTS[status], by);
    if (status === 'disabled' && (await lastAdministrator.isAdministrator(tx, id)))
      await lastAdministrator.stays(tx);
  }

  return {
    async set(tx, id, status, by) {
      if (!(await accounts.setStatus(tx, id, status))) return false;
      await changed(tx, id, status, by);
      return true;
    },

    async disableDormant(tx, id, { lastSignIn, since, days, toldAt }, by) {
      if (!(await dormancies.disable(tx, id, { since, toldAt }, deps.clock.now()))) return false;
      const dormancy = {
        ...(lastSignIn === undefined ? {} : { lastSignIn: lastSignIn.toISOString() }),
        ...{ since: since.toISOString(), days, toldAt: toldAt.toISOString() },
      };
      await changed(tx, id, 'disabled', by, { reason: 'dormant', dormancy });
      return true;
    },

    async requirePasswordChange(tx, id, reason, by) {
      const flagged = await deps.accountPasswords.flag(tx, id, reason);
      await endOfAccess.end(tx, id, 'passwordChangeRequired', by);
      // Also where it was asked before: sign-ins, links and devices end again, whether or not there is a session.
      const details = { reason, ...flagChange(reason, flagged) };
      await audit.record(tx, { ...about(id, by), type: 'password.change_required', details });
      return flagged !== undefined;
    },

    async signOut(tx, id, by) {
      await endOfAccess.end(tx, id, 'signedOutByAdministrator', by);
      // Links, trusted devices and open sign-ins end also where there is no session whose end would tell of it.
      await audit.record(tx, { ...about(id, by), type: 'account.signed_out', details: {} });
    },
  };
}
