import { defineEntity, p } from '@mikro-orm/postgresql';
import { sha256 } from '../../kernel/crypto.ts';
import type { Database, Executor, Statement, Transaction } from '../../storage/database.ts';
import { ClientRecord } from './record-store.ts';

/** Dynamic registration: who may register clients, and which clients were registered like that. Of tokens, only digests are kept. */

export const RegistrationTokenRecord = defineEntity({
  name: 'RegistrationTokenRecord',
  tableName: 'client_registration_tokens',
  properties: {
    id: p.uuid().primary(),
    digest: p.blob(),
    name: p.text(),
    owner: p.uuid().nullable(),
    uses: p.integer(),
    usesLeft: p.integer(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
  },
  checks: [
    {
      name: 'client_registration_tokens_uses_check',
      expression: 'uses_left >= 0 and uses_left <= uses',
    },
  ],
  uniques: [{ name: 'client_registration_tokens_digest_unique', properties: ['digest'] }],
  indexes: [
    {
      name: 'client_registration_tokens_owner_index',
      expression:
        'create index client_registration_tokens_owner_index on client_registration_tokens (owner) where owner is not null',
    },
  ],
});

export const RegisteredClientRecord = defineEntity({
  name: 'RegisteredClientRecord',
  tableName: 'client_registrations',
  properties: {
    client: () =>
      p.oneToOne(ClientRecord).primary().deleteRule('cascade').updateRule('no action').index(false),
    tokenId: p.uuid(),
    accessDigest: p.blob(),
    registeredAt: p.datetime(),
  },
  uniques: [{ name: 'client_registrations_access_digest_unique', properties: ['accessDigest'] }],
});

/** An initial access token (RFC 7591, section 3), without itself. */
export interface RegistrationToken {
  readonly id: string;
  readonly name: string;
  /** The account that will answer for what is registered with it. */
  readonly owner: string | undefined;
  readonly uses: number;
  readonly usesLeft: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export type NewRegistrationToken = Omit<RegistrationToken, 'usesLeft'>;

export interface ClientRegistrationStore {
  /** The ids of the clients that have registered themselves. */
  selfRegistered(executor: Executor): Promise<string[]>;
  add(tx: Transaction, token: NewRegistrationToken, secret: string): Promise<void>;
  /** By when they were made, those that are spent or over too; of this owner only, where one is named. */
  list(query: {
    readonly ownedBy: string | undefined;
    readonly after: { readonly createdAt: string; readonly id: string } | undefined;
    readonly most: number;
    readonly descending: boolean;
  }): Promise<{
    readonly tokens: RegistrationToken[];
    readonly next: { readonly createdAt: string; readonly id: string } | undefined;
  }>;
  /** Removes one; undefined where there is none of that id, or it is not this owner's. */
  revoke(tx: Transaction, id: string, ownedBy: string | undefined): Promise<RegistrationToken | undefined>;
  /** Those of an account that is deleted. */
  forgetAccount(tx: Executor, account: string): Promise<void>;
  /** Whether a client could be registered with it now. */
  isUsable(secret: string, now: Date): Promise<boolean>;
  /** Takes one use, which nobody else gets; undefined where there is none left, it is over, or it is none. */
  spend(tx: Transaction, secret: string, now: Date): Promise<RegistrationToken | undefined>;
  /** Notes that a client was registered with the token, and with what it reads its own registration from now on. */
  note(tx: Transaction, client: string, tokenId: string, access: string, at: Date): Promise<void>;
  /** The client whose registration may be read and changed with this. */
  clientOf(access: string, executor?: Executor): Promise<string | undefined>;
  /** Clients that were registered like that and are not used since that time, some of them. */
  unusedSince(time: Date, most: number): Promise<string[]>;
  /** The same of one client that is held. */
  isUnusedSince(tx: Transaction, client: string, time: Date): Promise<boolean>;
}

const COLUMNS = 'id, name, owner, uses, uses_left, created_at, expires_at';

const ADD: Statement = {
  name: 'client_registration_tokens_add',
  text: `
    insert into client_registration_tokens (id, digest, name, owner, uses, uses_left, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $5, $6, $7)`,
};

const listed = (name: string, beyond: string, direction: string): Statement => ({
  name: `client_registration_tokens_${name}`,
  text: `
    select ${COLUMNS}, created_at::text as place from client_registration_tokens
    where ($1::uuid is null or owner = $1) and ($2::timestamptz is null or (created_at, id) ${beyond} ($2, $3::uuid))
    order by created_at ${direction}, id ${direction} limit $4`,
});
const LIST = listed('list', '>', 'asc');
const LIST_NEWEST = listed('list_newest', '<', 'desc');

const REVOKE: Statement = {
  name: 'client_registration_tokens_revoke',
  text: `
    delete from client_registration_tokens where id = $1 and ($2::uuid is null or owner = $2) returning ${COLUMNS}`,
};

const FORGET: Statement = {
  name: 'client_registration_tokens_forget_account',
  text: 'delete from client_registration_tokens where owner = $1',
};

// Nobody answers for what is registered with a token of somebody who may not come in any more.
const USABLE = `digest = $1 and uses_left > 0 and expires_at > $2
  and (owner is null or exists (select from accounts where id = owner and status = 'active'))`;

const IS_USABLE: Statement = {
  name: 'client_registration_tokens_is_usable',
  text: `select 1 from client_registration_tokens where ${USABLE}`,
};

// Whoever comes at the same moment waits for the row, and finds then what is left of it.
const SPEND: Statement = {
  name: 'client_registration_tokens_spend',
  text: `
    update client_registration_tokens set uses_left = uses_left - 1
    where ${USABLE} returning ${COLUMNS}`,
};

const NOTE: Statement = {
  name: 'client_registrations_note',
  text: `
    insert into client_registrations (client_id, token_id, access_digest, registered_at) values ($1, $2, $3, $4)`,
};

const CLIENT_OF: Statement = {
  name: 'client_registrations_client_of',
  text: 'select client_id as id from client_registrations where access_digest = $1',
};

const UNUSED = `
  from client_registrations registered join clients on clients.id = registered.client_id
    left join client_uses on client_uses.client_id = clients.id
  where coalesce(client_uses.last_used_at, clients.created_at) < $1`;

const UNUSED_SINCE: Statement = {
  name: 'client_registrations_unused_since',
  text: `select clients.id ${UNUSED} order by clients.id limit $2`,
};

const IS_UNUSED_SINCE: Statement = {
  name: 'client_registrations_is_unused_since',
  text: `select 1 ${UNUSED} and clients.id = $2`,
};

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string | null;
  readonly uses: number;
  readonly uses_left: number;
  readonly created_at: Date | string;
  readonly expires_at: Date | string;
}

const tokenOf = (row: TokenRow): RegistrationToken => ({
  id: row.id,
  name: row.name,
  owner: row.owner ?? undefined,
  uses: row.uses,
  usesLeft: row.uses_left,
  createdAt: new Date(row.created_at),
  expiresAt: new Date(row.expires_at),
});

const SELF_REGISTERED: Statement = {
  name: 'client_registrations_self_registered',
  text: 'select client_id as id from client_registrations order by client_id',
};

export const createClientRegistrationStore = (database: Database): ClientRegistrationStore => ({
  selfRegistered: async (executor) =>
    (await executor.query<{ id: string }>(SELF_REGISTERED)).map(({ id }) => id),

  async add(tx, { id, name, owner = null, uses, createdAt, expiresAt }, secret) {
    await tx.query(ADD, [id, sha256(secret), name, owner, uses, createdAt, expiresAt]);
  },

  async list({ ownedBy = null, after, most, descending }) {
    const values = [ownedBy, after?.createdAt ?? null, after?.id ?? null, most + 1];
    const rows = await database.query<TokenRow & { readonly place: string }>(
      descending ? LIST_NEWEST : LIST,
      values,
    );
    const last = rows.length > most ? rows[most - 1] : undefined;
    return {
      tokens: rows.slice(0, most).map(tokenOf),
      next: last && { createdAt: last.place, id: last.id },
    };
  },

  async revoke(tx, id, ownedBy = undefined) {
    const [row] = await tx.query<TokenRow>(REVOKE, [id, ownedBy ?? null]);
    return row && tokenOf(row);
  },

  async forgetAccount(tx, account) {
    await tx.query(FORGET, [account]);
  },

  isUsable: async (secret, now) => (await database.query(IS_USABLE, [sha256(secret), now])).length > 0,

  async spend(tx, secret, now) {
    const [row] = await tx.query<TokenRow>(SPEND, [sha256(secret), now]);
    return row && tokenOf(row);
  },

  async note(tx, client, tokenId, access, at) {
    await tx.query(NOTE, [client, tokenId, sha256(access), at]);
  },

  async clientOf(access, executor = database) {
    const [row] = await executor.query<{ id: string }>(CLIENT_OF, [sha256(access)]);
    return row?.id;
  },

  unusedSince: async (time, most) =>
    (await database.query<{ id: string }>(UNUSED_SINCE, [time, most])).map(({ id }) => id),

  isUnusedSince: async (tx, client, time) => (await tx.query(IS_UNUSED_SINCE, [time, client])).length > 0,
});
