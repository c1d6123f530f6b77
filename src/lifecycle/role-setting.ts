import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';

export interface RoleSettingDependencies {
  readonly life: Pick<LifecycleStore, 'lock' | 'setRoles'>;
  readonly endOfAccess: EndOfAccess;
  readonly audit: AuditLog;
}

export interface RolesSet {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface RoleSetting {
  /**
   * In the transaction of the caller: gives an account these roles and no others. Where it loses one, its sessions and tokens end,
   * because they say or allow what is true no more; what was mailed to its person stays. Where it only gains some, everything goes
   * on: applications learn of them with the next token, and the limits of the roles hold from the next use of a session. Undefined
   * where there is no such account. Throws `role_invalid` (400).
   */
  set(
    tx: Executor,
    accountId: string,
    roles: readonly string[],
    by: AuditedBy,
  ): Promise<RolesSet | undefined>;
}

export const createRoleSetting = ({ life, endOfAccess, audit }: RoleSettingDependencies): RoleSetting => ({
  async set(tx, id, roles, by) {
    const account = await life.lock(tx, id);
    if (account === undefined) return undefined;
    const added = [...new Set(roles)].filter((role) => !account.roles.includes(role));
    const removed = account.roles.filter((role) => !roles.includes(role));
    if (added.length === 0 && removed.length === 0) return { added, removed };
    const set = [...new Set(roles)];
    await life.setRoles(tx, id, set);
    await audit.record(tx, {
      type: 'account.roles_changed',
      outcome: 'success',
      account: id,
      ...by,
      details: { added, removed, before: { roles: account.roles }, after: { roles: set } },
    });
    if (removed.length > 0) await endOfAccess.end(tx, id, 'rolesTaken', by);
    return { added, removed };
  },
});
