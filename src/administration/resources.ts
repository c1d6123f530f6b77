import { z } from 'zod';
import { type Resource, type ResourceStore, resourceSchema } from '../domain/resources/store.ts';
import { type GatehouseError, notFound } from '../kernel/errors.ts';
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
  needs: 'resources:read',
  input: z.strictObject({}),
  result: z.object({ resources: z.array(toldResource) }),
  run: async ({ resources }: { readonly resources: Pick<ResourceStore, 'list'> }) => ({
    resources: (await resources.list()).map(told),
  }),
});

/** One resource. Throws `resource_unknown` (404). */
const show = defineRead({
  name: 'resources.show',
  needs: 'resources:read',
  input: onResource,
  result: toldResource,
  async run({ resources }: { readonly resources: Pick<ResourceStore, 'find'> }, input) {
    const resource = await resources.find(input.identifier);
    if (resource === undefined) throw resourceUnknown(input.identifier);
    return told(resource);
  },
});

/** Registers a service, for which access tokens are then issued. Throws `resource_exists` (409). */
const create = defineAct({
  name: 'resources.create',
  needs: 'resources:write',
  dangerous: false,
  input: newResource,
  result: toldResource,
  async run({ resources }: { readonly resources: Pick<ResourceStore, 'create'> }, { tx, input, record }) {
    await resources.create(tx, input);
    await record({ type: 'resource.created', details: { identifier: input.identifier } });
    return input;
  },
});

/** Removes a resource; no more access tokens are issued for it. Throws `resource_unknown` (404). */
const deleteResource = defineAct({
  name: 'resources.delete',
  needs: 'resources:write',
  dangerous: true,
  input: onResource,
  result: z.object({ identifier: z.string() }),
  async run({ resources }: { readonly resources: Pick<ResourceStore, 'delete'> }, { tx, input, record }) {
    if (!(await resources.delete(tx, input.identifier))) throw resourceUnknown(input.identifier);
    await record({ type: 'resource.deleted', details: { identifier: input.identifier } });
    return input;
  },
});

const resourceUnknown = (identifier: string): GatehouseError =>
  notFound('resource_unknown', `There is no resource "${identifier}".`);

/** What can be done about the services for which access tokens are issued. */
export const resources = { list, show, create, delete: deleteResource };
