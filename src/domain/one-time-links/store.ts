/**
 * One-time links: proof that somebody received what was mailed or shown to them. This folder owns issuing a token, looking
 * at it and consuming it exactly once. What a link is for, which address it leads to and what may happen after, it leaves
 * to others.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/crypto.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';
import { type Database, type Executor, type Statement, sweepStatement } from '../../storage/database.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';

export const OneTimeLinkRecord = defineEntity({
  name: 'OneTimeLinkRecord',
  tableName: 'one_time_links',
  properties: {
    id: p.uuid().primary(),
    purpose: p.text(),
    tokenHash: p.blob().unique('one_time_links_token_hash_unique'),
    accountId: p.uuid().nullable().index('one_time_links_account_id_index'),
    payload: p.json<LinkPayload>(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index('one_time_links_expires_at_index'),
    consumedAt: p.datetime().nullable(),
    usedAt: p.datetime().nullable(),
  },
});

export type LinkPayload = Readonly<Record<string, unknown>>;

export interface NewLink {
  readonly purpose: string;
  readonly accountId?: string;
  readonly payload?: LinkPayload;
  readonly lifetimeSeconds: number;
}

export interface OneTimeLink {
  readonly id: string;
  readonly accountId?: string;
  readonly payload: LinkPayload;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const SWEEP = sweepStatement('one_time_links');

export interface OneTimeLinkStore {
  /** The token is told once, here: only its SHA-256 is stored. */
  issue(tx: Executor, link: NewLink): Promise<{ token: string; expiresAt: Date }>;
  /** The same for a unit of work, where `when` holds. */
  draft(link: NewLink, when?: Condition): { token: string; expiresAt: Date; write: Write };
  /** The link if it could be consumed now; for a GET, which mail scanners follow too and which must change nothing. */
  peek(purpose: string, token: string, executor?: Executor): Promise<OneTimeLink | undefined>;
  /** Takes the link, or undefined when it is unknown, for another purpose, expired, revoked or was taken before. */
  consume(tx: Executor, purpose: string, token: string): Promise<OneTimeLink | undefined>;
  /** The same for a unit of work, which is rolled back with this code where the link cannot be taken. */
  take(purpose: string, token: string, otherwise: string): Write;
  /** Whether the link has done what it is for, and has not expired since. False for one that was revoked. */
  wasUsed(token: string): Promise<boolean>;
  /** Makes every open link of the purpose useless (of one account, or all). Returns how many. */
  revokeAll(tx: Executor, purpose: string, accountId?: string): Promise<number>;
  /** Makes every open link about the account useless, whatever it is for, unless that is among `but`. */
  revokeOf(tx: Executor, accountId: string, but?: readonly string[]): Promise<void>;
  /** Makes the open links of the purpose useless that are about the account and were issued then or later. */
  revokeSince(tx: Executor, purpose: string, accountId: string, since: Date): Promise<void>;
  /** Forgets all links about an account that is deleted, and those that name its address (`identifier` of the payload). */
  forgetAccount(tx: Executor, account: { id: string; identifier: string }): Promise<void>;
  /** Deletes up to `limit` of those that expired before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

const COLUMNS = 'id, account_id, payload, created_at, expires_at';
const OPEN = 'consumed_at is null and expires_at >';

const insert = (
  parameter: (value: unknown) => string,
  values: readonly unknown[],
  when: Condition = () => 'true',
): string => {
  const [id, purpose, hash, account, payload, now, expires] = values.map(parameter);
  return `
    insert into one_time_links (id, purpose, token_hash, account_id, payload, created_at, expires_at)
    select ${id}::uuid, ${purpose}::text, ${hash}::bytea, ${account}::uuid, ${payload}::jsonb, ${now}::timestamptz,
      ${expires}::timestamptz
    where ${when(parameter)}`;
};

const INSERT: Statement = {
  name: 'one_time_links_insert',
  text: insert((index) => `$${index}`, [1, 2, 3, 4, 5, 6, 7]),
};

const PEEK: Statement = {
  name: 'one_time_links_peek',
  text: `select ${COLUMNS} from one_time_links where token_hash = $1 and purpose = $2 and ${OPEN} $3`,
};

// One compare-and-set: of any number of parallel consumers PostgreSQL lets one find the row unconsumed.
const consume = (hash: string, purpose: string, now: string): string => `
    update one_time_links set consumed_at = ${now}, used_at = ${now}
    where token_hash = ${hash} and purpose = ${purpose} and ${OPEN} ${now}
    returning ${COLUMNS}`;

const CONSUME: Statement = { name: 'one_time_links_consume', text: consume('$1', '$2', '$3') };

const WAS_USED: Statement = {
  name: 'one_time_links_was_used',
  text: 'select from one_time_links where token_hash = $1 and used_at is not null and expires_at > $2',
};

const REVOKE_ALL: Statement = {
  name: 'one_time_links_revoke_all',
  text: `
    update one_time_links set consumed_at = $3
    where purpose = $1 and ($2::uuid is null or account_id = $2) and ${OPEN} $3 returning id`,
};

const REVOKE_OF: Statement = {
  name: 'one_time_links_revoke_of',
  text: `
    update one_time_links set consumed_at = $2
    where account_id = $1 and not purpose = any($3::text[]) and ${OPEN} $2`,
};

const REVOKE_SINCE: Statement = {
  name: 'one_time_links_revoke_since',
  text: `
    update one_time_links set consumed_at = $4
    where purpose = $1 and account_id = $2 and created_at >= $3 and ${OPEN} $4`,
};

interface Row {
  id: string;
  account_id: string | null;
  payload: LinkPayload;
  created_at: Date | string;
  expires_at: Date | string;
}

const fromRow = (row: Row): OneTimeLink => ({
  id: row.id,
  ...(row.account_id === null ? {} : { accountId: row.account_id }),
  payload: row.payload,
  createdAt: new Date(row.created_at),
  expiresAt: new Date(row.expires_at),
});

export function createOneTimeLinkStore(
  database: Database,
  clock: Clock,
  random: Randomness,
): OneTimeLinkStore {
  function make({ purpose, accountId, payload = {}, lifetimeSeconds }: NewLink) {
    const token = newToken(random);
    const now = clock.now();
    const expiresAt = addSeconds(now, lifetimeSeconds);
    const content = JSON.stringify(payload);
    const values = [random.uuid(), purpose, sha256(token), accountId ?? null, content, now, expiresAt];
    return { token, expiresAt, values };
  }

  return {
    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,
    async issue(tx, link) {
      const { token, expiresAt, values } = make(link);
      await tx.query(INSERT, values);
      return { token, expiresAt };
    },

    draft(link, when) {
      const { token, expiresAt, values } = make(link);
      return { token, expiresAt, write: { sql: (parameter) => insert(parameter, values, when) } };
    },

    async peek(purpose, token, executor = database) {
      const [row] = await executor.query<Row>(PEEK, [sha256(token), purpose, clock.now()]);
      return row === undefined ? undefined : fromRow(row);
    },

    async consume(tx, purpose, token) {
      const [row] = await tx.query<Row>(CONSUME, [sha256(token), purpose, clock.now()]);
      return row === undefined ? undefined : fromRow(row);
    },

    take: (purpose, token, otherwise) => ({
      otherwise,
      sql: (parameter) =>
        consume(parameter(sha256(token)), parameter(purpose), `${parameter(clock.now())}::timestamptz`),
    }),

    wasUsed: async (token) => (await database.query(WAS_USED, [sha256(token), clock.now()])).length > 0,

    async revokeAll(tx, purpose, accountId) {
      return (await tx.query(REVOKE_ALL, [purpose, accountId ?? null, clock.now()])).length;
    },

    async revokeOf(tx, accountId, but = []) {
      await tx.query(REVOKE_OF, [accountId, clock.now(), but]);
    },

    async revokeSince(tx, purpose, accountId, since) {
      await tx.query(REVOKE_SINCE, [purpose, accountId, since, clock.now()]);
    },

    async forgetAccount(tx, { id, identifier }) {
      const text = `delete from one_time_links where account_id = $1 or payload ->> 'identifier' = $2`;
      await tx.query(text, [id, identifier]);
    },
  };
}
