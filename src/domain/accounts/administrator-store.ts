import type { Executor, Statement } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';

/** Who has a role as a whole: without a limit and without an end. Break-glass accounts are not counted. */
export interface AdministratorStore {
  /** Whether the account has the role as a whole, also where it is disabled. */
  has(executor: Executor, account: string, role: string): Promise<boolean>;
  /**
   * Whether an active account has the role as a whole, as the caller's transaction leaves it. From here to its end nobody else
   * asks: of two that take it from two people at the same moment, the second one sees what the first has done.
   */
  anyoneLeft(tx: Executor, role: string): Promise<boolean>;
  /** Whether anybody but this account has it so at the moment; whoever relies on it asks {@link anyoneLeft} behind what they do. */
  anyoneElse(executor: Executor, account: string, role: string): Promise<boolean>;
}

const WHOLE = `roles @> array[$1::text] and not break_glass and not exists (
  select from account_role_terms terms where terms.account = accounts.id and terms.role = $1)`;

const HAS: Statement = {
  name: 'accounts_has_whole_role',
  text: `select 1 from accounts where id = $2 and ${WHOLE}`,
};

const ANYONE: Statement = {
  name: 'accounts_anyone_has_whole_role',
  text: `select 1 from accounts where status = 'active' and ${WHOLE} limit 1`,
};

const ANYONE_ELSE: Statement = {
  name: 'accounts_anyone_else_has_whole_role',
  text: `select 1 from accounts where status = 'active' and id <> $2 and ${WHOLE} limit 1`,
};

export const createAdministratorStore = (): AdministratorStore => ({
  async has(executor, account, role) {
    return (await executor.query(HAS, [role, account])).length === 1;
  },

  async anyoneLeft(tx, role) {
    await lock(tx, 'administrators');
    return (await tx.query(ANYONE, [role])).length === 1;
  },

  async anyoneElse(executor, account, role) {
    return (await executor.query(ANYONE_ELSE, [role, account])).length === 1;
  },
});
