import { z } from 'zod';
import type { ClientProblemStore, RefusedInTrail } from '../../domain/audit/problem-store.ts';
import { KINDS, kindOf } from '../../domain/clients/kinds.ts';
import { CLIENT_SORTS, type ClientListStore } from '../../domain/clients/list-store.ts';
import type { ClientOwnerStore } from '../../domain/clients/owner-store.ts';
import type { ClientSecretStore } from '../../domain/clients/secret-store.ts';
import type { Client } from '../../domain/clients/store.ts';
import type { ClientUseStore } from '../../domain/clients/use-store.ts';
import { versionOf } from '../../domain/clients/version.ts';
import type { ClientRules } from '../../oidc/client-rules.ts';
import { reuseReason } from '../../oidc/refusal-request.ts';
import type { Executor } from '../../storage/database.ts';
import { defineRead } from '../act.ts';
import { defineList } from '../list.ts';
import { oneClient } from '../one-client.ts';
import { aboutClientsWithin } from '../rights/limit.ts';
import { MOST_LISTED } from '../waiting.ts';
import { metadata } from './metadata.ts';
import { secretSchema } from './secrets.ts';

/** What is told of clients: never a secret, nor the digest of one. */

const clientSchema = z.object({
  id: z.string(),
  /** Null where it has none. */
  name: z.string().nullable(),
  kind: z.enum(KINDS),
  status: z.enum(['active', 'disabled']),
  metadata,
  /** Why it is refused wherever it is used, a line each; none where it is not. */
  problems: z.array(z.string()),
  createdAt: z.date(),
  /** A minute behind. Null where it was not used since uses are noted. */
  lastUsedAt: z.date().nullable(),
  /** The ids of the people who answer for it. */
  owners: z.array(z.string()),
});

interface JudgesClients {
  readonly clientRules: Pick<ClientRules, 'whyRefused'>;
}

const told = (
  { clientRules }: JudgesClients,
  client: Client,
  more: { readonly lastUsedAt: Date | undefined; readonly owners: readonly string[] },
) => ({
  id: client.id,
  name: typeof client.metadata.client_name === 'string' ? client.metadata.client_name : null,
  kind: kindOf(client.metadata),
  status: client.disabledAt === undefined ? ('active' as const) : ('disabled' as const),
  metadata: client.metadata,
  problems: [...clientRules.whyRefused(client)],
  createdAt: client.createdAt,
  lastUsedAt: more.lastUsedAt ?? null,
  owners: [...more.owners],
});

/** Clients, in pages; a right that is limited to somebody's own lists no other. */
export const list = defineList({
  name: 'clients.list',
  scope: 'clients:read',
  summary: 'Lists the registered clients.',
  http: { method: 'GET', path: '/clients' },
  filters: {
    /** How the id, the name or a word of the name begins, in any case. */
    text: z.string().min(1).max(200).optional(),
    kind: z.enum(KINDS).optional(),
    status: z.enum(['active', 'disabled']).optional(),
    /** The id of somebody who answers for them. */
    owner: z.uuid().optional(),
    /** Those that were not used since this time. */
    unusedSince: z.iso.datetime({ offset: true }).optional(),
  },
  sorts: CLIENT_SORTS,
  item: clientSchema,
  place: z.strictObject({ key: z.string(), id: z.string() }),
  async run(
    deps: JudgesClients & { readonly clientList: ClientListStore },
    { filters: { unusedSince, ...filter }, limit, ...query },
  ) {
    const { listed, next } = await deps.clientList.page({
      ...query,
      filter: { ...filter, unusedSince: unusedSince === undefined ? undefined : new Date(unusedSince) },
      within: (client, parameter) => aboutClientsWithin(limit, client, parameter),
    });
    return { items: listed.map(({ client, ...more }) => told(deps, client, more)), next };
  },
});

/** One client, its version, and when its secrets were last used. Throws `client_unknown` (404). */
export const show = defineRead({
  name: 'clients.show',
  scope: 'clients:read',
  summary: 'Shows a client.',
  http: { method: 'GET', path: '/clients/{client}' },
  about: oneClient,
  input: z.strictObject({ client: z.string() }),
  result: clientSchema.extend({
    /** Of the metadata: what an update can expect to find. */
    version: z.string(),
    secrets: z.array(secretSchema),
  }),
  async run(
    deps: JudgesClients & {
      readonly database: Executor;
      readonly clientSecrets: Pick<ClientSecretStore, 'live'>;
      readonly clientOwners: Pick<ClientOwnerStore, 'of'>;
      readonly clientUses: Pick<ClientUseStore, 'lastUse'>;
    },
    { client: id },
    { target },
  ) {
    const [live, owners, lastUsedAt] = await Promise.all([
      deps.clientSecrets.live(id),
      deps.clientOwners.of(deps.database, id),
      deps.clientUses.lastUse(id),
    ]);
    const secrets = live.map(({ endsAt = null, lastUsedAt: usedAt = null, ...secret }) => ({
      ...secret,
      endsAt,
      lastUsedAt: usedAt,
    }));
    const shown = told(deps, target, { lastUsedAt, owners: owners.map((owner) => owner.id) });
    return { ...shown, version: versionOf(target.metadata), secrets };
  },
});

/**
 * The last requests of a client that were refused, the newest first, each with what was expected and what to change. Throws
 * `client_unknown` (404).
 */
export const problems = defineRead({
  name: 'clients.problems',
  scope: 'clients:read',
  summary: 'Lists the last requests of a client that were refused.',
  http: { method: 'GET', path: '/clients/{client}/problems' },
  about: oneClient,
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
  async run(deps: { readonly clientProblems: ClientProblemStore }, { client, limit }) {
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
