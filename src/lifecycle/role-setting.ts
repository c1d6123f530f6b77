import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { RoleTermStore } from '../domain/accounts/role-term-store.ts';
import { areSameTerms, type RoleTerms } from '../domain/accounts/role-terms.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import { termsFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import type { UnitStore } from '../domain/units/store.ts';
import { notFound } from '../kernel/errors.ts';
import type { Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';
import type { LastAdministrator } from './last-administrator.ts';

export interface RoleSettingDependencies {
  readonly life: Pick<LifecycleStore, 'lock' | 'setRoles'>;
  readonly roleTerms: Pick<RoleTermStore, 'of' | 'set'>;
  readonly units: Pick<UnitStore, 'hold'>;
  readonly lastAdministrator: LastAdministrator;
  readonly endOfAccess: EndOfAccess;
  readonly audit: AuditLog;
}

export interface RolesAsked {
  readonly roles: readonly string[];
  /** Of the roles that have a limit or an end; none for the others. Left out: roles that stay keep theirs. */
  readonly terms?: readonly RoleTerms[] | undefined;
}

export interface RolesSet {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Every role that has a limit or an end now. */
  readonly terms: readonly RoleTerms[];
  /** Whether anything is another than before. */
  readonly changed: boolean;
}

export interface RoleSetting {
  /**
   * In the transaction of the caller: gives an account these roles and no others, on these terms. Where it loses one, its sessions
   * and tokens end, because they say or allow what is true no more; what was mailed to its person stays. Where it only gains some,
   * or has one on other terms, everything goes on: applications learn of new roles with the next token, and the limits of the roles
   * hold from the next use of a session. Undefined where there is no such account. Throws `role_invalid` (400), `unit_unknown`
   * (404), `last_administrator` (409).
   */
  set(tx: Executor, accountId: string, asked: RolesAsked, by: AuditedBy): Promise<RolesSet | undefined>;
  /** The same: removes the roles whose time is over. */
  end(tx: Executor, accountId: string, by: AuditedBy): Promise<RolesSet | undefined>;
}

export function createRoleSetting(deps: RoleSettingDependencies): RoleSetting {
  const { life, roleTerms, units, lastAdministrator, endOfAccess, audit } = deps;

  async function set(
    tx: Executor,
    id: string,
    wanted: (account: { readonly roles: readonly string[] }) => RolesAsked,
    by: AuditedBy,
  ) {
    const account = await life.lock(tx, id);
    if (account === undefined) return undefined;
    assertNotBreakGlass(account);
    const former = {
      roles: [...account.roles, ...account.endedRoles],
      terms: await roleTerms.of(tx, id),
    };
    const asked = wanted(account);
    const roles = [...new Set(asked.roles)];
    // A role whose time is over is none that somebody has: who is given it again has it anew.
    const kept = former.terms.filter(({ role }) => account.roles.includes(role));
    const terms = (asked.terms ?? kept).filter(({ role }) => roles.includes(role));
    const added = roles.filter((role) => !account.roles.includes(role));
    const removed = former.roles.filter((role) => !roles.includes(role));
    const changed = added.length > 0 || removed.length > 0 || !areAllSame(former.terms, terms);
    if (!changed) return { added, removed, terms, changed };
    for (const { unit } of terms)
      if (unit !== undefined && (await units.hold(tx, unit)) === undefined) throw unitUnknown(unit);
    const wasAdministrator = account.status === 'active' && (await lastAdministrator.isAdministrator(tx, id));
    await life.setRoles(tx, id, roles);
    await roleTerms.set(tx, id, terms);
    await audit.record(tx, {
      type: 'account.roles_changed',
      outcome: 'success',
      account: id,
      ...by,
      details: {
        added,
        removed,
        before: { roles: former.roles, terms: termsFacts(former.terms) },
        after: { roles, terms: termsFacts(terms) },
      },
    });
    if (removed.length > 0) await endOfAccess.end(tx, id, 'rolesTaken', by);
    if (wasAdministrator) await lastAdministrator.stays(tx);
    return { added, removed, terms, changed };
  }

  return {
    set: (tx, id, asked, by) => set(tx, id, () => asked, by),
    end: (tx, id, by) => set(tx, id, ({ roles }) => ({ roles }), by),
  };
}

const areAllSame = (some: readonly RoleTerms[], others: readonly RoleTerms[]) =>
  some.length === others.length && some.every((one) => others.some((other) => areSameTerms(one, other)));

/** There is no such unit, or the asker may know of none. */
export const unitUnknown = (unit: string) => notFound('unit_unknown', `There is no unit "${unit}".`);
