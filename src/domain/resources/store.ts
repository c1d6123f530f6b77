/**
 * Resources: the services for which access tokens are issued (RFC 8707). This room owns their identifiers, scopes and
 * the form of their tokens. A registered resource gets RFC 9068 JWTs; everything else gets opaque tokens.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { conflict } from '../../kernel/errors.ts';
import type { Database, Transaction } from '../../storage/database.ts';
import type { ChangeFeed } from '../../storage/notifications.ts';

export const ResourceRecord = defineEntity({
  name: 'ResourceRecord',
  tableName: 'resources',
  properties: {
    identifier: p.text().primary(),
    name: p.text(),
    scopes: p.json<ResourceScope[]>(),
    tokenAlgorithm: p.text().$type<TokenAlgorithm>(),
    tokenSeconds: p.integer(),
    createdAt: p.datetime(),
  },
  checks: [
    { name: 'resources_token_seconds_check', expression: 'token_seconds >= 30 and token_seconds <= 86400' },
  ],
});

export const TOKEN_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

const scopeName = z
  .string()
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]+$/u,
    'a scope: printable characters without spaces, quotes and backslashes (RFC 6749, section 3.3)',
  );

/** A scope by its name, or with the words in which the consent page tells people what it allows. */
const scopeSchema = z.union([
  scopeName.transform((name): ResourceScope => ({ name })),
  z.strictObject({ name: scopeName, description: z.string().min(1).max(200) }),
]);

export const resourceSchema = z.strictObject({
  /** An absolute URI without a fragment (RFC 8707, section 2). */
  identifier: z
    .string()
    .max(512)
    .refine((value) => URL.canParse(value) && !value.includes('#'), 'an absolute URI without a fragment'),
  name: z.string().min(1).max(100),
  scopes: z.array(scopeSchema).default([]),
  token_algorithm: z.enum(TOKEN_ALGORITHMS).default('RS256'),
  /** Lifetime of its access tokens in seconds. */
  token_seconds: z.int().min(30).max(86_400).default(600),
});

export interface ResourceScope {
  readonly name: string;
  /** What it allows, as people read it: "See your appointments". */
  readonly description?: string;
}

export interface Resource {
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly ResourceScope[];
  readonly tokenAlgorithm: TokenAlgorithm;
  readonly tokenSeconds: number;
}

export interface ResourceStore {
  /** From the cache of this node; a change anywhere empties it. */
  find(identifier: string): Promise<Resource | undefined>;
  list(): Promise<Resource[]>;
  /** Throws `resource_exists`. */
  create(tx: Transaction, resource: Resource): Promise<void>;
  delete(tx: Transaction, identifier: string): Promise<boolean>;
}

export function createResourceStore(
  database: Database,
  changes: ChangeFeed | undefined,
  clock: Clock,
): ResourceStore {
  // There are few resources, so the whole table is the cache: an unknown identifier costs no query.
  let loading: Promise<Map<string, Resource>> | undefined;
  changes?.onChange('resources', () => {
    loading = undefined;
  });

  const read = async () => {
    const records = await database.fork().find(ResourceRecord, {}, { orderBy: { identifier: 'asc' } });
    return new Map(records.map(({ createdAt, ...resource }) => [resource.identifier, resource as Resource]));
  };

  const all = async () => {
    if (changes?.connected !== true) return read();
    loading ??= read();
    const current = loading;
    try {
      return await current;
    } catch (error) {
      if (loading === current) loading = undefined;
      throw error;
    }
  };

  return {
    find: async (identifier) => (await all()).get(identifier),
    list: async () => [...(await all()).values()],
    async create(tx, resource) {
      if ((await tx.em.findOne(ResourceRecord, resource.identifier)) !== null) {
        throw conflict('resource_exists', `The resource "${resource.identifier}" exists already.`);
      }
      await tx.em.insert(ResourceRecord, {
        ...resource,
        scopes: [...resource.scopes],
        createdAt: clock.now(),
      });
    },
    delete: async (tx, identifier) => (await tx.em.nativeDelete(ResourceRecord, { identifier })) === 1,
  };
}
