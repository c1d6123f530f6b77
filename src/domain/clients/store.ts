/**
 * Clients: who may ask for tokens. This folder owns their registered metadata (RFC 7591), their secrets and the cache of
 * both; what the metadata means is the protocol's business (`src/oidc`), which also validates it.
 */
import type { Clock } from '../../kernel/clock.ts';
import { conflict } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Database, Statement, Transaction } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';
import type { ChangeFeed } from '../../storage/notifications.ts';
import {
  type ClientMetadata,
  ClientRecord,
  type ClientSecret,
  type SecretRow,
  secretOf,
  secretsOf,
  timeOf,
} from './record-store.ts';
import { secretIdOf } from './secrets.ts';

export type { ClientMetadata, ClientSecret } from './record-store.ts';

export interface Client {
  readonly id: string;
  readonly metadata: ClientMetadata;
  /** The newest first, those among them that have ended lately. None where the client authenticates without one. */
  readonly secrets: readonly ClientSecret[];
  readonly createdAt: Date;
  /** Since when it is refused everywhere; undefined where it may be used. */
  readonly disabledAt: Date | undefined;
  /** Of one that is disabled: a right that is limited to its owner has disabled it, and so may enable it. */
  readonly ownersMayEnable?: boolean;
  /** When it was enabled last: what it was issued before has ended. */
  readonly enabledAt: Date | undefined;
}

/** A client that is to be stored. */
export interface NewClient {
  readonly id: string;
  readonly metadata: ClientMetadata;
  readonly secretDigest: string | undefined;
}

export interface ClientStore {
  /** From the cache of this node; a change anywhere empties it. */
  find(id: string): Promise<Client | undefined>;
  list(): Promise<Client[]>;
  /** Throws `client_exists`, or `client_is_subject` where applications know a person by that id (409). */
  create(tx: Transaction, client: NewClient): Promise<Client>;
  /** The client as it is stored, which nobody else changes before the end of the transaction. */
  hold(tx: Transaction, id: string): Promise<Client | undefined>;
  /** Other metadata for a client that is held. */
  update(tx: Transaction, id: string, metadata: ClientMetadata): Promise<void>;
  /** Has a client that is held be refused everywhere from now on, or not any more. */
  setDisabled(tx: Transaction, id: string, disabled: boolean, ownersMayEnable?: boolean): Promise<void>;
  delete(tx: Transaction, id: string): Promise<boolean>;
}

/** What {@link clientOf} reads, as SQL: of a table or an alias of it. */
export const columnsOf = (clients: string): string =>
  `${clients}.id, ${clients}.metadata, ${clients}.created_at, ${clients}.disabled_at, ${clients}.enabled_at, ${clients}.owners_may_enable,
   ${secretsOf(clients)} as secrets`;

const COLUMNS = columnsOf('clients');

const FIND: Statement = {
  name: 'clients_find',
  text: `select ${COLUMNS} from clients where id = $1`,
};

const SUBJECT_OF_PERSON: Statement = {
  name: 'clients_subject_of_person',
  text: `
    select 1 from accounts where sub = $1
    union all select 1 from reserved_subjects where digest = sha256(convert_to($1, 'UTF8'))`,
};

const LIST: Statement = { name: 'clients_list', text: `select ${COLUMNS} from clients order by id` };

// Its secrets are read after it is held: whoever has changed them held it as well.
const HOLD: Statement = {
  name: 'clients_hold',
  text: 'select id from clients where id = $1 for no key update',
};

const UPDATE: Statement = {
  name: 'clients_update',
  text: 'update clients set metadata = $2::jsonb, updated_at = $3 where id = $1',
};

const SET_DISABLED: Statement = {
  name: 'clients_set_disabled',
  text: `
    update clients set updated_at = $3, disabled_at = case when $2::boolean then coalesce(disabled_at, $3::timestamptz) end,
      owners_may_enable = $2 and $4,
      enabled_at = case when $2::boolean then enabled_at else $3::timestamptz end
    where id = $1`,
};

const ADD_SECRET: Statement = {
  name: 'client_secrets_add_first',
  text: `
    insert into client_secrets (client_id, id, digest, created_at) values ($1, $2, $3, $4) on conflict do nothing`,
};

export interface ClientRow {
  id: string;
  metadata: ClientMetadata;
  created_at: Date | string;
  disabled_at: Date | string | null;
  enabled_at: Date | string | null;
  owners_may_enable: boolean;
  secrets: readonly SecretRow[];
}

/** What is no object says nothing, not even the client's id, for which it is refused where it is used. */
const objectOf = (metadata: unknown): ClientMetadata =>
  typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
    ? (metadata as ClientMetadata)
    : {};

export const clientOf = (row: ClientRow): Client => ({
  id: row.id,
  metadata: objectOf(row.metadata),
  secrets: row.secrets.map(secretOf),
  createdAt: new Date(row.created_at),
  disabledAt: timeOf(row.disabled_at),
  ownersMayEnable: row.owners_may_enable,
  enabledAt: timeOf(row.enabled_at),
});

/** Bounds memory when somebody tries many client ids; unknown ones are not remembered. */
const MAX_CACHED = 10_000;

export function createClientStore(
  database: Database,
  changes: ChangeFeed | undefined,
  clock: Clock,
): ClientStore {
  let cache = new Map<string, Client>();
  for (const table of ['clients', 'client_secrets'])
    changes?.onChange(table, () => {
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
      const [row] = await database.query<ClientRow>(FIND, [id]);
      if (row === undefined) return undefined;
      const client = clientOf(row);
      if (trusted && target.size < MAX_CACHED) target.set(id, client);
      return client;
    },

    list: async () => (await database.query<ClientRow>(LIST)).map(clientOf),

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
      const made = { id, metadata, createdAt: now, disabledAt: undefined, enabledAt: undefined };
      if (secretDigest === undefined) return { ...made, secrets: [] };
      const secret = {
        id: secretIdOf(secretDigest),
        digest: secretDigest,
        createdAt: now,
        endsAt: undefined,
      };
      // The trigger for servers of the version before may have been first.
      await tx.query(ADD_SECRET, [id, secret.id, secretDigest, now]);
      return { ...made, secrets: [secret] };
    },

    async hold(tx, id) {
      if (!isStorable(id) || (await tx.query(HOLD, [id])).length === 0) return undefined;
      const [row] = await tx.query<ClientRow>(FIND, [id]);
      return row && clientOf(row);
    },

    async update(tx, id, metadata) {
      await tx.query(UPDATE, [id, JSON.stringify(metadata), clock.now()]);
    },

    async setDisabled(tx, id, disabled, ownersMayEnable = false) {
      await tx.query(SET_DISABLED, [id, disabled, clock.now(), ownersMayEnable]);
    },

    async delete(tx, id) {
      return (await tx.em.nativeDelete(ClientRecord, { id })) === 1;
    },
  };
}
