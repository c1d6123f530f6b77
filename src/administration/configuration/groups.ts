import type { DeclaredObject } from '../../domain/declared/store.ts';
import { listGroups } from '../../domain/groups/listing-store.ts';
import { groupName, groupNameKey } from '../../domain/groups/policy.ts';
import type { Group } from '../../domain/groups/store.ts';
import type { Executor } from '../../storage/database.ts';
import type { ConfigurationDocument } from './document.ts';
import { Matching } from './matching.ts';
import type { Compared, Fields } from './plan.ts';

/** Groups as they are declared, and as they are there. Who is in them is no part of a document. */

/** More than there will be. */
const ALL = 1_000_000;

/** Every group, by its name. */
export const everyGroup = async (executor: Executor): Promise<readonly Group[]> =>
  (await listGroups(executor, { after: undefined, descending: false, most: ALL })).groups;

/** What can be changed of a group. */
export const groupFields = ({
  name,
  description,
  roles,
}: Pick<Group, 'name' | 'description' | 'roles'>): Fields => ({ name, description, roles: [...roles] });

export function comparedGroups(
  { owner, groups }: ConfigurationDocument,
  rows: readonly DeclaredObject[],
  stored: readonly Group[],
): Compared[] {
  const kind = 'groups';
  const matching = new Matching(kind, owner, rows);
  const byId = new Map(stored.map((group) => [group.id, group]));
  const byName = new Map(stored.map((group) => [groupNameKey(group.name), group]));
  const compared = Object.entries(groups).map(([key, { name, description, roles }]): Compared => {
    const known = matching.known(key);
    const here = byName.get(groupNameKey(name));
    const found =
      (known === undefined ? undefined : byId.get(known)) ??
      (matching.isFree(here?.id, groups) ? here : undefined);
    const held = found && matching.held(key, found.id, groupFields(found));
    const desired = groupFields({ name: groupName(name), description, roles: [...new Set(roles)] });
    return { kind, key, desired, held };
  });
  const gone = matching.gone((id) => {
    const found = byId.get(id);
    return found && groupFields(found);
  });
  return [...compared, ...gone];
}
