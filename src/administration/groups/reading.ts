import { z } from 'zod';
import { isRole } from '../../domain/accounts/policy.ts';
import type { GroupEndingStore } from '../../domain/groups/ending-store.ts';
import { listGroups } from '../../domain/groups/listing-store.ts';
import type { GroupStore } from '../../domain/groups/store.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Executor } from '../../storage/database.ts';
import { defineRead } from '../act.ts';
import { defineList } from '../list.ts';
import { groupSchema, oneGroup, onGroup, told } from './group.ts';

/** Groups by name: all of them, also for a limited right. */
export const list = defineList({
  name: 'groups.list',
  scope: 'people:read',
  summary: 'Lists groups by name.',
  http: { method: 'GET', path: '/groups' },
  filters: {
    /** How the name begins, in any case. */
    text: z
      .string()
      .max(100)
      .refine((text) => isStorable(text) && text.trim() !== '', 'something to look for')
      .optional(),
    /** Groups that give this role. */
    role: z.string().refine(isRole, 'a role').optional(),
  },
  sorts: ['name'],
  item: groupSchema,
  place: z.strictObject({ key: z.string(), id: z.uuid() }),
  async run({ database }: { readonly database: Executor }, { filters, after, descending, most }) {
    const { groups, last } = await listGroups(database, { ...filters, after, descending, most });
    return { items: groups.map(told), next: last };
  },
});

/** One group. Throws `group_unknown` (404). */
export const show = defineRead({
  name: 'groups.show',
  scope: 'people:read',
  summary: 'Shows one group.',
  http: { method: 'GET', path: '/groups/{group}' },
  about: oneGroup,
  input: onGroup,
  result: groupSchema.extend({
    /** How many people are members, of everybody. */
    members: z.int(),
    /** Of roles that it gives no more: of how many members the sessions and tokens are over; null where nothing is left to do. */
    ending: z.object({ members: z.int(), done: z.int() }).nullable(),
  }),
  run: async (
    {
      groups,
      groupEndings,
      database,
    }: {
      readonly groups: Pick<GroupStore, 'countMembers'>;
      readonly groupEndings: Pick<GroupEndingStore, 'progress'>;
      readonly database: Executor;
    },
    _input,
    { target },
  ) => ({
    ...told(target),
    members: await groups.countMembers(database, target.id),
    ending: (await groupEndings.progress(database, target.id)) ?? null,
  }),
});
