import { z } from 'zod';
import type { GroupEndingStore } from '../../domain/groups/ending-store.ts';
import type { Group, GroupStore } from '../../domain/groups/store.ts';
import { groupUnknown } from '../../lifecycle/group-membership.ts';
import { defineAct } from '../act.ts';
import { rolesField } from '../people/fields.ts';
import { givesRoles, type KnowsRoles, unknownAmong, unknownRoleSchema } from '../people/roles.ts';
import {
  descriptionField,
  expectsField,
  filledGroup,
  groupFacts,
  groupNameField,
  groupSchema,
  type KnowsMembers,
  lockedGroup,
  onGroup,
  told,
  wholeGroup,
} from './group.ts';
import { assertMayGiveByGroup, assertMayName, assertNoMember, type JudgesGroups } from './roles.ts';

interface ChangesGroups extends JudgesGroups {
  readonly groups: GroupStore;
  readonly groupEndings: Pick<GroupEndingStore, 'begin' | 'owed'>;
}

/**
 * Makes a group, without members. Throws `group_exists` (409), `role_invalid`, `group_role_administrative` (400), `grant_refused` (403);
 * the last two also for a name that a role could have ({@link assertMayName}).
 */
export const create = defineAct({
  name: 'groups.create',
  scope: 'people:write',
  summary: 'Makes a group.',
  http: { method: 'POST', path: '/groups', status: 201 },
  irreversible: false,
  dangerous: givesRoles,
  input: z.strictObject({
    name: groupNameField,
    description: descriptionField.default(''),
    roles: rolesField.default([]),
  }),
  result: groupSchema.extend({ unknownRoles: z.array(unknownRoleSchema) }),
  prepare: (deps: KnowsRoles, { roles }) => unknownAmong(deps, roles),
  async run(deps: ChangesGroups, { tx, actor, input, prepared: unknownRoles, record }) {
    const roles = [...new Set(input.roles)];
    await assertMayGiveByGroup(deps, tx, actor, undefined, roles);
    await assertMayName(deps, tx, actor, undefined, input.name);
    const group = await deps.groups.create(tx, { ...input, roles });
    await record({ type: 'group.created', details: { group: group.id, after: groupFacts(group) } });
    return { ...told(group), unknownRoles };
  },
});

/**
 * Gives a group another name or description. Tokens tell the new name from now on. Throws `group_unknown` (404), `group_exists` (409),
 * `precondition_failed` (412), and what {@link assertMayName} does.
 */
export const update = defineAct({
  name: 'groups.update',
  scope: 'people:write',
  summary: 'Changes the name or the description of a group.',
  http: { method: 'PATCH', path: '/groups/{group}' },
  irreversible: false,
  about: wholeGroup,
  input: onGroup.extend({
    name: groupNameField.optional(),
    description: descriptionField.optional(),
    expects: expectsField,
  }),
  result: groupSchema,
  async run(deps: ChangesGroups, { tx, actor, input, target, record }) {
    const before = await lockedGroup(deps, tx, target, input.expects);
    const { name = before.name, description = before.description } = input;
    if (name === before.name && description === before.description) return told(before);
    if (name !== before.name) await assertMayName(deps, tx, actor, before, name);
    const after = await deps.groups.change(tx, before.id, { name, description });
    if (after === undefined) throw groupUnknown(input.group);
    const [{ roles: _had, ...was }, { roles: _has, ...is }] = [groupFacts(before), groupFacts(after)];
    await record({ type: 'group.changed', details: { group: before.id, before: was, after: is } });
    return told(after);
  },
});

/** Whoever is a member gains or loses by it. */
const isMember = ({ groups, database }: KnowsMembers, account: string, { id }: Group) =>
  groups.isMember(database, id, account);

/**
 * Lets a group give these roles and no others. All its members have them at once; who loses one by it is signed out, one after the
 * other. Throws `group_unknown` (404), `role_invalid`, `group_role_administrative` (400), `own_rights`, `grant_refused` (403),
 * `precondition_failed` (412).
 */
export const setRoles = defineAct({
  name: 'groups.set_roles',
  scope: 'people:write',
  summary: 'Sets the roles that a group gives to its members.',
  http: { method: 'PUT', path: '/groups/{group}/roles' },
  irreversible: false,
  // Of as many people as there are in it.
  dangerous: true,
  about: filledGroup,
  isInvolved: isMember,
  input: onGroup.extend({ roles: rolesField, expects: expectsField }),
  result: groupSchema.extend({
    added: z.array(z.string()),
    removed: z.array(z.string()),
    unknownRoles: z.array(unknownRoleSchema),
  }),
  prepare: (deps: KnowsRoles, { roles }) => unknownAmong(deps, roles),
  async run(deps: ChangesGroups, { tx, actor, input, target, prepared: unknownRoles, record }) {
    const before = await lockedGroup(deps, tx, target, input.expects);
    const roles = [...new Set(input.roles)];
    const added = roles.filter((role) => !before.roles.includes(role));
    const removed = before.roles.filter((role) => !roles.includes(role));
    await assertMayGiveByGroup(deps, tx, actor, before, roles);
    if (added.length + removed.length === 0) return { ...told(before), added, removed, unknownRoles };
    const after = await deps.groups.setRoles(tx, before.id, roles);
    if (after === undefined) throw groupUnknown(input.group);
    const members = await deps.groups.countMembers(tx, before.id);
    if (removed.length > 0 && members > 0)
      await deps.groupEndings.begin(tx, before.id, { roles: removed, members });
    await record({
      type: 'group.roles_changed',
      details: {
        group: before.id,
        name: before.name,
        added,
        removed,
        before: { roles: before.roles },
        after: { roles: after.roles },
        members,
      },
    });
    return { ...told(after), added, removed, unknownRoles };
  },
});

/**
 * Removes a group. Nobody has a role by it from this moment on. Whoever may take all that it gives may do it. Throws `group_unknown`
 * (404), `own_rights`, `grant_refused` (403), `precondition_failed` (412).
 */
export const deleteGroup = defineAct({
  name: 'groups.delete',
  scope: 'people:write',
  summary: 'Deletes a group; its members stay people without it.',
  http: { method: 'DELETE', path: '/groups/{group}' },
  irreversible: true,
  dangerous: true,
  about: wholeGroup,
  isInvolved: isMember,
  input: onGroup.extend({ expects: expectsField }),
  result: z.object({
    id: z.string(),
    name: z.string(),
    /** How many people were members. */
    members: z.int(),
  }),
  async run(deps: ChangesGroups, { tx, actor, input, target, record }) {
    const before = await lockedGroup(deps, tx, target, input.expects);
    await assertNoMember(deps, tx, actor, before.id);
    await assertMayGiveByGroup(deps, tx, actor, before, []);
    const members = await deps.groups.countMembers(tx, before.id);
    // Whoever leaves is not met any more by what goes on already.
    const roles = [...new Set([...before.roles, ...(await deps.groupEndings.owed(tx, before.id))])];
    await deps.groups.delete(tx, before.id);
    if (members > 0) await deps.groupEndings.begin(tx, before.id, { roles, members });
    await record({
      type: 'group.deleted',
      details: { group: before.id, before: groupFacts(before), members },
    });
    return { id: before.id, name: before.name, members };
  },
});
