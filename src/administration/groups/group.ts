import { z } from 'zod';
import { isGroupDescription, isGroupName } from '../../domain/groups/policy.ts';
import type { Group, GroupStore } from '../../domain/groups/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { groupUnknown } from '../../lifecycle/group-membership.ts';
import type { Executor } from '../../storage/database.ts';
import type { About } from '../about.ts';

/** A group as acts take and tell it. Whoever may list groups may know of every one; who are in it is another question. */

/** The group that an act is about. */
export const onGroup = z.strictObject({
  /** Its id, or its name in any spelling. */
  group: z.string(),
});

export const groupNameField = z
  .string()
  .refine(
    isGroupName,
    'a name of one line and at most 100 characters, with something to see in it, that is no id',
  );

export const descriptionField = z.string().refine(isGroupDescription, 'text of at most 1000 characters');

export const groupSchema = z.object({
  id: z.string(),
  /** Applications read it in the claim `groups`. */
  name: z.string(),
  description: z.string(),
  /** What its members have by it. */
  roles: z.array(z.string()),
  createdAt: z.date(),
  /** Another one after each change of the group itself and of its roles. */
  version: z.int(),
});

/** Enough to speak of a group. */
export const namedGroup = z.object({ id: z.string(), name: z.string() });

export const told = ({ roles, ...group }: Group): z.input<typeof groupSchema> => ({
  ...group,
  roles: [...roles],
});

/** What the trail says of a group. */
export const groupFacts = ({ name, description, roles }: Group) => ({ name, description, roles });

export interface FindsGroups {
  readonly groups: Pick<GroupStore, 'find' | 'lock'>;
  readonly database: Executor;
}

type Named = { readonly group: string };

/** An act about the group that its input names, for whoever may do it at all, however limited. Throws `group_unknown` (404). */
export const oneGroup: About<Named, Group, FindsGroups> = {
  subject: 'group',
  find: ({ groups, database }, { group }) => known(groups.find(database, group), group),
  hold: async () => {},
  keptOf: ({ version }) => ({ version: String(version) }),
  async heldVersion({ groups }, tx, { id }) {
    const held = await groups.lock(tx, id);
    return held && String(held.version);
  },
};

/** The same of what a limited right does not do: what a group is, and gives, is so everywhere. */
export const wholeGroup: About<Named, Group, FindsGroups> = { ...oneGroup, subject: 'installation' };

export type KnowsMembers = FindsGroups & {
  readonly groups: Pick<GroupStore, 'editionOfMembers' | 'isMember'>;
};

export interface FilledGroup extends Group {
  readonly members: string;
}

/**
 * The same of what is decided for the people who are in it: where it waits for a second person, somebody who has joined or left since
 * is another decision.
 */
export const filledGroup: About<Named, FilledGroup, KnowsMembers> = {
  subject: wholeGroup.subject,
  hold: async () => {},
  async find(deps, input, limit) {
    const group = await wholeGroup.find(deps, input, limit);
    return { ...group, members: await deps.groups.editionOfMembers(deps.database, group.id) };
  },
  keptOf: ({ version, members }) => ({ version: `${version} ${members}` }),
  async heldVersion({ groups }, tx, { id }) {
    const held = await groups.lock(tx, id);
    return held && `${held.version} ${await groups.editionOfMembers(tx, id)}`;
  },
};

async function known(found: Promise<Group | undefined>, asked: string): Promise<Group> {
  const group = await found;
  if (group === undefined) throw groupUnknown(asked);
  return group;
}

/** The group with nobody changing it, in the edition that is expected. Throws `group_unknown` (404), `precondition_failed` (412). */
export async function lockedGroup(
  { groups }: Pick<FindsGroups, 'groups'>,
  tx: Executor,
  { id, name }: Pick<Group, 'id' | 'name'>,
  expects: number | undefined,
): Promise<Group> {
  const group = await groups.lock(tx, id);
  if (group === undefined) throw groupUnknown(name);
  if (expects !== undefined && expects !== group.version)
    throw new GatehouseError('precondition_failed', {
      status: 412,
      message: 'This was changed meanwhile. Read it again.',
    });
  return group;
}

/** The edition that is changed; another one since is an error. */
export const expectsField = z.int().optional();
