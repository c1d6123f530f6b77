import { heldAccount } from '../../domain/accounts/held-version.ts';
import type { Account } from '../../domain/accounts/store.ts';
import type { Clock } from '../../kernel/clock.ts';
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
  readonly clock: Pick<Clock, 'now'>;
}

const ranked = ({ rights }: Pick<FindsRanked, 'rights'>, account: Account): RankedPerson => ({
  ...account,
  isAdministrative: account.ownRoles.some((role) => rights.isAdministrative(role)),
});

/** As {@link onePerson}. */
export const oneRankedPerson: About<{ readonly person: string }, RankedPerson, FindsRanked> = {
  ...onePerson,
  async find(deps, input, limit) {
    return ranked(deps, await onePerson.find(deps, input, limit));
  },
  async asItIs(deps, tx, { id }) {
    const account = await heldAccount(tx, id, deps.clock.now());
    return account && ranked(deps, account);
  },
};
