import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { resourceFacts } from '../domain/audit/facts.ts';
import { isAdminScope } from '../domain/clients/admin-scopes.ts';
import type { Client, ClientStore } from '../domain/clients/store.ts';
import {
  type Resource,
  type ResourceStore,
  resourceSchema,
  type SharedScope,
} from '../domain/resources/store.ts';
import { badRequest, conflict, type GatehouseError, notFound } from '../kernel/errors.ts';
import { isAdminIdentifier } from '../oidc/admin-resource.ts';
import { saysWhichResource } from '../oidc/default-resource.ts';
import type { ToldClaims } from '../oidc/told-claims.ts';
import { defineAct, defineRead } from './act.ts';

const onResource = z.strictObject({ identifier: z.string() });

const {
  identifier,
  name,
  scopes,
  token_algorithm: tokenAlgorithm,
  token_seconds: tokenSeconds,
} = resourceSchema.shape;
const newResource = z.strictObject({ identifier, name, scopes, tokenAlgorithm, tokenSeconds });

const toldResource = z.object({
  identifier: z.string(),
  name: z.string(),
  scopes: z.array(z.object({ name: z.string(), description: z.string().optional() })),
  tokenAlgorithm: z.string(),
  tokenSeconds: z.int(),
});

const told = (resource: Resource) => ({ ...resource, scopes: [...resource.scopes] });

/** Every resource by its identifier. */
const list = defineRead({
  name: 'resources.list',
  summary: 'Lists the services for which access tokens are issued.',
  http: { method: 'GET', path: '/resources' },
  scope: 'clients:read',
  input: z.strictObject({}),
  result: z.object({ resources: z.array(toldResource) }),
  run: async ({ resources }: { readonly resources: Pick<ResourceStore, 'list'> }) => ({
    resources: (await resources.list()).map(told),
  }),
});

/** One resource. Throws `resource_unknown` (404). */
const show = defineRead({
  name: 'resources.show',
  summary: 'Shows one of these services.',
  http: { method: 'GET', path: '/resource' },
  scope: 'clients:read',
  input: onResource,
  result: toldResource,
  async run({ resources }: { readonly resources: Pick<ResourceStore, 'find'> }, input) {
    const resource = await resources.find(input.identifier);
    if (resource === undefined) throw resourceUnknown(input.identifier);
    return told(resource);
  },
});

interface JudgesResources {
  readonly clients: Pick<ClientStore, 'list'>;
  readonly issuer: string;
  readonly told: Pick<ToldClaims, 'scopes'>;
}

/** What of its scopes clients have named without it. Throws `resource_reserved` (400). */
async function judged(
  { clients, issuer, told }: JudgesResources,
  { identifier, scopes }: Pick<Resource, 'identifier' | 'scopes'>,
): Promise<Map<string, Client[]>> {
  refuseReserved(identifier, scopes, issuer);
  return meaningOneOf(scopes, await clients.list(), told);
}

/**
 * Registers a service, for which access tokens are then issued. Throws `resource_exists` (409), `resource_scope_taken` (409) where a
 * scope of it is another resource's, too, and clients say by that scope alone which resource they mean, and `resource_reserved` (400)
 * for what would be mistaken for the administration API.
 */
const create = defineAct({
  name: 'resources.create',
  summary: 'Adds a service for which access tokens are issued.',
  http: { method: 'POST', path: '/resources', status: 201 },
  scope: 'clients:write',
  irreversible: false,
  input: newResource,
  result: toldResource,
  prepare: judged,
  async run(
    { resources }: { readonly resources: Pick<ResourceStore, 'create' | 'othersWith'> },
    { tx, input, prepared, record },
  ) {
    await resources.create(tx, input);
    const telling = [...prepared.keys()];
    const [taken] = await resources.othersWith(tx, input.identifier, telling);
    if (taken !== undefined) throw scopeTaken(taken, prepared.get(taken.scope) ?? []);
    const details = { identifier: input.identifier, after: resourceFacts(input) };
    await record({ type: 'resource.created', details });
    return input;
  },
});

/**
 * Gives a service another name, other scopes, or other tokens; what was issued before stays as it is until it expires. Throws
 * `resource_unknown` (404), and `resource_scope_taken` and `resource_reserved` as {@link create} does.
 */
const update = defineAct({
  name: 'resources.update',
  summary: 'Changes a service for which access tokens are issued.',
  http: { method: 'PUT', path: '/resource' },
  scope: 'clients:write',
  irreversible: false,
  input: newResource,
  result: toldResource,
  prepare: judged,
  async run(
    { resources }: { readonly resources: Pick<ResourceStore, 'hold' | 'update' | 'othersWith'> },
    { tx, input, prepared, record },
  ) {
    const [taken] = await resources.othersWith(tx, input.identifier, [...prepared.keys()]);
    if (taken !== undefined) throw scopeTaken(taken, prepared.get(taken.scope) ?? []);
    const before = await resources.hold(tx, input.identifier);
    if (before === undefined) throw resourceUnknown(input.identifier);
    const [was, is] = [resourceFacts(before), resourceFacts(input)];
    if (isDeepStrictEqual(was, is)) return input;
    await resources.update(tx, input);
    await record({
      type: 'resource.updated',
      details: { identifier: input.identifier, before: was, after: is },
    });
    return input;
  },
});

/** Removes a resource; no more access tokens are issued for it. Throws `resource_unknown` (404). */
const deleteResource = defineAct({
  name: 'resources.delete',
  summary: 'Removes a service; no more tokens are issued for it.',
  http: { method: 'DELETE', path: '/resource' },
  scope: 'clients:write',
  irreversible: true,
  dangerous: true,
  input: onResource,
  result: z.object({ identifier: z.string() }),
  async run({ resources }: { readonly resources: Pick<ResourceStore, 'delete'> }, { tx, input, record }) {
    const removed = await resources.delete(tx, input.identifier);
    if (removed === undefined) throw resourceUnknown(input.identifier);
    const details = { identifier: input.identifier, before: resourceFacts(removed) };
    await record({ type: 'resource.deleted', details });
    return input;
  },
});

/** The administration API is a resource of ours, with scopes that nobody else's service may have. */
function refuseReserved(id: string, of: Resource['scopes'], issuer: string): void {
  const reserved = of.map(({ name: scope }) => scope).filter(isAdminScope);
  const problems = [
    ...(isAdminIdentifier(id, issuer)
      ? ['identifier: is where the administration API is; give the resource another address']
      : []),
    ...(reserved.length > 0
      ? [`scopes: ${reserved.join(', ')} belong to the administration API; give them other names`]
      : []),
  ];
  if (problems.length > 0) throw badRequest('resource_reserved', problems.join('\n'));
}

/** By each scope that says which resource is meant: the clients that have it in their `resource_scopes`. */
function meaningOneOf(
  of: Resource['scopes'],
  clients: readonly Client[],
  told: Pick<ToldClaims, 'scopes'>,
): Map<string, Client[]> {
  const names = of.map(({ name: scope }) => scope).filter((scope) => saysWhichResource(scope, told));
  const meaning = names.map((scope): [string, Client[]] => [
    scope,
    clients.filter(({ metadata: { resource_scopes: own } }) => Array.isArray(own) && own.includes(scope)),
  ]);
  return new Map(meaning.filter(([, meant]) => meant.length > 0));
}

const MOST_NAMED = 20;

function scopeTaken({ scope, identifier: other }: SharedScope, clients: readonly Client[]): GatehouseError {
  const named = clients
    .slice(0, MOST_NAMED)
    .map(({ id, metadata: { client_name: called } }) =>
      typeof called === 'string' ? `${id} ("${called.replace(/\p{C}/gu, '?')}")` : id,
    );
  const more = clients.length > MOST_NAMED ? ` and ${clients.length - MOST_NAMED} more` : '';
  return conflict(
    'resource_scope_taken',
    `The scope "${scope}" is one of the resource "${other}" already. If a second resource had it, requests of these clients, ` +
      `which have it in resource_scopes, would no longer say which of the two they mean: ${named.join(', ')}${more}. ` +
      'Give the scope of the new resource a name of its own.',
  );
}

const resourceUnknown = (identifier: string): GatehouseError =>
  notFound('resource_unknown', `There is no resource "${identifier}".`);

/** What can be done about the services for which access tokens are issued. */
export const resources = { list, show, create, update, delete: deleteResource };
