import { z } from 'zod';
import { clientFacts } from '../domain/audit/facts.ts';
import type { ClientProblemStore, RefusedInTrail } from '../domain/audit/problem-store.ts';
import type { ClientSecretStore } from '../domain/clients/secret-store.ts';
import type { Client, ClientStore } from '../domain/clients/store.ts';
import type { ConsentStore } from '../domain/consents/store.ts';
import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import type { Access } from '../oidc/access.ts';
import type { ClientRules } from '../oidc/client-rules.ts';
import { reuseReason } from '../oidc/refusal-request.ts';
import { defineAct, defineRead } from './act.ts';
import { fileOf, metadata } from './client-metadata.ts';
import { addOwner, listOwners, removeOwner } from './client-owners.ts';
import { endSecret, rotateSecret, secretSchema } from './client-secrets.ts';
import { previewUpdate, update } from './client-updates.ts';
import { clientUnknown } from './one-client.ts';
import { assertMayGiveAdminScopes, type GivesAdminScopes } from './rights/admin-scopes.ts';
import { MOST_LISTED } from './waiting.ts';

const onClient = z.strictObject({ client: z.string() });

/** What is told of a client: never its secret, nor the digest of it. */
const clientSchema = z.object({
  id: z.string(),
  metadata,
  /** Why it is refused wherever it is used, a line each; none where it is not. */
  problems: z.array(z.string()),
});

interface ReadsClients {
  readonly clients: Pick<ClientStore, 'find' | 'list'>;
  readonly clientRules: Pick<ClientRules, 'whyRefused'>;
}

const told = ({ clientRules }: ReadsClients, client: Client) => ({
  id: client.id,
  metadata: client.metadata,
  problems: [...clientRules.whyRefused(client)],
});

/** Every client by its id. */
const list = defineRead({
  name: 'clients.list',
  scope: 'clients:read',
  input: z.strictObject({}),
  result: z.object({ clients: z.array(clientSchema) }),
  run: async (deps: ReadsClients) => ({
    clients: (await deps.clients.list()).map((client) => told(deps, client)),
  }),
});

/** One client, and when its secrets were last used. Throws `client_unknown` (404). */
const show = defineRead({
  name: 'clients.show',
  scope: 'clients:read',
  input: onClient,
  result: clientSchema.extend({ secrets: z.array(secretSchema) }),
  async run(
    deps: ReadsClients & { readonly clientSecrets: Pick<ClientSecretStore, 'live'> },
    { client: id },
  ) {
    const client = await deps.clients.find(id);
    if (client === undefined) throw clientUnknown(id);
    const secrets = (await deps.clientSecrets.live(id)).map(
      ({ endsAt = null, lastUsedAt = null, ...secret }) => ({
        ...secret,
        endsAt,
        lastUsedAt,
      }),
    );
    return { ...told(deps, client), secrets };
  },
});

/**
 * Registers a client from its metadata; an id and a secret that they do not bring are made. Throws `client_metadata_invalid`
 * (400), `admin_scopes_not_held` (403) and `client_exists` (409).
 */
const create = defineAct({
  name: 'clients.create',
  scope: 'clients:write',
  irreversible: false,
  input: z.strictObject({ metadata }),
  result: z.object({
    /** RFC 7591, section 3.2.1: with the secret, which is told this once. */
    registration: metadata,
    /** What is allowed and probably not meant, a line each. */
    warnings: z.array(z.string()),
  }),
  prepare: ({ clientRules }: { readonly clientRules: Pick<ClientRules, 'problems' | 'register'> }, input) =>
    clientRules.register(fileOf(clientRules, input.metadata)),
  async run(
    deps: GivesAdminScopes & { readonly clients: Pick<ClientStore, 'create'> },
    { tx, actor, prepared: { client, response, warnings }, record },
  ) {
    await assertMayGiveAdminScopes(deps, actor, client.metadata, tx);
    await deps.clients.create(tx, client);
    const { client_name: name } = client.metadata;
    const after = clientFacts(client.metadata);
    const details = typeof name === 'string' ? { name, after } : { after };
    await record({ type: 'client.created', client: client.id, details });
    return { registration: response, warnings: [...warnings] };
  },
});

interface DeletesClients {
  readonly clients: Pick<ClientStore, 'hold' | 'delete'>;
  readonly access: Pick<Access, 'endAllOfClient'>;
  readonly consents: Pick<ConsentStore, 'forgetClient'>;
  readonly logouts: Pick<LogoutDeliveries, 'forgetClient'>;
}

/** Removes a client; everything that it holds ends at once. Throws `client_unknown` (404). */
const deleteClient = defineAct({
  name: 'clients.delete',
  scope: 'clients:write',
  irreversible: true,
  input: onClient,
  result: z.object({ id: z.string() }),
  async run({ clients, access, consents, logouts }: DeletesClients, { tx, input: { client: id }, record }) {
    const known = await clients.hold(tx, id);
    if (known === undefined || !(await clients.delete(tx, id))) throw clientUnknown(id);
    await access.endAllOfClient(tx, id);
    await consents.forgetClient(tx, id);
    await logouts.forgetClient(tx, id);
    await record({ type: 'client.deleted', client: id, details: { before: clientFacts(known.metadata) } });
    return { id };
  },
});

/**
 * The last requests of a client that were refused, the newest first, each with what was expected and what to change. Throws
 * `client_unknown` (404).
 */
const problems = defineRead({
  name: 'clients.problems',
  scope: 'clients:read',
  input: z.strictObject({ client: z.string(), limit: z.int().min(1).max(MOST_LISTED) }),
  result: z.object({
    problems: z.array(
      z.object({
        at: z.date(),
        requestId: z.string().optional(),
        endpoint: z.string().optional(),
        error: z.string(),
        parameter: z.string().optional(),
        expected: z.string(),
        change: z.string(),
        values: z.record(z.string(), z.string()).optional(),
        present: z.array(z.string()).optional(),
      }),
    ),
  }),
  async run(
    deps: {
      readonly clients: Pick<ClientStore, 'find'>;
      readonly clientProblems: ClientProblemStore;
    },
    { client, limit },
  ) {
    if ((await deps.clients.find(client)) === undefined) throw clientUnknown(client);
    const refused = await deps.clientProblems.last(client, limit);
    return { problems: refused.map(problemOf) };
  },
});

/** What the trail says in short, of a code or token that was used twice, is said in full. */
function problemOf({ at, requestId, kind, ...told }: RefusedInTrail) {
  const reason = kind === undefined ? told : reuseReason(kind);
  const { endpoint, error, parameter, expected, change, values, present } = reason;
  return {
    at,
    requestId,
    endpoint,
    error: error ?? 'invalid_request',
    parameter,
    expected: expected ?? '',
    change: change ?? '',
    values,
    present: present && [...present],
  };
}

/** What can be done about the applications that may sign people in or ask for tokens. */
export const clients = {
  list,
  show,
  problems,
  create,
  previewUpdate,
  update,
  rotateSecret,
  endSecret,
  listOwners,
  addOwner,
  removeOwner,
  delete: deleteClient,
};
