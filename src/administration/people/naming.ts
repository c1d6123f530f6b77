import { isAccountId } from '../../domain/accounts/policy.ts';
import type { Account } from '../../domain/accounts/store.ts';
import type { Actor } from '../actor.ts';
import type { RightsReader } from '../rights/rights-store.ts';
import { accountUnknown, type FindsPeople, findPerson } from './person.ts';

export interface NamesPeople extends FindsPeople {
  readonly rights: Pick<RightsReader, 'of' | 'reachesPerson'>;
}

/** What shows a person; whoever may do it learns from no other act who there is. */
const SHOW = { name: 'people.show', scope: 'people:read' } as const;

/**
 * Somebody whom an act names that is not about them. Whoever may not read them names them by the id of their account alone, which
 * nobody guesses: an address, a user name or a `sub` is answered alike whether somebody has it or not. Throws `account_unknown` (404).
 */
export async function findNamedPerson(deps: NamesPeople, actor: Actor, person: string): Promise<Account> {
  if (isAccountId(person)) {
    const account = await deps.accounts.findById(person);
    if (account !== undefined) return account;
  }
  if (actor.kind === 'command' || actor.kind === 'system') return findPerson(deps, { person });
  if (!actor.scopes.includes(SHOW.scope)) throw accountUnknown(person);
  if (actor.kind === 'client') return findPerson(deps, { person });
  const limit = (await deps.rights.of(actor.accountId)).limitFor(SHOW.name);
  if (limit === undefined) throw accountUnknown(person);
  const account = await findPerson(deps, { person });
  if (!(await deps.rights.reachesPerson(account.id, limit))) throw accountUnknown(person);
  return account;
}
