import { setTimeout } from 'node:timers/promises';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { asUnavailable, wasRolledBack } from './failures.ts';
import type { PoolGuard } from './pool.ts';

/** A statement with a name is prepared once per connection; the name must be unique to the text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Whatever can run SQL: the pool (each statement its own transaction) or an open transaction. */
export interface Executor {
  query<Row extends object>(statement: Statement | string, values?: readonly unknown[]): Promise<Row[]>;
}

/** An open transaction: SQL for the hot paths, an entity manager for the rest, on the same connection. */
export interface Transaction extends Executor {
  readonly em: EntityManager;
}

/**
 * The server's connections to PostgreSQL. When it cannot be reached, or not now, whatever was asked rejects with
 * `database_unavailable` (503). Stores use `fork()` for entities and `query()` for single statements on hot paths;
 * `transaction()` joins both. Every command that reaches the server passes here or through the ORM on the same pool.
 *
 * A statement by itself is a transaction, so one that PostgreSQL says it has rolled back is made again, a few times. Of a
 * transaction only its caller knows whether that would do; {@link repeatRolledBack} is for those who do.
 */
export interface Database extends Executor {
  readonly orm: MikroORM;
  /** A fresh entity manager with an empty identity map: never share one between requests (stale rows). */
  fork(): EntityManager;
  /** Commits when `work` resolves, rolls back when it throws. Keep it short: no hashing, no network inside. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A connection of its own, out of the pool until released; for LISTEN. Rejects with what went wrong, as it is. */
  reserve(): Promise<PoolClient>;
  /** The setting that says where it is; for messages. */
  readonly setting: string;
  /** Until this is settled, whoever wants a connection waits; {@link reserve} does not. */
  hold(until: Promise<unknown>): void;
  /** Refuses every query from now on with `database_unavailable`, for this reason; `undefined` ends it. */
  refuse(reason: Error | undefined): void;
  /** Refuses every query from now on, and for good: for a process that must do nothing more but end. */
  halt(reason: Error): void;
  close(): Promise<void>;
}

export function createDatabase(orm: MikroORM, pool: Pool, guard: PoolGuard, setting: string): Database {
  tellUnavailable(orm);
  return {
    orm,
    setting,
    hold: guard.hold,
    refuse: guard.refuse,
    halt: guard.halt,
    fork: () => orm.em.fork(),
    query: (statement, values = []) => repeatRolledBack(() => runOn<never>(pool, statement, values)),
    transaction: (work) =>
      orm.em
        .fork()
        .transactional(async (em) => {
          const kysely = em.getTransactionContext();
          if (kysely === undefined) throw new Error('the ORM opened no transaction');
          return work({
            em: em as EntityManager,
            query: (statement, values = []) => runInside(kysely, statement, values),
          });
        })
        .catch(fail),
    reserve: guard.admit,
    async close() {
      await idle(pool);
      // The timer holds the process: with nothing else left to wait for, it would end in the middle of its end.
      const closed = new AbortController();
      const patience = setTimeout(CLOSE_PATIENCE_MS, undefined, { signal: closed.signal });
      await Promise.race([orm.close(true), patience]).finally(() => closed.abort());
    },
  };
}

/** Deletes up to `$2` rows that expired before `$1`, in no particular order, without waiting for rows in use. */
export const sweepStatement = (table: string): Statement => ({
  name: `${table}_sweep`,
  text: `
    delete from ${table} where ctid = any (array(
      select ctid from ${table} where expires_at < $1 limit $2 for update skip locked))
    returning 1`,
});

const fail = (error: unknown): never => {
  throw asUnavailable(error);
};

/** How often something is made, in all, and how long to wait before the second time, at most; twice as long each further time. */
const MOST_TRIES = 5;
const FIRST_PAUSE_MS = 20;

/**
 * Makes something again that PostgreSQL says it has rolled back: for what has done nothing outside the database, and does the
 * same each time.
 */
export async function repeatRolledBack<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === MOST_TRIES || !wasRolledBack(error)) throw error;
      // By chance, so that those who got in each other's way do not meet again.
      await setTimeout(Math.random() * FIRST_PAUSE_MS * 2 ** (tries - 1));
    }
  }
}

/** Has the ORM throw what the rest of this file throws, from an entity manager of anybody's. */
function tellUnavailable(orm: MikroORM): void {
  const converter = orm.em.getPlatform().getExceptionConverter();
  const convert = converter.convertException.bind(converter);
  converter.convertException = (error) => asUnavailable(convert(error)) as ReturnType<typeof convert>;
}

/** How long statements under way may take to finish when the database is closed. */
const CLOSE_PATIENCE_MS = 2_000;

/**
 * Waits until no connection is in use. The ORM forgets those that are when it closes, and the pool would wait for them
 * for ever.
 */
async function idle(pool: Pool): Promise<void> {
  const deadline = Date.now() + CLOSE_PATIENCE_MS;
  while ((pool.idleCount < pool.totalCount || pool.waitingCount > 0) && Date.now() < deadline)
    await setTimeout(5);
}

/**
 * The driver puts a time together digit by digit, in this machine's zone, which shows where a sign-in writes dozens. Years that
 * PostgreSQL does not read in ISO 8601 are left to it.
 */
function asParameter(value: unknown): unknown {
  if (!(value instanceof Date)) return value;
  const year = value.getUTCFullYear();
  return year >= 1 && year <= 9_999 ? value.toISOString() : value;
}

const textOf = (statement: Statement | string) =>
  typeof statement === 'string' ? statement : statement.text;

async function runOn<Row extends object>(
  pool: Pool,
  statement: Statement | string,
  values: readonly unknown[],
) {
  const query = typeof statement === 'string' ? { text: statement } : statement;
  const result = await pool.query<Row>({ ...query, values: values.map(asParameter) }).catch(fail);
  return result.rows;
}

interface KyselyTransaction {
  executeQuery(query: unknown): Promise<{ rows: unknown[] }>;
}

async function runInside<Row extends object>(
  trx: unknown,
  statement: Statement | string,
  values: readonly unknown[],
) {
  const { CompiledQuery } = await import('kysely');
  const result = await (trx as KyselyTransaction).executeQuery(
    CompiledQuery.raw(textOf(statement), [...values]),
  );
  return result.rows as Row[];
}
