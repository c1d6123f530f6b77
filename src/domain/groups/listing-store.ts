import type { Executor } from '../../storage/database.ts';
import { groupNameKey } from './policy.ts';
import { GROUP_COLUMNS, type Group, type GroupRow, groupOf } from './store.ts';

/** A page of groups, by name. */
export interface GroupQuery {
  /** How its name begins, in any spelling. */
  readonly text?: string | undefined;
  readonly role?: string | undefined;
  readonly after: GroupPlace | undefined;
  readonly descending: boolean;
  readonly most: number;
}

/** By what groups are ordered. */
export interface GroupPlace {
  readonly key: string;
  readonly id: string;
}

export interface GroupPage {
  readonly groups: readonly Group[];
  /** The last one; undefined where there are no more. */
  readonly last: GroupPlace | undefined;
}

/** One statement, whatever it finds. */
export async function listGroups(
  executor: Executor,
  { text, role, after, descending, most }: GroupQuery,
): Promise<GroupPage> {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const conditions = [
    'deleted_at is null',
    ...(text === undefined ? [] : [`starts_with(name_key, ${parameter(groupNameKey(text))})`]),
    ...(role === undefined
      ? []
      : [`id in (select group_id from group_roles where group_roles.role = ${parameter(role)})`]),
    ...(after === undefined
      ? []
      : [`(name_key, id) ${descending ? '<' : '>'} (${parameter(after.key)}, ${parameter(after.id)}::uuid)`]),
  ];
  const order = descending ? 'desc' : 'asc';
  const rows = await executor.query<GroupRow & { name_key: string }>(
    `select ${GROUP_COLUMNS}, name_key from groups
     where ${conditions.join(' and ')} order by name_key ${order}, id ${order} limit ${parameter(most + 1)}`,
    values,
  );
  const page = rows.slice(0, most);
  const end = rows.length > most ? page.at(-1) : undefined;
  return {
    groups: page.map(({ name_key: _key, ...row }) => groupOf(row)),
    last: end && { key: end.name_key, id: end.id },
  };
}
