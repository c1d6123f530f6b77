import { z } from 'zod';
import type { ClientOwnerStore } from '../../domain/clients/owner-store.ts';
import type { Executor } from '../../storage/database.ts';
import { defineAct, defineRead } from '../act.ts';
import { oneClient } from '../one-client.ts';
import { findNamedPerson, type NamesPeople } from '../people/naming.ts';
import { accountUnknown } from '../people/person.ts';

/** Who answers for a client. A right may be limited to the clients that somebody owns. */

const onClient = z.strictObject({ client: z.string() });

const onOwner = onClient.extend({
  /** Their account's id, their address or user name, or what applications know them by (`sub`). */
  person: z.string(),
});

const ownerSchema = z.object({ id: z.string(), email: z.string(), name: z.string(), addedAt: z.date() });

interface ChangesOwners {
  readonly clientOwners: Pick<ClientOwnerStore, 'of' | 'add' | 'remove'>;
}

const result = z.object({
  owners: z.array(ownerSchema),
  /** False where it was so already. */
  changed: z.boolean(),
});

/** The owners of a client, those who have been it the longest first. Throws `client_unknown` (404). */
export const listOwners = defineRead({
  name: 'clients.list_owners',
  scope: 'clients:read',
  summary: 'Lists the owners of a client.',
  http: { method: 'GET', path: '/clients/{client}/owners' },
  about: oneClient,
  input: onClient,
  result: z.object({ owners: z.array(ownerSchema) }),
  run: async (
    deps: { readonly database: Executor; readonly clientOwners: Pick<ClientOwnerStore, 'of'> },
    _input,
    { target },
  ) => ({ owners: await deps.clientOwners.of(deps.database, target.id) }),
});

/**
 * Makes somebody an owner of a client. Whoever may not read people names them by the id of their account: by an address or a user name
 * they would learn who has an account. Throws `client_unknown`, `account_unknown` (404).
 */
export const addOwner = defineAct({
  name: 'clients.add_owner',
  scope: 'clients:write',
  summary: 'Makes somebody an owner of a client.',
  http: { method: 'POST', path: '/clients/{client}/owners' },
  irreversible: false,
  about: oneClient,
  input: onOwner,
  result,
  prepare: (deps: NamesPeople, { person }, _client, actor) => findNamedPerson(deps, actor, person),
  async run({ clientOwners }: ChangesOwners, { tx, input, target, prepared: { id }, record }) {
    const before = await clientOwners.of(tx, target.id, true);
    if (before.some((owner) => owner.id === id)) return { owners: before, changed: false };
    if (!(await clientOwners.add(tx, target.id, id))) throw accountUnknown(input.person);
    const after = await clientOwners.of(tx, target.id);
    const details = { before: facts(before), after: facts(after) };
    await record({ type: 'client.owner_added', client: target.id, account: id, details });
    return { owners: after, changed: true };
  },
});

/** Somebody is an owner of a client no more; they are named as for {@link addOwner}. Throws `client_unknown`, `account_unknown` (404). */
export const removeOwner = defineAct({
  name: 'clients.remove_owner',
  scope: 'clients:write',
  summary: 'Takes an owner from a client.',
  http: { method: 'DELETE', path: '/clients/{client}/owners/{person}' },
  irreversible: false,
  about: oneClient,
  input: onOwner,
  result,
  prepare: (deps: NamesPeople, { person }, _client, actor) => findNamedPerson(deps, actor, person),
  async run({ clientOwners }: ChangesOwners, { tx, target, prepared: { id }, record }) {
    const before = await clientOwners.of(tx, target.id, true);
    if (!(await clientOwners.remove(tx, target.id, id))) return { owners: before, changed: false };
    const after = await clientOwners.of(tx, target.id);
    const details = { before: facts(before), after: facts(after) };
    await record({ type: 'client.owner_removed', client: target.id, account: id, details });
    return { owners: after, changed: true };
  },
});

const facts = (owners: readonly { readonly id: string }[]) => ({ owners: owners.map(({ id }) => id) });
