/**
 * Clients: who may ask for tokens. This folder owns their registered metadata (RFC 7591), their secrets and the cache of
 * both; what the metadata means is the protocol's business (`src/oidc`), which also validates it.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { conflict } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Database, Statement, Transaction } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';
import type { ChangeFeed } from '../../storage/notifications.ts';

export const ClientRecord = defineEntity({
  name: 'ClientRecord',
  tableName: 'clients',
  properties: {
    id: p.text().primary(),
    metadata: p.json<ClientMetadata>(),
    secretDigest: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** RFC 7591 client metadata, validated before it is stored; never with a secret in it. */
export type ClientMetadata = Record<string, unknown>;

export interface Client {
  readonly id: string;
  readonly metadata: ClientMetadata;
  readonly secretDigest: string | undefined;
  readonly createdAt: Date;
}

export interface ClientStore {
  /** From the cache of this node; a change anywhere empties it. */
  find(id: string): Promise<Client | undefined>;
  list(): Promise<Client[]>;
  /** Ids of clients whose secret is digested under none of these keys: nobody can compare it. */
  withUnknownKey(keyIds: readonly string[]): Promise<string[]>;
  /** Throws `client_exists`, or `client_is_subject` where applications know a person by that id (409). */
  create(tx: Transaction, client: Omit<Client, 'createdAt'>): Promise<Client>;
  delete(tx: Transaction, id: string): Promise<boolean>;
  /** Compare-and-set: the digest of the same secret under another key. False when another secret is stored by now. */
  replaceSecretDigest(id: string, from: string, to: string): Promise<boolean>;
}

const FIND: Statement = {
  name: 'clients_find',
  text: 'select id, metadata, secret_digest, created_at from clients where id = $1',
};

const SUBJECT_OF_PERSON: Statement = {
  name: 'clients_subject_of_person',
  text: 'select 1 from accounts where sub = $1',
};

const WITH_UNKNOWN_KEY: Statement = {
  name: 'clients_with_unknown_key',
  text: `
    select id from clients
    where secret_digest is not null and split_part(secret_digest, '.', 1) <> all ($1::text[]) order by id`,
};

const REPLACE_SECRET_DIGEST: Statement = {
  name: 'clients_replace_secret_digest',
  text: `
    update clients set secret_digest = $3, updated_at = $4 where id = $1 and secret_digest = $2 returning id`,
};

interface Row {
  id: string;
  metadata: ClientMetadata;
  secret_digest: string | null;
  created_at: Date | string;
}

/** What is no object says nothing, not even the client's id, for which it is refused where it is used. */
const objectOf = (metadata: unknown): ClientMetadata =>
  typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
    ? (metadata as ClientMetadata)
    : {};

const fromRow = (row: Row): Client => ({
  id: row.id,
  metadata: objectOf(row.metadata),
  secretDigest: row.secret_digest ?? undefined,
  createdAt: new Date(row.created_at),
});

/** Bounds memory when somebody tries many client ids; unknown ones are not remembered. */
const MAX_CACHED = 10_000;

export function createClientStore(
  database: Database,
  changes: ChangeFeed | undefined,
  clock: Clock,
): ClientStore {
  let cache = new Map<string, Client>();
  changes?.onChange('clients', () => {
    cache = new Map();
  });

  return {
    async find(id) {
      if (!isStorable(id)) return undefined;
      const trusted = changes?.connected === true;
      const known = trusted ? cache.get(id) : undefined;
      if (known !== undefined) return known;
      // A change that arrives while the row is read empties `cache`, so the stale row goes into a map nobody reads.
      const target = cache;
      const [row] = await database.query<Row>(FIND, [id]);
      if (row === undefined) return undefined;
      const client = fromRow(row);
      if (trusted && target.size < MAX_CACHED) target.set(id, client);
      return client;
    },

    async list() {
      const records = await database.fork().find(ClientRecord, {}, { orderBy: { id: 'asc' } });
      return records.map(({ id, metadata, secretDigest, createdAt }) => ({
        id,
        metadata: objectOf(metadata),
        secretDigest: secretDigest ?? undefined,
        createdAt,
      }));
    },

    async withUnknownKey(keyIds) {
      return (await database.query<{ id: string }>(WITH_UNKNOWN_KEY, [keyIds])).map(({ id }) => id);
    },

    async create(tx, { id, metadata, secretDigest }) {
      if ((await tx.em.findOne(ClientRecord, id)) !== null) {
        throw conflict('client_exists', `A client with the id "${id}" exists already.`);
      }
      // A token of a client itself has its id as `sub` (RFC 9068, section 2.2): it is never a person's, nor becomes one's meanwhile.
      await lock(tx, 'subjects');
      if ((await tx.query(SUBJECT_OF_PERSON, [id])).length > 0)
        throw conflict(
          'client_is_subject',
          `"${id}" is the subject of a person: choose another id for the client.`,
        );
      const now = clock.now();
      await tx.em.insert(ClientRecord, {
        id,
        metadata,
        secretDigest: secretDigest ?? null,
        createdAt: now,
        updatedAt: now,
      });
      return { id, metadata, secretDigest, createdAt: now };
    },

    async delete(tx, id) {
      return (await tx.em.nativeDelete(ClientRecord, { id })) === 1;
    },

    async replaceSecretDigest(id, from, to) {
      return (await database.query(REPLACE_SECRET_DIGEST, [id, from, to, clock.now()])).length === 1;
    },
  };
}
