import { setTimeout as wait } from 'node:timers/promises';
import { conflict, GatehouseError } from '../kernel/errors.ts';
import type { Database } from './database.ts';
import { wasRolledBack } from './failures.ts';

/**
 * Applies migrations while servers run on the same tables. Each has a transaction of its own, so that no lock outlasts the
 * migration that needs it, and waits for a lock only as long as whoever comes after it can be kept waiting (`session.ts` says
 * how long that is); then it lets everybody pass and tries again. What each may do is checked by
 * `test/support/lint-migrations.ts`.
 */
export interface MigratingOptions {
  /** A migration was applied, or taken back: its name. */
  readonly onDone?: (name: string) => void;
  /** A migration did not get its locks and is tried again; told once for each. */
  readonly onBlocked?: (name: string) => void;
  /** How often each is tried, in all. */
  readonly tries?: number;
  /** Milliseconds between two tries, at most. */
  readonly pauseMs?: number;
}

const TRIES = 60;
const PAUSE_MS = 5_000;
const FIRST_PAUSE_MS = 100;

/** One at a time for the whole database: two that apply the same would get in each other's way. */
const TRY_LOCK = `select pg_try_advisory_lock(hashtextextended('gatehouse:migrations', 0)) as held`;

/**
 * Applies everything that is pending, one migration after the other, and stops at the first that fails; those before it stay.
 * Needs two connections of `database`. Throws `migrations_under_way` where another run takes too long,
 * `migration_blocked` where one did not get its locks, `migration_stopped` where it found what people have to decide about, `migration_too_long` where a statement ran into its time limit.
 */
export async function migrateUp(database: Database, options: MigratingOptions = {}): Promise<void> {
  await alone(database, options, async (limits) => {
    for (const { name } of await database.orm.migrator.getPending()) {
      const run = () => database.orm.migrator.up({ migrations: [name] });
      await one({ database, name, limits, run }, options);
    }
  });
}

/**
 * Takes the last migration back, if there is one. With `expected`, the name that somebody has agreed to: throws `migrations_changed`
 * (409) where it is not the last one any more, and takes nothing back. Otherwise throws as {@link migrateUp} does.
 */
export async function migrateDown(
  database: Database,
  options: MigratingOptions & { readonly expected?: string } = {},
): Promise<void> {
  await alone(database, options, async (limits) => {
    const last = (await database.orm.migrator.getExecuted()).at(-1);
    const { expected = last?.name } = options;
    if (last?.name !== expected) throw changedMeanwhile(expected);
    if (last === undefined) return;
    const { name } = last;
    const run = () => database.orm.migrator.down({ migrations: [name] });
    await one({ database, name, limits, run }, options);
  });
}

interface Step {
  readonly database: Database;
  readonly name: string;
  readonly limits: Limits;
  readonly run: () => Promise<unknown>;
}

async function one(
  { database, name, limits, run }: Step,
  { onDone, onBlocked, tries = TRIES, pauseMs = PAUSE_MS }: MigratingOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // One without a transaction may have set others for itself, and the connection would keep them.
      await database.query(SET_LIMITS, [limits.lock, limits.statement]);
      await run();
      return onDone?.(name);
    } catch (error) {
      if (withCode(error, '57014') !== undefined) throw tooLong(name, error);
      const stopped = withCode(error, STOPPED);
      if (stopped !== undefined) throw stoppedBy(name, stopped);
      if (!wasRolledBack(error)) throw error;
      if (attempt === tries) throw blocked(name, error);
      if (attempt === 1) onBlocked?.(name);
      await wait(Math.random() * Math.min(pauseMs, FIRST_PAUSE_MS * 2 ** attempt));
    }
  }
}

interface Limits {
  readonly lock: string;
  readonly statement: string;
}

const READ_LIMITS = `select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement`;
const SET_LIMITS = `select set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false)`;

/** Holds the lock of those who migrate on a connection of its own, until `work` is done. */
async function alone(
  database: Database,
  { tries = TRIES, pauseMs = PAUSE_MS }: MigratingOptions,
  work: (limits: Limits) => Promise<void>,
): Promise<void> {
  const client = await database.reserve();
  try {
    for (let attempt = 1; ; attempt += 1) {
      const { rows } = await client.query<{ held: boolean }>(TRY_LOCK);
      if (rows[0]?.held === true) break;
      if (attempt === tries) {
        throw new GatehouseError('migrations_under_way', {
          message: 'Somebody else is migrating this database. Try again when that is done.',
        });
      }
      await wait(Math.min(pauseMs, 1_000));
    }
    const [limits] = await database.query<Limits>(READ_LIMITS);
    await work(limits as Limits);
  } finally {
    // Ends the session, and the lock with it.
    client.release(true);
  }
}

/** The code with which a migration stops that finds something which people have to decide about. */
const STOPPED = 'GH001';

const stoppedBy = (name: string, cause: DatabaseError) =>
  new GatehouseError('migration_stopped', {
    message: `${name} changed nothing: ${cause.message}: ${cause.detail}.`,
    cause,
  });

const AGAIN = 'What came before it is applied. Run "gatehouse migrate up" again.';

const blocked = (name: string, cause: unknown) =>
  new GatehouseError('migration_blocked', {
    message: `${name}: did not get its locks, because other transactions hold them for too long. ${AGAIN}`,
    cause,
  });

const changedMeanwhile = (name: string | undefined) =>
  conflict(
    'migrations_changed',
    `Nothing was taken back: ${name} is not the last migration any more, because somebody else has migrated meanwhile.`,
  );

const tooLong = (name: string, cause: unknown) =>
  new GatehouseError('migration_too_long', {
    message:
      `${name}: a statement took longer than statement_timeout allows, and the migration was rolled back. ` +
      'Where that may be, give it more time in the URL of the owner: ?statement_timeout=600000 (milliseconds).',
    cause,
  });

interface DatabaseError extends Error {
  readonly code?: string;
  readonly detail?: string;
}

/** The error of the database itself, which others may have wrapped. */
function withCode(error: unknown, code: string): DatabaseError | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = withCode(error.cause, code);
  return inner ?? ((error as DatabaseError).code === code ? error : undefined);
}
