import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import type { GroupEndingStore } from '../domain/groups/ending-store.ts';
import { lostRoles, MOST_GROUPS_OF_PERSON } from '../domain/groups/policy.ts';
import type { Group, GroupStore } from '../domain/groups/store.ts';
import { conflict, type GatehouseError, notFound } from '../kernel/errors.ts';
import type { Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';

export interface GroupMembershipDependencies {
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly groups: Pick<GroupStore, 'hold' | 'of' | 'addMember' | 'removeMember'>;
  readonly groupEndings: Pick<GroupEndingStore, 'owed'>;
  readonly endOfAccess: EndOfAccess;
  readonly audit: AuditLog;
}

/** What is about to change, seen with account and group held. */
export interface MembershipChange {
  /** The unit that the person belongs to. */
  readonly unit: string | undefined;
  readonly group: Group;
}

export interface MembershipSet {
  readonly group: Group;
  /** False where it was so already. */
  readonly changed: boolean;
  /** Roles that the person has now and had not before, or has no more. */
  readonly roles: readonly string[];
}

export interface GroupMembership {
  /**
   * In the transaction of the caller: the person is a member of the group from now on, and has its roles. `judge` is asked before
   * anything is written, and throws where it must not be. Undefined where there is no such account. Throws `group_unknown` (404),
   * `too_many_groups` (409).
   */
  add(
    tx: Executor,
    accountId: string,
    group: string,
    by: AuditedBy,
    judge?: Judge,
  ): Promise<MembershipSet | undefined>;
  /**
   * The person is a member no more. Where they lose a role by it, their sessions and tokens end, as where it is taken from them.
   */
  remove(
    tx: Executor,
    accountId: string,
    group: string,
    by: AuditedBy,
    judge?: Judge,
  ): Promise<MembershipSet | undefined>;
}

type Judge = (change: MembershipChange) => Promise<void>;

export function createGroupMembership({
  life,
  groups,
  groupEndings,
  endOfAccess,
  audit,
}: GroupMembershipDependencies): GroupMembership {
  const facts = (of: readonly Group[]) => ({ groups: of.map(({ id }) => id) });

  /** Account and group, held in this order, with what they are to each other. */
  async function held(tx: Executor, accountId: string, asked: string, judge: Judge | undefined) {
    const account = await life.lock(tx, accountId);
    if (account === undefined) return undefined;
    assertNotBreakGlass(account);
    const group = await groups.hold(tx, asked);
    if (group === undefined) throw groupUnknown(asked);
    const before = await groups.of(tx, account.id);
    await judge?.({ unit: account.unit, group });
    const others = before.filter(({ id }) => id !== group.id);
    const otherRoles = [...account.ownRoles, ...others.flatMap(({ roles }) => roles)];
    const isMember = others.length < before.length;
    return { account, group, before, others, otherRoles, isMember };
  }

  return {
    async add(tx, accountId, asked, by, judge) {
      const found = await held(tx, accountId, asked, judge);
      if (found === undefined) return undefined;
      const { account, group, before, otherRoles, isMember } = found;
      if (isMember) return { group, changed: false, roles: [] };
      if (before.length >= MOST_GROUPS_OF_PERSON) throw tooManyGroups();
      const roles = lostRoles(group.roles, otherRoles);
      await groups.addMember(tx, group.id, account.id);
      await audit.record(tx, {
        type: 'group.member_added',
        outcome: 'success',
        account: account.id,
        ...by,
        details: {
          group: group.id,
          name: group.name,
          roles,
          before: facts(before),
          after: facts([...before, group]),
        },
      });
      return { group, changed: true, roles };
    },

    async remove(tx, accountId, asked, by, judge) {
      const found = await held(tx, accountId, asked, judge);
      if (found === undefined) return undefined;
      const { account, group, before, others, otherRoles, isMember } = found;
      if (!isMember) return { group, changed: false, roles: [] };
      // Also what it gave until lately: whoever leaves is not met any more by who ends that.
      const given = [...group.roles, ...(await groupEndings.owed(tx, group.id))];
      const roles = lostRoles(given, otherRoles);
      await groups.removeMember(tx, group.id, account.id);
      await audit.record(tx, {
        type: 'group.member_removed',
        outcome: 'success',
        account: account.id,
        ...by,
        details: {
          group: group.id,
          name: group.name,
          roles,
          before: facts(before),
          after: facts(others),
        },
      });
      if (roles.length > 0) await endOfAccess.end(tx, account.id, 'rolesTaken', by);
      return { group, changed: true, roles };
    },
  };
}

export const groupUnknown = (group: string): GatehouseError =>
  notFound('group_unknown', `There is no group "${group}".`);

const tooManyGroups = () =>
  conflict('too_many_groups', `Nobody is a member of more than ${MOST_GROUPS_OF_PERSON} groups.`);
