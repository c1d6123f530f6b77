import { z } from 'zod';
import type { RoleTermStore } from '../../domain/accounts/role-term-store.ts';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { badRequest } from '../../kernel/errors.ts';
import type { Executor } from '../../storage/database.ts';
import { defineRead } from '../act.ts';
import type { KnowsAttributes } from './attributes.ts';
import { onePerson, onPerson, personOf, personSchema } from './person.ts';
import { termsSchema, toldTerms } from './role-terms.ts';

/** Everything that is told of one person. */
export const show = defineRead({
  name: 'people.show',
  summary: 'Shows one person.',
  http: { method: 'GET', path: '/people/{person}' },
  scope: 'people:read',
  about: onePerson,
  input: onPerson,
  result: personSchema.extend({
    /** Of the roles that have a limit or an end. */
    terms: z.array(termsSchema),
  }),
  run: async (
    deps: { readonly database: Executor; readonly roleTerms: Pick<RoleTermStore, 'of'> } & KnowsAttributes,
    _input,
    { target },
  ) => {
    const terms = await deps.roleTerms.of(deps.database, target.id);
    const had = terms.filter(({ role }) => target.ownRoles.includes(role));
    return { ...personOf(target, deps), terms: toldTerms(had) };
  },
});

/** One page of everybody, by address: it looks for parts of words, which no index does, and so is for those who may see everybody. Throws
 * `search_for_people_only` (400) where a program looks for parts of words. */
export const listByAddress = defineRead({
  name: 'people.list_by_address',
  summary: 'Lists people by address, also by parts of words.',
  http: { method: 'GET', path: '/people-by-address' },
  scope: 'people:read',
  input: z.strictObject({
    /** Part of an address or a name, in any case. */
    search: z.string().optional(),
    /** The address of the last one of the page before. */
    after: z.string().optional(),
    limit: z.int().min(1).max(500),
  }),
  result: z.object({
    people: z.array(personSchema),
    /** Where the next page begins, if there may be one. */
    next: z.string().optional(),
  }),
  async run(
    { accounts, attributes }: { readonly accounts: Pick<AccountStore, 'list'> } & KnowsAttributes,
    { search, after, limit },
    { actor },
  ) {
    // It looks at every account: some people may, each time that they need it; a program would all day.
    if (search !== undefined && actor.kind === 'client')
      throw badRequest('search_for_people_only', 'Programs look for people by "text" of the list of people.');
    const page = await accounts.list({
      limit,
      ...(search === undefined ? {} : { search }),
      ...(after === undefined ? {} : { after }),
    });
    const last = page.length < limit ? undefined : page.at(-1);
    return {
      people: page.map((each) => personOf(each, { attributes })),
      ...(last === undefined ? {} : { next: last.email }),
    };
  },
});
