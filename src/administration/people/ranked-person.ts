import type { Account } from '../../domain/accounts/store.ts';
import type { About } from '../about.ts';
import type { RightsReader } from '../rights/rights-store.ts';
import { type FindsPeopleWithin, onePerson } from './person.ts';

/** Somebody, and whether what is done about them is about an administrator. */
export interface RankedPerson extends Account {
  /** Whether any of their own roles is an administrative one; what a group gives administers nothing. */
  readonly isAdministrative: boolean;
}

interface FindsRanked extends FindsPeopleWithin {
  readonly rights: Pick<RightsReader, 'reachesPerson' | 'isAdministrative'>;
}

/** As {@link onePerson}. */
export const oneRankedPerson: About<{ readonly person: string }, RankedPerson, FindsRanked> = {
  ...onePerson,
  async find(deps, input, limit) {
    const account = await onePerson.find(deps, input, limit);
    return {
      ...account,
      isAdministrative: account.ownRoles.some((role) => deps.rights.isAdministrative(role)),
    };
  },
};
