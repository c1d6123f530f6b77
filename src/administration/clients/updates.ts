import { z } from 'zod';
import { effectsOf } from '../../domain/clients/changes.ts';
import type { Client, ClientStore } from '../../domain/clients/store.ts';
import { versionOf } from '../../domain/clients/version.ts';
import type { ClientRules } from '../../oidc/client-rules.ts';
import type { Registration } from '../../oidc/clients.ts';
import type { About } from '../about.ts';
import { defineAct, defineRead, InvalidInput, TOLD_ONCE } from '../act.ts';
import { clientUnknown, type FindsClientsWithin, oneClient } from '../one-client.ts';
import { assertMayGiveAdminScopes, type GivesAdminScopes, givesAdminScopes } from '../rights/admin-scopes.ts';
import { EVERYTHING } from '../rights/limit.ts';
import { applyUpdate, merged, toldChanges, type UpdatesClients } from './applying.ts';
import { assertNoPrivileges } from './limited.ts';
import { fileOf, metadata } from './metadata.ts';

/**
 * Other metadata for a client. They take the place of all that it has: what is left out is no longer said (RFC 7592, section 2.2).
 * Its id, its secrets and the time of its registration stay.
 */

const change = z.object({
  member: z.string(),
  /** Null where it was not there, or is not there any more. */
  before: z.unknown(),
  after: z.unknown(),
});

const input = z.strictObject({
  /** Where the metadata leave out their `client_id`. */
  client: z.string().optional(),
  metadata,
});

type Names = z.output<typeof input>;

/** The metadata with the id that is given beside them. */
const namedIn = ({ client, metadata: given }: Names): Record<string, unknown> =>
  client === undefined || given.client_id !== undefined ? given : { ...given, client_id: client };

const idIn = (named: Names): string | undefined => {
  const { client_id: id } = namedIn(named);
  return typeof id === 'string' ? id : undefined;
};

/**
 * As {@link oneClient}, of the client that the metadata name. For whom nothing is limited, everything that is wrong with the
 * metadata is said first.
 */
const clientOfMetadata: About<Names, Client | undefined, FindsClientsWithin> = {
  subject: 'client',
  async find(deps, named, limit) {
    const id = idIn(named);
    return id === undefined || limit === EVERYTHING ? undefined : oneClient.find(deps, { client: id }, limit);
  },
  async hold({ rights }, tx, named, _target, limit) {
    const id = idIn(named);
    if (id === undefined || !(await rights.reachesClient(id, limit, tx))) throw clientUnknown(id ?? '');
  },
};

type Judges = { readonly clientRules: Pick<ClientRules, 'problems' | 'register'> };

/** Judged as for a registration; what that would make beside the metadata is only used where the client has none. */
async function judged({ clientRules }: Judges, named: Names): Promise<Registration> {
  const given = namedIn(named);
  const problems = [
    ...(given.client_id === undefined
      ? ['client_id: is missing; name the client that is to be changed']
      : []),
    ...(named.client !== undefined && given.client_id !== named.client
      ? ['client_id: is not the client that is to be changed; leave it out']
      : []),
    ...(given.client_secret === undefined
      ? []
      : ['client_secret: is not changed by an update; use "gatehouse clients rotate-secret"']),
  ];
  if (problems.length > 0) throw new InvalidInput([...problems, ...clientRules.problems(given)]);
  return clientRules.register(fileOf(clientRules, given));
}

/**
 * What an update would change and what would end by it, a sentence each; changes nothing. Throws `client_unknown` (404) and what
 * `clients.create` says of metadata.
 */
export const previewUpdate = defineRead({
  name: 'clients.preview_update',
  scope: 'clients:read',
  summary: 'Says what an update of a client would change, and what would end by it.',
  http: { method: 'POST', path: '/clients/{client}/preview' },
  about: clientOfMetadata,
  input,
  result: z.object({
    id: z.string(),
    /** Of what is registered now: for the update to expect. */
    version: z.string(),
    changes: z.array(change),
    ends: z.array(z.string()),
  }),
  async run(deps: Judges & { readonly clients: Pick<ClientStore, 'find'> }, given) {
    const { client } = await judged(deps, given);
    const known = await deps.clients.find(client.id);
    if (known === undefined) throw clientUnknown(client.id);
    const after = merged(known.metadata, client);
    const { ends } = effectsOf(known.metadata, after);
    const version = versionOf(known.metadata);
    return { id: client.id, version, changes: toldChanges(known.metadata, after), ends: [...ends] };
  },
});

/**
 * Changes a client. Its secrets stay, unless it authenticates without one from now on; where it had none and needs one, that is
 * made and told this once. Throws as {@link previewUpdate}, `precondition_failed` (412), and
 * `admin_scopes_not_held`, `client_privileges_refused` (403).
 */
export const update = defineAct({
  name: 'clients.update',
  scope: 'clients:write',
  summary: 'Replaces the metadata of a client.',
  http: { method: 'PUT', path: '/clients/{client}' },
  about: clientOfMetadata,
  irreversible: true,
  dangerous: ({ metadata: given }) => givesAdminScopes(given),
  input: input.extend({
    /** Refuses the update where another version is registered than this one, which {@link previewUpdate} or `clients.show` told. */
    expects: z.string().optional(),
  }),
  result: z.object({
    id: z.string(),
    /** Of what is registered from now on. */
    version: z.string(),
    changes: z.array(change),
    ends: z.array(z.string()),
    /** Where one had to be made. */
    secret: z.string().meta(TOLD_ONCE).nullable(),
    /** What is allowed and probably not meant, a line each. */
    warnings: z.array(z.string()),
  }),
  prepare: (deps: Judges, { client, metadata: given }) => judged(deps, { client, metadata: given }),
  run: (
    deps: UpdatesClients & GivesAdminScopes,
    { tx, actor, input: { expects }, limit, prepared, record },
  ) =>
    applyUpdate(deps, tx, record, prepared, {
      expects,
      // Of all that it has then: whoever changes its keys or addresses can be the client.
      async mayBecome(after, before) {
        assertNoPrivileges(limit, before, after);
        await assertMayGiveAdminScopes(deps, actor, after, tx);
      },
    }),
});
