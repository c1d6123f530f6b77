/**
 * Token status: which JWT access tokens were taken back before their time. This folder owns the indexes by which tokens are
 * told apart without naming anybody, the lists that they are on and the marks of those that are revoked. What the marks are set
 * for, and how a list is signed, is the protocol's business.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { type Database, type Executor, type Statement, sweepStatement } from '../../storage/database.ts';
import { gatherLookups } from '../../storage/lookups.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { BLOCKS_OF_LIST, LIST_SECONDS, LIST_SIZE, listBeyond } from './policy.ts';

/** A list that services are referred to, until the last of its tokens has expired. */
export const StatusListRecord = defineEntity({
  name: 'StatusListRecord',
  tableName: 'status_lists',
  properties: {
    id: p.integer().primary().autoincrement(false),
    expiresAt: p.datetime(),
  },
});

/** A token that was taken back. Says nothing about whose it was. */
export const RevokedTokenRecord = defineEntity({
  name: 'RevokedTokenRecord',
  tableName: 'revoked_tokens',
  properties: {
    statusIndex: p.bigint().primary().autoincrement(false),
    /** When the token would have ended by itself: from then on the mark says nothing that the token does not. */
    expiresAt: p.datetime(),
  },
  indexes: [{ name: 'revoked_tokens_expires_at_index', properties: ['expiresAt'] }],
});

export interface TokenStatusStore {
  /** Takes the next block of indexes, which nobody else gets from then on, and keeps its list served for long enough. */
  leaseBlock(): Promise<number>;
  /** The bits that are set in the list, in order; undefined where there is none, or every token of it has expired. */
  revokedOf(list: number): Promise<readonly number[] | undefined>;
  /** Whether it was taken back, or is on a list that is not served: whose tokens have expired, or that a restore has left out. */
  isRevoked(index: number): Promise<boolean>;
  /** The lists of tokens that have not expired. */
  lists(): Promise<number[]>;
  /** Under `name` a row when it was not revoked before. */
  revoke(index: number, expiresAt: Date, name: string): Write;
  /**
   * Leaves out every list that was, or may have been, begun before a restore that has lost so many seconds: tokens of before are on
   * no list from now on, and are refused. Each call leaves out some more.
   */
  leaveOut(executor: Executor, secondsLost: number): Promise<void>;
  /** Deletes up to `limit` marks, and as many lists, that expired before `before`; answers how many of what there was more. */
  sweep(before: Date, limit: number): Promise<number>;
}

const LEASE: Statement = {
  name: 'status_lists_lease',
  text: `
    with block as (select nextval('status_blocks') as number)
    insert into status_lists (id, expires_at)
    select number / ${BLOCKS_OF_LIST}, $1 from block
    on conflict (id) do update set expires_at = greatest(status_lists.expires_at, excluded.expires_at)
    returning (select number from block)::float8 as number`,
};

const REVOKED_OF: Statement = {
  name: 'revoked_tokens_of_lists',
  text: `
    select id, array(
      select (status_index - id::bigint * ${LIST_SIZE})::integer from revoked_tokens
      where status_index >= id::bigint * ${LIST_SIZE} and status_index < (id::bigint + 1) * ${LIST_SIZE}
      order by status_index) as bits
    from status_lists where id = any ($1::integer[]) and expires_at > $2`,
};

const REVOKED: Statement = {
  name: 'revoked_tokens_find',
  text: `
    select index::float8 as index from unnest($1::bigint[]) as index
    where exists (select from revoked_tokens where status_index = index)
      or not exists (select from status_lists where id = index / ${LIST_SIZE} and expires_at > $2)`,
};

const LAST_BLOCK: Statement = {
  name: 'status_blocks_last',
  text: 'select last_value::float8 as block from status_blocks',
};

const ADVANCE: Statement = { name: 'status_blocks_advance', text: 'select advance_status_blocks($1)' };

const LEAVE_OUT: Statement = {
  name: 'status_lists_leave_out',
  text: 'delete from status_lists where id < $1',
};

const LISTS: Statement = {
  name: 'status_lists_served',
  text: 'select id from status_lists where expires_at > $1 order by id',
};

const SWEEP_MARKS = sweepStatement('revoked_tokens');
const SWEEP_LISTS = sweepStatement('status_lists');

export function createTokenStatusStore(database: Database, clock: Clock): TokenStatusStore {
  const revokedOf = gatherLookups<number, readonly number[]>(async (lists) => {
    const ids = [...new Set(lists)];
    const rows = await database.query<{ id: number; bits: number[] }>(REVOKED_OF, [ids, clock.now()]);
    const found = new Map(rows.map(({ id, bits }) => [id, bits]));
    return lists.map((list) => found.get(list));
  });
  const isRevoked = gatherLookups<number, true>(async (indexes) => {
    const rows = await database.query<{ index: number }>(REVOKED, [indexes, clock.now()]);
    const found = new Set(rows.map(({ index }) => index));
    return indexes.map((index) => (found.has(index) ? true : undefined));
  });
  return {
    async leaseBlock() {
      const expiresAt = addSeconds(clock.now(), LIST_SECONDS);
      const [row] = await database.query<{ number: number }>(LEASE, [expiresAt]);
      if (row === undefined) throw new Error('PostgreSQL answered no block of indexes');
      return row.number;
    },
    revokedOf,
    isRevoked: async (index) => (await isRevoked(index)) === true,
    lists: async () => (await database.query<{ id: number }>(LISTS, [clock.now()])).map(({ id }) => id),
    revoke: (index, expiresAt, name) => ({
      name,
      sql: (parameter) => `
        insert into revoked_tokens (status_index, expires_at) values (${parameter(index)}, ${parameter(expiresAt)})
        on conflict do nothing returning 1`,
    }),
    async leaveOut(executor, secondsLost) {
      const [last] = await executor.query<{ block: number }>(LAST_BLOCK);
      const first = listBeyond(last?.block ?? 0, secondsLost);
      await executor.query(ADVANCE, [first * BLOCKS_OF_LIST]);
      await executor.query(LEAVE_OUT, [first]);
    },
    async sweep(before, limit) {
      const swept = await Promise.all(
        [SWEEP_MARKS, SWEEP_LISTS].map((statement) => database.query(statement, [before, limit])),
      );
      return Math.max(...swept.map((rows) => rows.length));
    },
  };
}
