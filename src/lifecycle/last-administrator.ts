import type { AdministratorStore } from '../domain/accounts/administrator-store.ts';
import { conflict } from '../kernel/errors.ts';
import { ADMINISTRATOR_ROLE } from '../setup/first-administrator.ts';
import type { Executor } from '../storage/database.ts';

/**
 * There is always an administrator: somebody active whose role has no limit and no end. Whatever disables or deletes an account, or
 * takes or limits its roles, asks here, so that it holds for every way in: pages, programs, jobs and the operator's command.
 */
export interface LastAdministrator {
  /** Whether the account has the role without a limit and an end, active or not. Its row is held by the caller. */
  isAdministrator(tx: Executor, accountId: string): Promise<boolean>;
  /** Whether it is the only one at this moment, so that what is to come need not be told to its person. */
  isLast(executor: Executor, accountId: string): Promise<boolean>;
  /**
   * After somebody who was an administrator has ceased to be one, in the same transaction, behind every row that it locks. Throws
   * `last_administrator` (409) where nobody is left, also where two people cease to be one at the same moment.
   */
  stays(tx: Executor): Promise<void>;
}

export const createLastAdministrator = (administrators: AdministratorStore): LastAdministrator => ({
  isAdministrator: (tx, id) => administrators.has(tx, id, ADMINISTRATOR_ROLE),

  async isLast(executor, id) {
    if (!(await administrators.has(executor, id, ADMINISTRATOR_ROLE))) return false;
    return !(await administrators.anyoneElse(executor, id, ADMINISTRATOR_ROLE));
  },

  async stays(tx) {
    if (await administrators.anyoneLeft(tx, ADMINISTRATOR_ROLE)) return;
    throw conflict(
      'last_administrator',
      'This is the last administrator. Make somebody else an administrator first, without a limit and without an end.',
    );
  },
});
