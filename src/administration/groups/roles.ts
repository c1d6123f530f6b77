import { isRole } from '../../domain/accounts/policy.ts';
import { groupNameKey, MOST_ROLES_OF_GROUP } from '../../domain/groups/policy.ts';
import type { Group, GroupStore } from '../../domain/groups/store.ts';
import { badRequest } from '../../kernel/errors.ts';
import type { Executor } from '../../storage/database.ts';
import type { Actor } from '../actor.ts';
import { assertMayChangeRoles, ownRights, type RoleChange, type RoleReach } from '../rights/granting.ts';
import { EVERYTHING } from '../rights/limit.ts';
import type { RightsReader } from '../rights/rights-store.ts';

/** Who may decide which roles a group gives, and to whom. A group gives no role of administration. */

export interface JudgesGroups {
  readonly rights: Pick<RightsReader, 'of' | 'isAdministrative'>;
}

/**
 * Whether the actor may let a group give these roles instead of those: each as if it was given to everybody. Throws
 * `group_role_administrative` (400) for what administers, `grant_refused` (403), and `own_rights` (403) where they are a member.
 */
export async function assertMayGiveByGroup(
  deps: JudgesGroups & { readonly groups: Pick<GroupStore, 'isMember'> },
  tx: Executor,
  actor: Actor,
  group: Pick<Group, 'id' | 'roles'> | undefined,
  roles: readonly string[],
): Promise<void> {
  const before = group?.roles ?? [];
  const added = roles.filter((role) => !before.includes(role));
  const removed = before.filter((role) => !roles.includes(role));
  if (roles.length > MOST_ROLES_OF_GROUP)
    throw badRequest('role_invalid', `A group gives ${MOST_ROLES_OF_GROUP} roles at most.`);
  const administrative = added.filter((role) => deps.rights.isAdministrative(role));
  if (administrative.length > 0)
    throw badRequest(
      'group_role_administrative',
      `No group gives roles of administration: ${administrative.join(', ')}. Give them to people, one by one.`,
    );
  if (added.length + removed.length === 0) return;
  if (group !== undefined) await assertNoMember(deps, tx, actor, group.id);
  await assertMayChangeRoles(deps, tx, actor, {}, [
    ...added.map((role): RoleChange => ({ role, after: { limit: EVERYTHING } })),
    ...removed.map((role): RoleChange => ({ role, before: { limit: EVERYTHING } })),
  ]);
}

/**
 * Whether the actor may give a group this name. Applications read the names of groups as they read roles (`groups_claim`), so a name
 * that some role could have is given by whoever could give that role; one of administration by nobody. Throws as
 * {@link assertMayGiveByGroup} does.
 */
export async function assertMayName(
  deps: JudgesGroups & { readonly groups: Pick<GroupStore, 'isMember'> },
  tx: Executor,
  actor: Actor,
  group: Pick<Group, 'id'> | undefined,
  name: string,
): Promise<void> {
  const role = groupNameKey(name);
  if (!isRole(role)) return;
  await assertMayGiveByGroup(deps, tx, actor, group && { id: group.id, roles: [] }, [role]);
}

/** Nobody changes what a group gives to themselves. Throws `own_rights` (403). */
export async function assertNoMember(
  { groups }: { readonly groups: Pick<GroupStore, 'isMember'> },
  tx: Executor,
  actor: Actor,
  group: string,
): Promise<void> {
  if (actor.kind === 'person' && (await groups.isMember(tx, group, actor.accountId))) throw ownRights();
}

/**
 * Whether the actor may put somebody into a group, or take them out of it: they may give, or take, every role that it gives. Nobody
 * does it to themselves, also where there are none: applications decide by groups, too. Throws `own_rights`, `grant_refused` (403).
 */
export async function assertMayChangeMember(
  deps: JudgesGroups,
  tx: Executor,
  actor: Actor,
  account: string,
  {
    unit,
    group,
    joins,
  }: { readonly unit: string | undefined; readonly group: Group; readonly joins: boolean },
): Promise<void> {
  if (actor.kind === 'person' && actor.accountId === account) throw ownRights();
  const reach: RoleReach = { limit: EVERYTHING };
  const changes = group.roles.map(
    (role): RoleChange => (joins ? { role, after: reach } : { role, before: reach }),
  );
  await assertMayChangeRoles(deps, tx, actor, { account, unit }, changes);
}
