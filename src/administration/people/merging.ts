import { z } from 'zod';
import type { Account } from '../../domain/accounts/store.ts';
import type { Group } from '../../domain/groups/store.ts';
import type { Merging } from '../../lifecycle/merging.ts';
import type { About } from '../about.ts';
import { defineAct } from '../act.ts';
import { type AdmissionDependencies, assertMayLeadInto } from '../admission.ts';
import { namedGroup } from '../groups/group.ts';
import { EVERYTHING } from '../rights/limit.ts';
import { accountUnknown, type FindsPeopleWithin, findPerson, namedPerson, onPerson } from './person.ts';

interface Merges {
  readonly merging: Merging;
}

interface TwoPeople {
  readonly duplicate: Account;
  readonly into: Account;
}

type Named = { readonly person: string; readonly into: string };

const versionsOf = (duplicate: Account, into: Account) => `${duplicate.version} ${into.version}`;

/** Both accounts, which have to be within the limit. They are held in one order, whichever is merged into the other. */
const twoPeople: About<Named, TwoPeople, FindsPeopleWithin & Merges> = {
  subject: 'person',
  async find(deps, { person, into }, limit) {
    const found = [];
    for (const name of [person, into]) {
      const account = await findPerson(deps, { person: name });
      if (limit !== EVERYTHING && !(await deps.rights.reachesPerson(account.id, limit)))
        throw accountUnknown(name);
      found.push(account);
    }
    const [duplicate, staying] = found as [Account, Account];
    return { duplicate, into: staying };
  },
  async hold({ merging, rights }, tx, named, { duplicate, into }, limit) {
    await merging.hold(tx, duplicate.id, into.id);
    if (!(await rights.reachesPerson(duplicate.id, limit, tx))) throw accountUnknown(named.person);
    if (!(await rights.reachesPerson(into.id, limit, tx))) throw accountUnknown(named.into);
  },
  accountOf: ({ duplicate }) => duplicate.id,
  keptOf: ({ duplicate, into }) => ({ account: duplicate.id, version: versionsOf(duplicate, into) }),
  async heldVersion({ merging }, tx, named) {
    const { duplicate, into } = await merging.hold(tx, named.duplicate.id, named.into.id);
    return duplicate && into && versionsOf(duplicate, into);
  },
};

/**
 * Merges an account into another of the same person: the first is removed, with its sessions, tokens, factors and password, and what
 * applications knew it by is never given to anybody. The other one stays as it is, but for roles that whoever asks may give, and attributes that it
 * has not. Throws
 * `merge_into_itself` (400), `account_disabled`, `last_administrator` (409).
 */
export const mergePeople = defineAct({
  name: 'people.merge',
  summary: 'Merges an account into another of the same person, and removes it.',
  scope: 'people:write',
  irreversible: true,
  leadsIn: true,
  dangerous: true,
  http: { method: 'POST', path: '/people/{person}/merge' },
  about: twoPeople,
  involves: (_input, { duplicate, into }) => [duplicate.id, into.id],
  input: onPerson.extend({
    /** The account that stays: its id, address, user name or `sub`. */
    into: z.string(),
  }),
  result: z.object({
    /** As it was. */
    merged: namedPerson,
    into: namedPerson,
    rolesAdded: z.array(z.string()),
    /** Roles of the merged account that the other one was not given: they have a limit or an end, or are not the asker's to give. */
    rolesLeft: z.array(z.string()),
    /** Of which the account that stays is a member now. */
    groupsAdded: z.array(namedGroup),
    /** Groups of the merged account of which the other one was not made a member: what they give is not the asker's to give. */
    groupsLeft: z.array(namedGroup),
    /** Attributes that the other one had not, and has now, by name. */
    attributesAdded: z.array(z.string()),
  }),
  async run({ merging, ...deps }: Merges & AdmissionDependencies, { tx, by, actor, input, target }) {
    const held = await merging.hold(tx, target.duplicate.id, target.into.id);
    const { duplicate, into } = held;
    if (duplicate === undefined) throw accountUnknown(input.person);
    if (into === undefined) throw accountUnknown(input.into);
    await assertMayLeadInto(into.id, deps, actor, tx);
    const rights = actor.kind === 'person' ? await deps.rights.of(actor.accountId, tx) : undefined;
    const isOperator = actor.kind === 'command' || actor.kind === 'system';
    // Nobody changes what they may do themselves.
    const isOwn = actor.kind === 'person' && actor.accountId === into.id;
    const whereTheyAre = into.unit === undefined ? EVERYTHING : { units: [into.unit] };
    // The role is given as a whole: what it allows, everywhere.
    const mayGrant = (role: string) =>
      isOperator || (!isOwn && rights?.mayGive(role, EVERYTHING, whereTheyAre) === true);
    const mayJoin = ({ roles }: Group) => !isOwn && roles.every(mayGrant);
    const merged = await merging.merge(tx, { duplicate, into }, mayGrant, mayJoin, by);
    return {
      merged: merged.duplicate,
      into: merged.into,
      rolesAdded: [...merged.rolesAdded],
      rolesLeft: [...merged.rolesLeft],
      groupsAdded: [...merged.groupsAdded],
      groupsLeft: [...merged.groupsLeft],
      attributesAdded: [...merged.attributesAdded],
    };
  },
});
