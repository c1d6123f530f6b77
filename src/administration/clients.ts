import { z } from 'zod';
import type { ClientProblemStore, RefusedInTrail } from '../domain/audit/problem-store.ts';
import { type ClientFile, clientFileSchema } from '../domain/clients/policy.ts';
import type { Client, ClientStore } from '../domain/clients/store.ts';
import type { ConsentStore } from '../domain/consents/store.ts';
import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import { type GatehouseError, notFound } from '../kernel/errors.ts';
import type { Access } from '../oidc/access.ts';
import type { ClientRules } from '../oidc/client-rules.ts';
import { reuseReason } from '../oidc/refusal-request.ts';
import { defineAct, defineRead, InvalidInput } from './act.ts';
import { MOST_LISTED } from './waiting.ts';

/** RFC 7591 client metadata. */
const metadata = z.record(z.string(), z.unknown());
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
  needs: 'clients:read',
  input: z.strictObject({}),
  result: z.object({ clients: z.array(clientSchema) }),
  run: async (deps: ReadsClients) => ({
    clients: (await deps.clients.list()).map((client) => told(deps, client)),
  }),
});

/** One client. Throws `client_unknown` (404). */
const show = defineRead({
  name: 'clients.show',
  needs: 'clients:read',
  input: onClient,
  result: clientSchema,
  async run(deps: ReadsClients, { client: id }) {
    const client = await deps.clients.find(id);
    if (client === undefined) throw clientUnknown(id);
    return told(deps, client);
  },
});

/**
 * Registers a client from its metadata; an id and a secret that they do not bring are made. Throws `client_metadata_invalid`
 * (400) and `client_exists` (409).
 */
const create = defineAct({
  name: 'clients.create',
  needs: 'clients:write',
  dangerous: false,
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
    { clients }: { readonly clients: Pick<ClientStore, 'create'> },
    { tx, prepared: { client, response, warnings }, record },
  ) {
    await clients.create(tx, client);
    const { client_name: name } = client.metadata;
    const details = typeof name === 'string' ? { name } : {};
    await record({ type: 'client.created', client: client.id, details });
    return { registration: response, warnings: [...warnings] };
  },
});

/** Everything that is wrong with the metadata is said at once. */
function fileOf(rules: Pick<ClientRules, 'problems'>, given: Record<string, unknown>): ClientFile {
  // What we say of a member by itself is said of all members; the schema only tells metadata that are none at all.
  if (clientFileSchema.safeParse(given).success) return given as ClientFile;
  throw new InvalidInput(rules.problems(given));
}

interface DeletesClients {
  readonly clients: Pick<ClientStore, 'delete'>;
  readonly access: Pick<Access, 'endAllOfClient'>;
  readonly consents: Pick<ConsentStore, 'forgetClient'>;
  readonly logouts: Pick<LogoutDeliveries, 'forgetClient'>;
}

/** Removes a client; everything that it holds ends at once. Throws `client_unknown` (404). */
const deleteClient = defineAct({
  name: 'clients.delete',
  needs: 'clients:write',
  dangerous: true,
  input: onClient,
  result: z.object({ id: z.string() }),
  async run({ clients, access, consents, logouts }: DeletesClients, { tx, input: { client: id }, record }) {
    if (!(await clients.delete(tx, id))) throw clientUnknown(id);
    await access.endAllOfClient(tx, id);
    await consents.forgetClient(tx, id);
    await logouts.forgetClient(tx, id);
    await record({ type: 'client.deleted', client: id, details: {} });
    return { id };
  },
});

const clientUnknown = (id: string): GatehouseError =>
  notFound('client_unknown', `There is no client "${id}".`);

/**
 * The last requests of a client that were refused, the newest first, each with what was expected and what to change. Throws
 * `client_unknown` (404).
 */
const problems = defineRead({
  name: 'clients.problems',
  needs: 'clients:read',
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
export const clients = { list, show, problems, create, delete: deleteClient };
