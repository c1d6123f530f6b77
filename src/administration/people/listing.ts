import { z } from 'zod';
import { type ListedPerson, listedPeople } from '../../domain/accounts/listing/facts-store.ts';
import { FACTOR_FILTERS, SORTS } from '../../domain/accounts/listing/filters.ts';
import { pageOfPeople } from '../../domain/accounts/listing/listing-store.ts';
import { searchedWords } from '../../domain/accounts/listing/words.ts';
import type { GroupStore } from '../../domain/groups/store.ts';
import type { UnitStore } from '../../domain/units/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { notFound } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import { groupUnknown } from '../../lifecycle/group-membership.ts';
import type { Database } from '../../storage/database.ts';
import { defineList } from '../list.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';
import { attributeAsked, type KnowsAttributes } from './attributes.ts';
import { roleField } from './fields.ts';

const moment = z.iso.datetime({ offset: true });

/** What may be asked of people, together: somebody has to be all of it. */
export const peopleFilters = {
  /** The beginnings of words of their name, of their address or their user name, in any case, accents or none: each has to fit. */
  text: z
    .string()
    .max(200)
    .refine((text) => isStorable(text) && searchedWords(text).length > 0, 'something to look for')
    .optional(),
  status: z.enum(['active', 'disabled']).optional(),
  /** Their own, or one that a group of theirs gives. */
  role: roleField('a role').optional(),
  /** A group of which they are a member: its id, or its name in any spelling. */
  group: z.string().refine(isStorable, 'a group').optional(),
  /** The id of a unit: the people of it and of all units below it. */
  unit: z.uuid().optional(),
  /** Whether failed sign-ins have begun a lock that lasts. */
  locked: z.boolean().optional(),
  /** A kind of second factor that they have, or `any`, or `none`. */
  factor: z.enum(FACTOR_FILTERS).optional(),
  /** Before this moment, or never. */
  lastSignInBefore: moment.optional(),
  /** At this moment or later. */
  lastSignInAfter: moment.optional(),
  /** Whether they are invited, or were made without a password, and nobody has ever been able to sign in. */
  invited: z.boolean().optional(),
  /** They were told that they will be disabled as dormant before this moment, and nobody has signed in since. */
  dormantBefore: moment.optional(),
  /** `NAME=VALUE`: a value that they have of an attribute that is `filterable`, in any case, accents or none. */
  attribute: z.string().max(300).refine(isStorable, 'text').optional(),
};

export const listedPersonSchema = z.object({
  id: z.string(),
  /** What applications know them by. */
  sub: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  username: z.string().nullable(),
  name: z.string(),
  /** Given to the person directly. */
  roles: z.array(z.string()),
  /** What their groups give, beside them. */
  groupRoles: z.array(z.string()),
  groups: z.array(z.object({ id: z.string(), name: z.string() })),
  status: z.enum(['active', 'disabled']),
  unit: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Failed sign-ins have begun a lock that lasts until then. */
  lockedUntil: z.date().nullable(),
  /** After too many failures, until it is reset. */
  passwordDisabled: z.boolean(),
  /** Null: never. */
  lastSignIn: z.date().nullable(),
  /** The kinds of second factors that they have. */
  factors: z.array(z.string()),
  /** When they are to be disabled, and enabled again. */
  disableAt: z.date().nullable(),
  enableAt: z.date().nullable(),
  /** When they will be disabled as dormant, as they were told; null where they were not. */
  dormantAt: z.date().nullable(),
  /** Nobody has ever been able to sign in. */
  invited: z.boolean(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

const told = (person: ListedPerson): z.input<typeof listedPersonSchema> => ({
  ...person,
  roles: [...person.roles],
  groupRoles: [...person.groupRoles],
  groups: [...person.groups],
  factors: [...person.factors],
  username: person.username ?? null,
  unit: person.unit ?? null,
  lockedUntil: person.lockedUntil ?? null,
  lastSignIn: person.lastSignIn ?? null,
  disableAt: person.disableAt ?? null,
  enableAt: person.enableAt ?? null,
  dormantAt: person.dormantAt ?? null,
});

export interface ListsPeople extends KnowsAttributes {
  readonly database: Pick<Database, 'query'>;
  readonly units: Pick<UnitStore, 'below'>;
  readonly groups: Pick<GroupStore, 'find'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The units whose people are asked for, with all below, within the limit; undefined: everybody. Throws `unit_unknown` (404), also of
 * one beyond the limit.
 */
export async function unitsAsked(
  { database, units }: Pick<ListsPeople, 'database' | 'units'>,
  unit: string | undefined,
  limit: Limit,
): Promise<readonly string[] | undefined> {
  const reached = limit === EVERYTHING ? undefined : limit.units;
  if (unit === undefined) return reached;
  const below = reached?.includes(unit) === false ? [] : await units.below(database, [unit]);
  if (below.length === 0) throw notFound('unit_unknown', 'There is no such unit.');
  return reached === undefined ? below : below.filter((id) => reached.includes(id));
}

async function groupAsked(
  { database, groups }: Pick<ListsPeople, 'database' | 'groups'>,
  asked: string,
): Promise<string> {
  const group = await groups.find(database, asked);
  if (group === undefined) throw groupUnknown(asked);
  return group.id;
}

type Asked = z.output<z.ZodObject<typeof peopleFilters>>;

/** The filters as the store takes them. Throws `group_unknown` (404), `input_invalid` (400) where nobody is found by that attribute. */
export const storedFilters = async (
  deps: Pick<ListsPeople, 'database' | 'groups' | 'attributes'>,
  { lastSignInBefore, lastSignInAfter, dormantBefore, attribute, unit: _unit, group, ...rest }: Asked,
) => ({
  ...rest,
  group: group === undefined ? undefined : await groupAsked(deps, group),
  attribute: attribute === undefined ? undefined : attributeAsked(deps, attribute),
  lastSignInBefore: lastSignInBefore === undefined ? undefined : new Date(lastSignInBefore),
  lastSignInAfter: lastSignInAfter === undefined ? undefined : new Date(lastSignInAfter),
  dormantBefore: dormantBefore === undefined ? undefined : new Date(dormantBefore),
});

/**
 * One page of the people. Each filter by itself is found by an index, in everybody's and within a unit. Where filters are combined, or
 * one leaves very many in another order than its own, a page may be short, or empty, and have a next one. Where very many have a word
 * that begins as `text` does, `name` means the word that was found. Throws `unit_unknown`, `group_unknown` (404),
 * `cursor_invalid` (400).
 */
export const list = defineList({
  name: 'people.list',
  summary: 'Lists people, by filters, in pages.',
  scope: 'people:read',
  http: { method: 'GET', path: '/people' },
  filters: peopleFilters,
  sorts: SORTS,
  item: listedPersonSchema,
  place: z.strictObject({ by: z.enum([...SORTS, 'word']), key: z.string(), id: z.uuid() }),
  async run(deps: ListsPeople, { filters, sort, descending, after, most, limit }) {
    const now = deps.clock.now();
    const page = await pageOfPeople(deps.database, {
      filters: await storedFilters(deps, filters),
      sort: { by: sort, descending },
      limit: most,
      after,
      units: await unitsAsked(deps, filters.unit, limit),
      now,
    });
    return { items: (await listedPeople(deps.database, page.ids, now)).map(told), next: page.next };
  },
});
