import { z } from 'zod';
import { heldAccountVersion } from '../../domain/accounts/held-version.ts';
import { listedPeople } from '../../domain/accounts/listing/facts-store.ts';
import { SORTS } from '../../domain/accounts/listing/filters.ts';
import { pageOfPeople } from '../../domain/accounts/listing/listing-store.ts';
import type { Account } from '../../domain/accounts/store.ts';
import { assertNotBreakGlass } from '../../domain/break-glass/policy.ts';
import type { Group, GroupStore } from '../../domain/groups/store.ts';
import type { GroupMembership, MembershipSet } from '../../lifecycle/group-membership.ts';
import type { About } from '../about.ts';
import { defineAct } from '../act.ts';
import { defineList } from '../list.ts';
import { type ListsPeople, unitsAsked } from '../people/listing.ts';
import { accountUnknown, type FindsPeopleWithin, namedPerson, onePerson } from '../people/person.ts';
import { type FindsGroups, namedGroup, oneGroup, onGroup } from './group.ts';
import { assertMayChangeMember, type JudgesGroups } from './roles.ts';

/**
 * The members of a group, of a limited right those whom it reaches. As in the list of people, a page of a large group may be short and
 * have a next one. Throws `group_unknown` (404).
 */
export const listMembers = defineList({
  name: 'groups.list_members',
  scope: 'people:read',
  summary: 'Lists the members of a group, in pages.',
  http: { method: 'GET', path: '/groups/{group}/members' },
  filters: { group: z.string() },
  sorts: SORTS,
  item: z.object({
    id: z.string(),
    /** What applications know them by. */
    sub: z.string(),
    email: z.string(),
    name: z.string(),
    status: z.enum(['active', 'disabled']),
    unit: namedGroup.nullable(),
    addedAt: z.date(),
  }),
  place: z.strictObject({ by: z.enum([...SORTS, 'word']), key: z.string(), id: z.uuid() }),
  async run(
    deps: ListsPeople & FindsGroups & { readonly groups: Pick<GroupStore, 'find' | 'since'> },
    { filters, sort, descending, after, most, limit },
  ) {
    const { id: group } = await oneGroup.find(deps, filters, limit);
    const [now, units] = [deps.clock.now(), await unitsAsked(deps, undefined, limit)];
    const order = { by: sort, descending };
    const { ids, next } = await pageOfPeople(deps.database, {
      filters: { group },
      sort: order,
      limit: most,
      after,
      units,
      now,
    });
    const people = await listedPeople(deps.database, ids, now);
    const since = await deps.groups.since(deps.database, group, ids);
    const items = people.flatMap(({ id, sub, email, name, status, unit = null }) => {
      const addedAt = since.get(id);
      return addedAt === undefined ? [] : [{ id, sub, email, name, status, unit, addedAt }];
    });
    return { items, next };
  },
});

const onMember = onGroup.extend({
  /** Their account's id, their address or user name, or what applications know them by (`sub`). */
  person: z.string(),
});

interface Member {
  readonly group: Group;
  readonly person: Account;
}

type Finds = FindsGroups & FindsPeopleWithin & { readonly groups: Pick<GroupStore, 'hold'> };

/** A person within the limit, and a group. Throws `group_unknown`, `account_unknown` (404). */
const oneMember: About<z.output<typeof onMember>, Member, Finds> = {
  subject: 'person',
  async find(deps, input, limit) {
    const group = await oneGroup.find(deps, input, limit);
    return { group, person: await onePerson.find(deps, input, limit) };
  },
  hold: (deps, tx, input, { person }, limit) => onePerson.hold(deps, tx, input, person, limit),
  assertMayChange: ({ person }) => assertNotBreakGlass(person),
  accountOf: ({ person }) => person.id,
  keptOf: ({ group, person }) => ({ account: person.id, version: `${person.version} ${group.version}` }),
  async heldVersion({ groups }, tx, { group, person }) {
    const account = await heldAccountVersion(tx, person.id);
    const held = await groups.lock(tx, group.id);
    return account && held && `${account} ${held.version}`;
  },
  async asItIs({ groups }, tx, { group: { id }, person }) {
    await heldAccountVersion(tx, person.id);
    const group = await groups.hold(tx, id);
    return group && { group, person };
  },
};

const result = z.object({
  group: namedGroup,
  person: namedPerson,
  /** False where it was so already. */
  changed: z.boolean(),
  /** Roles that the person has by it now and had not before, or has lost. */
  roles: z.array(z.string()),
});

interface ChangesMembers extends JudgesGroups {
  readonly groupMembership: GroupMembership;
}

const answer = ({ person }: Member, { group, changed, roles }: MembershipSet): z.input<typeof result> => ({
  group,
  person,
  changed,
  roles: [...roles],
});

/**
 * Makes a person a member of a group. Whoever does it has to reach the person, and may give every role that the group gives. Throws
 * `group_unknown`, `account_unknown` (404), `own_rights`, `grant_refused` (403), `too_many_groups` (409).
 */
export const addMember = defineAct({
  name: 'groups.add_member',
  scope: 'people:write',
  summary: 'Makes a person a member of a group.',
  http: { method: 'POST', path: '/groups/{group}/members' },
  irreversible: false,
  // As to give its roles.
  dangerous: (_input, { group }) => group.roles.length > 0,
  about: oneMember,
  input: onMember,
  result,
  async run(deps: ChangesMembers, { tx, by, actor, input, target }) {
    const { person, group } = target;
    const set = await deps.groupMembership.add(tx, person.id, group.id, by, (change) =>
      assertMayChangeMember(deps, tx, actor, person.id, { ...change, joins: true }),
    );
    if (set === undefined) throw accountUnknown(input.person);
    return answer(target, set);
  },
});

/**
 * Takes a person out of a group. Where they lose a role by it, their sessions and tokens end. Throws as {@link addMember}.
 */
export const removeMember = defineAct({
  name: 'groups.remove_member',
  scope: 'people:write',
  summary: 'Takes a person out of a group.',
  http: { method: 'DELETE', path: '/groups/{group}/members/{person}' },
  irreversible: false,
  about: oneMember,
  input: onMember,
  result,
  async run(deps: ChangesMembers, { tx, by, actor, input, target }) {
    const { person, group } = target;
    const set = await deps.groupMembership.remove(tx, person.id, group.id, by, (change) =>
      assertMayChangeMember(deps, tx, actor, person.id, { ...change, joins: false }),
    );
    if (set === undefined) throw accountUnknown(input.person);
    return answer(target, set);
  },
});
