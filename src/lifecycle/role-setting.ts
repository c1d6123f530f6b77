import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { RoleTermStore } from '../domain/accounts/role-term-store.ts';
import { areSameTerms, limitsAnything, type RoleTerms } from '../domain/accounts/role-terms.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import { termsFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import { lostRoles } from '../domain/groups/policy.ts';
import type { GroupStore } from '../domain/groups/store.ts';
import type { UnitStore } from '../domain/units/store.ts';
import type { Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';
import type { LastAdministrator } from './last-administrator.ts';
import { unitUnknown } from './unit-setting.ts';

export interface RoleSettingDependencies {
  readonly life: Pick<LifecycleStore, 'lock' | 'setRoles'>;
  readonly roleTerms: Pick<RoleTermStore, 'of' | 'set'>;
  readonly units: Pick<UnitStore, 'hold'>;
  readonly groups: Pick<GroupStore, 'of'>;
  readonly lastAdministrator: LastAdministrator;
  readonly endOfAccess: EndOfAccess;
  readonly audit: AuditLog;
}

export interface RolesAsked {
  readonly roles: readonly string[];
  /** Of the roles that are to have another limit or end, or none any more. Roles that stay and are not among them keep theirs. */
  readonly terms?: readonly RoleTerms[] | undefined;
}

/** What is about to change, seen with the account's row held. */
export interface RolesChange {
  /** The unit that the person belongs to. */
  readonly unit: string | undefined;
  /** The terms of each role that they have, also of those that have neither limit nor end. */
  readonly before: readonly RoleTerms[];
  readonly after: readonly RoleTerms[];
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
   * In the transaction of the caller: gives an account these roles and no others, on these terms. Where it loses one that no group gives it, its sessions
   * and tokens end, because they say or allow what is true no more; what was mailed to its person stays. Where it only gains some,
   * or has one on other terms, everything goes on: applications learn of new roles with the next token, and the limits of the roles
   * hold from the next use of a session. `judge` is asked before anything is written, and throws where it must not be. Undefined
   * where there is no such account. Throws `role_invalid` (400), `unit_unknown` (404), `last_administrator` (409).
   */
  set(
    tx: Executor,
    accountId: string,
    asked: RolesAsked,
    by: AuditedBy,
    judge?: (change: RolesChange) => Promise<void>,
  ): Promise<RolesSet | undefined>;
  /** The same: removes the roles whose time is over. */
  end(tx: Executor, accountId: string, by: AuditedBy): Promise<RolesSet | undefined>;
}

export function createRoleSetting(deps: RoleSettingDependencies): RoleSetting {
  const { life, roleTerms, units, groups, lastAdministrator, endOfAccess, audit } = deps;

  async function set(
    tx: Executor,
    id: string,
    wanted: (account: { readonly ownRoles: readonly string[] }) => RolesAsked,
    by: AuditedBy,
    judge?: (change: RolesChange) => Promise<void>,
  ) {
    const account = await life.lock(tx, id);
    if (account === undefined) return undefined;
    assertNotBreakGlass(account);
    const former = {
      roles: [...account.ownRoles, ...account.endedRoles],
      terms: await roleTerms.of(tx, id),
    };
    const asked = wanted(account);
    const roles = [...new Set(asked.roles)];
    // A role whose time is over is none that somebody has: who is given it again has it anew.
    const had = former.terms.filter(({ role }) => account.ownRoles.includes(role));
    const terms = termsOf(roles, asked.terms ?? [], had).filter(limitsAnything);
    const added = roles.filter((role) => !account.ownRoles.includes(role));
    const removed = former.roles.filter((role) => !roles.includes(role));
    const changed = added.length > 0 || removed.length > 0 || !areAllSame(former.terms, terms);
    if (!changed) return { added, removed, terms, changed };
    const change = {
      unit: account.unit,
      before: termsOf(account.ownRoles, [], had),
      after: termsOf(roles, [], terms),
    };
    await judge?.(change);
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
    // A role that a group gives as well is not lost. Groups that came with an account that was waited for may be of before the wait.
    const given = removed.length === 0 ? [] : (await groups.of(tx, id)).flatMap((group) => group.roles);
    if (lostRoles(removed, given).length > 0) await endOfAccess.end(tx, id, 'rolesTaken', by);
    if (wasAdministrator) await lastAdministrator.stays(tx);
    return { added, removed, terms, changed };
  }

  return {
    set: (tx, id, asked, by, judge) => set(tx, id, () => asked, by, judge),
    end: (tx, id, by) => set(tx, id, ({ ownRoles }) => ({ roles: ownRoles }), by),
  };
}

/** The terms of each of these roles: those that are given, else those that it had, else none. */
const termsOf = (
  roles: readonly string[],
  given: readonly RoleTerms[],
  had: readonly RoleTerms[],
): RoleTerms[] => {
  const of = (role: string) => (terms: RoleTerms) => terms.role === role;
  return roles.map((role) => given.find(of(role)) ?? had.find(of(role)) ?? { role, owned: false });
};

const areAllSame = (some: readonly RoleTerms[], others: readonly RoleTerms[]) =>
  some.length === others.length && some.every((one) => others.some((other) => areSameTerms(one, other)));
