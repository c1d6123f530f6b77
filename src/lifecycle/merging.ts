import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { ReservedSubjects } from '../domain/accounts/reserved-subject-store.ts';
import type { RoleTermStore } from '../domain/accounts/role-term-store.ts';
import type { Account } from '../domain/accounts/store.ts';
import { mergedAttributes } from '../domain/attributes/policy.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import { MOST_GROUPS_OF_PERSON } from '../domain/groups/policy.ts';
import type { Group, GroupStore } from '../domain/groups/store.ts';
import { badRequest, conflict } from '../kernel/errors.ts';
import type { AttemptStore } from '../sign-in/store.ts';
import type { Executor } from '../storage/database.ts';
import type { Deletion } from './deletion.ts';
import type { GroupMembership } from './group-membership.ts';
import type { ProfileSetting } from './profile-setting.ts';
import type { RoleSetting } from './role-setting.ts';

export interface MergingDependencies {
  readonly attempts: Pick<AttemptStore, 'forgetAccount'>;
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly roleTerms: Pick<RoleTermStore, 'of'>;
  readonly reservedSubjects: ReservedSubjects;
  readonly deletion: Pick<Deletion, 'remove'>;
  readonly roleSetting: Pick<RoleSetting, 'set'>;
  readonly groups: Pick<GroupStore, 'of'>;
  readonly groupMembership: Pick<GroupMembership, 'add'>;
  readonly profileSetting: Pick<ProfileSetting, 'set'>;
  readonly audit: AuditLog;
}

/** The two accounts of one person: the one that is merged, and so removed, and the one that stays. */
export interface MergedAccounts {
  readonly duplicate: Account;
  readonly into: Account;
}

export interface Merged extends MergedAccounts {
  readonly rolesAdded: readonly string[];
  /** Roles that the duplicate had, which the account that stays was not given. */
  readonly rolesLeft: readonly string[];
  /** Of which the account that stays is a member now, and those of which it was not made one. */
  readonly groupsAdded: readonly Group[];
  readonly groupsLeft: readonly Group[];
  /** The names of attributes that it was given; where both had one, its own stays. */
  readonly attributesAdded: readonly string[];
}

export interface Merging {
  /**
   * First in the transaction of the caller: holds both accounts, always in the same order, so that merges in both directions at once
   * come one after the other. Undefined for one that is not there. Throws `merge_into_itself` (400).
   */
  hold(
    tx: Executor,
    duplicate: string,
    into: string,
  ): Promise<{ readonly duplicate: Account | undefined; readonly into: Account | undefined }>;
  /**
   * In the same transaction: removes the duplicate as a deletion does, with its sessions, tokens, factors and password, and keeps
   * what applications knew it by from everybody. Of its roles the account that stays gets those that it has not, that have
   * neither a limit nor an end, and that `mayGrant` allows; it becomes a member of the groups of which that is so of all their roles; of its
   * attributes it gets those that it has not. Nothing else is taken over: consents, terms and factors were given for another account, and are asked for anew. Throws
   * `account_disabled` (409) where the account that stays is.
   */
  merge(
    tx: Executor,
    accounts: MergedAccounts,
    mayGrant: (role: string) => boolean,
    mayJoin: (group: Group) => boolean,
    by: AuditedBy,
  ): Promise<Merged>;
}

export const createMerging = (deps: MergingDependencies): Merging => ({
  async hold(tx, duplicate, into) {
    if (duplicate === into)
      throw badRequest('merge_into_itself', 'An account cannot be merged into itself: name two accounts.');
    await deps.reservedSubjects.hold(tx);
    // Whoever goes on with a sign-in holds that before the account.
    await deps.attempts.forgetAccount(tx, duplicate);
    const held = new Map<string, Account | undefined>();
    for (const id of [duplicate, into].toSorted()) held.set(id, await deps.life.lock(tx, id));
    return { duplicate: held.get(duplicate), into: held.get(into) };
  },

  async merge(tx, { duplicate, into }, mayGrant, mayJoin, by) {
    assertNotBreakGlass(duplicate);
    assertNotBreakGlass(into);
    if (into.status !== 'active')
      throw conflict('account_disabled', 'The account that would stay is disabled: enable it first.');
    const missing = duplicate.ownRoles.filter((role) => !into.ownRoles.includes(role));
    // A role with a limit or an end would become one without.
    const limited = new Set((await deps.roleTerms.of(tx, duplicate.id)).map(({ role }) => role));
    const rolesAdded = missing.filter((role) => !limited.has(role) && mayGrant(role));
    const after = [...into.ownRoles, ...rolesAdded];
    if (rolesAdded.length > 0) await deps.roleSetting.set(tx, into.id, { roles: after }, by);
    const groups = (await deps.groups.of(tx, duplicate.id)).filter(
      ({ id }) => !into.groups.some((group) => group.id === id),
    );
    const room = MOST_GROUPS_OF_PERSON - into.groups.length;
    const groupsAdded = groups.filter(mayJoin).slice(0, Math.max(room, 0));
    for (const { id } of groupsAdded) await deps.groupMembership.add(tx, into.id, id, by);
    const attributes = mergedAttributes(into.attributes, duplicate.attributes);
    if (attributes.changed.length > 0) await deps.profileSetting.set(tx, into.id, { attributes }, by);
    await deps.reservedSubjects.reserve(tx, [duplicate.sub, duplicate.id]);
    const event = { type: 'account.merged', outcome: 'success', ...by } as const;
    await deps.audit.record(
      tx,
      {
        ...event,
        account: duplicate.id,
        details: {
          kept: false,
          other: into.id,
          before: { roles: duplicate.ownRoles },
          after: { roles: [] },
        },
      },
      {
        ...event,
        account: into.id,
        details: {
          kept: true,
          other: duplicate.id,
          before: { roles: into.ownRoles },
          after: { roles: after },
        },
      },
    );
    await deps.deletion.remove(tx, duplicate.id, by);
    return {
      duplicate,
      into,
      rolesAdded,
      rolesLeft: missing.filter((role) => !rolesAdded.includes(role)),
      groupsAdded,
      groupsLeft: groups.filter((group) => !groupsAdded.includes(group)),
      attributesAdded: attributes.changed,
    };
  },
});
