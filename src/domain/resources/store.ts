/**
 * Resources: the services for which access tokens are issued (RFC 8707). This folder owns their identifiers, scopes and
 * the form of their tokens. A registered resource gets RFC 9068 JWTs; everything else gets opaque tokens.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { conflict } from '../../kernel/errors.ts';
import { shapeProblems } from '../../kernel/shape-words.ts';
import type { Database, Executor, Statement, Transaction } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';
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

const text = (max: number) => {
  const message = `must be text of 1 to ${max} characters`;
  return z.string(message).min(1, message).max(max, message);
};

const SCOPE_NAME =
  'must be a scope: printable ASCII without spaces, quotes and backslashes (RFC 6749, section 3.3)';
const scopeName = z.string(SCOPE_NAME).regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/u, SCOPE_NAME);

/** A scope by its name, or with the words in which the consent page tells people what it allows. */
const scopeSchema = z.preprocess(
  (given) => (typeof given === 'string' ? { name: given } : given),
  z.strictObject(
    { name: scopeName, description: text(200).optional() },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'must be a name, or an object with a name and a description'
          : undefined,
    },
  ),
);

const SECONDS = 'must be a whole number from 30 to 86400';

const NO_SCOPE = 'must list at least one scope: a client without a scope at a resource gets no tokens for it';

export const resourceSchema = z.strictObject({
  /** An absolute URI without a fragment (RFC 8707, section 2). */
  identifier: z
    .string('must be an absolute URI')
    .max(512, 'must have at most 512 characters')
    .refine(
      (value) => URL.canParse(value) && !value.includes('#'),
      'must be an absolute URI without a fragment',
    )
    .refine(
      (value) => !value.includes('*'),
      'has a wildcard; identifiers are compared exactly, so it would match nothing',
    )
    .refine((value) => /^[\x21-\x7e]*$/.test(value), 'must be printable ASCII without spaces (RFC 3986)'),
  name: text(100),
  scopes: z
    .array(scopeSchema, 'must be a list of scopes')
    .min(1, NO_SCOPE)
    .refine((scopes) => new Set(scopes.map(({ name }) => name)).size === scopes.length, 'has a scope twice'),
  token_algorithm: z.enum(TOKEN_ALGORITHMS, `must be one of ${TOKEN_ALGORITHMS.join(', ')}`).default('RS256'),
  /** Lifetime of its access tokens in seconds. */
  token_seconds: z.int(SECONDS).min(30, SECONDS).max(86_400, SECONDS).default(600),
});

/** What other products call it, where the names do not resemble each other. */
const RESOURCE_NAMES: Readonly<Record<string, string>> = {
  audience: 'identifier',
  id: 'identifier',
  uri: 'identifier',
  permissions: 'scopes',
  signing_alg: 'token_algorithm',
  token_lifetime: 'token_seconds',
};

/**
 * Reads what somebody has written down about a resource. `problems` is everything that is wrong with it, a line each, unknown names
 * with the nearest known one; where there are none, `resource` is there.
 */
export function readResource(value: unknown): {
  readonly resource?: z.infer<typeof resourceSchema>;
  readonly problems: readonly string[];
} {
  const parsed = resourceSchema.safeParse(value);
  if (parsed.success) return { resource: parsed.data, problems: [] };
  const known = ([first]: readonly PropertyKey[]) =>
    first === 'scopes' ? ['name', 'description'] : Object.keys(resourceSchema.shape);
  const problems = shapeProblems(parsed.error.issues, { known, whole: 'the resource' }).map((line) => {
    const [name = ''] = line.split(':', 1);
    const meant = Object.hasOwn(RESOURCE_NAMES, name) ? RESOURCE_NAMES[name] : undefined;
    return line === `${name}: is unknown` && meant !== undefined ? `${line} (did you mean ${meant}?)` : line;
  });
  return { problems };
}

export interface ResourceScope {
  readonly name: string;
  /** What it allows, as people read it: "See your appointments". */
  readonly description?: string | undefined;
}

export interface Resource {
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly ResourceScope[];
  readonly tokenAlgorithm: TokenAlgorithm;
  readonly tokenSeconds: number;
  /** Part of Gatehouse itself: which of its scopes a client may have is said by `admin_scopes` alone. */
  readonly builtIn?: true;
}

/** Another one that is registered later under the same identifier is not the same. */
export interface RegisteredResource extends Resource {
  readonly createdAt: Date;
}

export interface ResourceStore {
  /** From the cache of this node; a change anywhere empties it. */
  find(identifier: string): Promise<RegisteredResource | undefined>;
  list(): Promise<Resource[]>;
  /** Throws `resource_exists`. */
  create(tx: Transaction, resource: Resource): Promise<void>;
  /** As they are stored at this moment, and not as a node remembers them. */
  stored(executor: Executor): Promise<Resource[]>;
  /** The resource as it is stored, which nobody else changes before the end of the transaction. */
  hold(tx: Transaction, identifier: string): Promise<Resource | undefined>;
  /** Another name, other scopes or another form of tokens for a resource that is held. */
  update(tx: Transaction, resource: Resource): Promise<void>;
  /** What was removed; undefined where there is no such resource. */
  delete(tx: Transaction, identifier: string): Promise<Resource | undefined>;
  /**
   * Which of these scopes other resources have, too. Nobody else registers a resource until the transaction ends, so that of two
   * at the same moment the second one sees the first.
   */
  othersWith(tx: Transaction, identifier: string, scopes: readonly string[]): Promise<SharedScope[]>;
}

export interface SharedScope {
  readonly scope: string;
  readonly identifier: string;
}

const OTHERS_WITH: Statement = {
  name: 'resources_others_with',
  text: `
    select scope ->> 'name' as scope, identifier from resources, jsonb_array_elements(scopes) as scope
    where identifier <> $1 and scope ->> 'name' = any ($2::text[]) order by 1, 2`,
};

const DELETE: Statement = {
  name: 'resources_delete',
  text: 'delete from resources where identifier = $1 returning name, scopes, token_algorithm, token_seconds',
};

const STORED: Statement = {
  name: 'resources_stored',
  text: 'select identifier, name, scopes, token_algorithm, token_seconds from resources order by identifier',
};

const HOLD: Statement = {
  name: 'resources_hold',
  text: 'select name, scopes, token_algorithm, token_seconds from resources where identifier = $1 for update',
};

const UPDATE: Statement = {
  name: 'resources_update',
  text: `
    update resources set name = $2, scopes = $3::jsonb, token_algorithm = $4, token_seconds = $5
    where identifier = $1`,
};

interface ResourceRow {
  name: string;
  scopes: ResourceScope[];
  token_algorithm: TokenAlgorithm;
  token_seconds: number;
}

const resourceOf = (identifier: string, row: ResourceRow): Resource => ({
  identifier,
  name: row.name,
  scopes: row.scopes,
  tokenAlgorithm: row.token_algorithm,
  tokenSeconds: row.token_seconds,
});

export function createResourceStore(
  database: Database,
  changes: ChangeFeed | undefined,
  clock: Clock,
): ResourceStore {
  // There are few resources, so the whole table is the cache: an unknown identifier costs no query.
  let loading: Promise<Map<string, RegisteredResource>> | undefined;
  changes?.onChange('resources', () => {
    loading = undefined;
  });

  const read = async () => {
    const records = await database.fork().find(ResourceRecord, {}, { orderBy: { identifier: 'asc' } });
    return new Map(
      records.map((record): [string, RegisteredResource] => [
        record.identifier,
        { ...record } as RegisteredResource,
      ]),
    );
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
    list: async () => [...(await all()).values()].map(({ createdAt: _createdAt, ...resource }) => resource),
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
    stored: async (executor) =>
      (await executor.query<ResourceRow & { identifier: string }>(STORED)).map((row) =>
        resourceOf(row.identifier, row),
      ),
    async hold(tx, identifier) {
      const [row] = await tx.query<ResourceRow>(HOLD, [identifier]);
      return row && resourceOf(identifier, row);
    },
    async update(tx, { identifier, name, scopes, tokenAlgorithm, tokenSeconds }) {
      await tx.query(UPDATE, [identifier, name, JSON.stringify(scopes), tokenAlgorithm, tokenSeconds]);
    },
    async othersWith(tx, identifier, scopes) {
      await lock(tx, 'resources');
      return tx.query<SharedScope>(OTHERS_WITH, [identifier, scopes]);
    },
    async delete(tx, identifier) {
      const [row] = await tx.query<ResourceRow>(DELETE, [identifier]);
      return row && resourceOf(identifier, row);
    },
  };
}
