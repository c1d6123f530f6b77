import { z } from 'zod';
import { clientFacts } from '../domain/audit/facts.ts';
import { changesOf, effectsOf } from '../domain/clients/changes.ts';
import type { ClientSecretStore } from '../domain/clients/secret-store.ts';
import type { ClientMetadata, ClientStore, NewClient } from '../domain/clients/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Access } from '../oidc/access.ts';
import type { ClientRules } from '../oidc/client-rules.ts';
import type { Registration } from '../oidc/clients.ts';
import { defineAct, defineRead, InvalidInput } from './act.ts';
import { fileOf, metadata } from './client-metadata.ts';
import { clientUnknown } from './one-client.ts';
import { assertMayGiveAdminScopes, type GivesAdminScopes } from './rights/admin-scopes.ts';

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
const input = z.strictObject({ metadata });

type Judges = { readonly clientRules: Pick<ClientRules, 'problems' | 'register'> };

/** Judged as for a registration; what that would make beside the metadata is only used where the client has none. */
async function judged({ clientRules }: Judges, given: Record<string, unknown>): Promise<Registration> {
  const problems = [
    ...(given.client_id === undefined
      ? ['client_id: is missing; name the client that is to be changed']
      : []),
    ...(given.client_secret === undefined
      ? []
      : ['client_secret: is not changed by an update; use "gatehouse clients rotate-secret"']),
  ];
  if (problems.length > 0) throw new InvalidInput([...problems, ...clientRules.problems(given)]);
  return clientRules.register(fileOf(clientRules, given));
}

/** The metadata as they will be stored. */
const merged = (before: ClientMetadata, { metadata: after }: NewClient): ClientMetadata => {
  const { client_id_issued_at: _now, ...rest } = after;
  const { client_id_issued_at: issued } = before;
  return { ...rest, ...(issued === undefined ? {} : { client_id_issued_at: issued }) };
};

const toldChanges = (before: ClientMetadata, after: ClientMetadata) =>
  changesOf(before, after).map(({ member, before: was = null, after: is = null }) => ({
    member,
    before: was,
    after: is,
  }));

/**
 * What an update would change and what would end by it, a sentence each; changes nothing. Throws `client_unknown` (404) and what
 * `clients.create` says of metadata.
 */
export const previewUpdate = defineRead({
  name: 'clients.preview_update',
  scope: 'clients:read',
  input,
  result: z.object({ id: z.string(), changes: z.array(change), ends: z.array(z.string()) }),
  async run(deps: Judges & { readonly clients: Pick<ClientStore, 'find'> }, { metadata: given }) {
    const { client } = await judged(deps, given);
    const known = await deps.clients.find(client.id);
    if (known === undefined) throw clientUnknown(client.id);
    const after = merged(known.metadata, client);
    const { ends } = effectsOf(known.metadata, after);
    return { id: client.id, changes: toldChanges(known.metadata, after), ends: [...ends] };
  },
});

interface UpdatesClients extends GivesAdminScopes {
  readonly clients: Pick<ClientStore, 'hold' | 'update'>;
  readonly clientSecrets: Pick<ClientSecretStore, 'add' | 'endAllOf'>;
  readonly access: Pick<Access, 'endAllOfClient'>;
  readonly clock: Clock;
}

/**
 * Changes a client. Its secrets stay, unless it authenticates without one from now on; where it had none and needs one, that is
 * made and told this once. Throws as {@link previewUpdate}, and `admin_scopes_not_held` (403).
 */
export const update = defineAct({
  name: 'clients.update',
  scope: 'clients:write',
  irreversible: true,
  input,
  result: z.object({
    id: z.string(),
    changes: z.array(change),
    ends: z.array(z.string()),
    /** Where one had to be made. */
    secret: z.string().nullable(),
    /** What is allowed and probably not meant, a line each. */
    warnings: z.array(z.string()),
  }),
  prepare: (deps: Judges, { metadata: given }) => judged(deps, given),
  async run(
    { clients, clientSecrets, access, clock, ...deps }: UpdatesClients,
    { tx, actor, prepared: { client, response, warnings }, record },
  ) {
    const { id } = client;
    const known = await clients.hold(tx, id);
    if (known === undefined) throw clientUnknown(id);
    const after = merged(known.metadata, client);
    const changes = toldChanges(known.metadata, after);
    const { ends, endsAccess } = effectsOf(known.metadata, after);
    const result = { id, changes, ends: [...ends], secret: null, warnings: [...warnings] };
    if (changes.length === 0) return result;
    // Of all that it has then: whoever changes its keys or addresses can be the client.
    await assertMayGiveAdminScopes(deps, actor, after, tx);
    await clients.update(tx, id, after);
    if (endsAccess) await access.endAllOfClient(tx, id);
    const needsSecret = client.secretDigest !== undefined;
    if (!needsSecret && known.secrets.length > 0) await clientSecrets.endAllOf(tx, id);
    const members = changes.map(({ member }) => member);
    await record({
      type: 'client.updated',
      client: id,
      details: { members, before: clientFacts(known.metadata, members), after: clientFacts(after, members) },
    });
    if (client.secretDigest === undefined || known.secrets.length > 0) return result;
    await clientSecrets.add(tx, id, client.secretDigest, clock.now());
    return { ...result, secret: String(response.client_secret) };
  },
});
