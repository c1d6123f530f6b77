import { AsyncLocalStorage } from 'node:async_hooks';
import { hash } from 'node:crypto';
import { GatehouseError } from '../kernel/errors.ts';
import { type Database, type Executor, repeatRolledBack } from './database.ts';

/**
 * One request, one statement: everything that a request changes is collected here and committed at its end, before the
 * answer leaves, as a single SQL statement of data-modifying CTEs. A statement is a transaction, so tokens, sessions,
 * consumed codes and the audit events that tell of them are all there or none is, also under `kill -9`; and it costs
 * one round trip where BEGIN … COMMIT would cost many.
 *
 * Writes of one unit see the same snapshot and must not touch the same row twice.
 */

/** One data-modifying statement. `sql` asks `parameter` for the placeholder of each value that it needs. */
export interface Write {
  sql(parameter: (value: unknown) => string): string;
  /**
   * For a compare-and-set: when the write changes no row, the whole unit is rolled back and this code is thrown. Its
   * SQL must end in a RETURNING clause.
   */
  readonly otherwise?: string;
  /** By which the writes that follow it in the statement read what it returns; unique in the unit. */
  readonly name?: string;
  /** Told how many rows its SQL has returned, once the statement is done; a transaction around it may still be undone. */
  readonly counted?: (rows: number) => void;
  /**
   * Waits for what the statement must not miss: a statement sees what was before it began, not what was committed while it
   * waited for a lock. Makes the unit a transaction, with this before the statement.
   */
  readonly first?: (executor: Executor) => Promise<unknown>;
}

/** Something that must be so, as SQL: a write with one sees what was before its unit. */
export type Condition = (parameter: (value: unknown) => string) => string;

/** Collects what a module wants written; asked once, at the commit. */
export interface Contributor {
  writes(): Write[];
  /** When every write of the unit comes from one contributor that has this, it commits by itself (group commit). */
  commitAlone?(): Promise<void>;
  /** What was collected is committed. */
  committed?(): void;
  /** Forgets what was collected. A contributor without it is dropped and made anew. */
  clear?(): void;
}

/** Names a module's part of the unit, with its type. */
export interface PartKey<T extends Contributor> {
  readonly name: string;
  readonly create: () => T;
}

class LooseWrites implements Contributor {
  readonly list: Write[] = [];
  writes(): Write[] {
    return this.list;
  }
}

const LOOSE_WRITES: PartKey<LooseWrites> = { name: 'loose', create: () => new LooseWrites() };

export class UnitOfWork {
  readonly #parts = new Map<string, Contributor>();
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The module's part of this unit, made at the first use. */
  part<T extends Contributor>(key: PartKey<T>): T {
    let part = this.#parts.get(key.name);
    if (part === undefined) {
      part = key.create();
      this.#parts.set(key.name, part);
    }
    return part as T;
  }

  attach<T extends Contributor>(key: PartKey<T>, part: T): void {
    this.#parts.set(key.name, part);
  }

  /** Writes of whoever needs no part of its own. */
  add(...writes: Write[]): void {
    this.part(LOOSE_WRITES).list.push(...writes);
  }

  /** Throws {@link UnitConflict} when a compare-and-set lost: then nothing of the unit was written. */
  async commit(): Promise<void> {
    const contributions = [...this.#parts.values()].map((part) => ({ part, writes: part.writes() }));
    const active = contributions.filter(({ writes }) => writes.length > 0);
    const [only] = active;
    if (only === undefined) return;
    if (active.length === 1 && only.part.commitAlone !== undefined) await only.part.commitAlone();
    else await this.#commit(active.flatMap(({ writes }) => writes));
    for (const { part } of active) part.committed?.();
    this.discard();
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    const firsts = writes.flatMap(({ first }) => first ?? []);
    if (firsts.length === 0) return commitWrites(this.#database, writes);
    // All of it is SQL that was collected before: made again, it is the same.
    await repeatRolledBack(() =>
      this.#database.transaction(async (tx) => {
        for (const first of firsts) await first(tx);
        await commitWrites(tx, writes);
      }),
    );
  }

  /** Forgets everything collected so far, for an answer that must change nothing. */
  discard(): void {
    for (const [name, part] of this.#parts) {
      if (part.clear === undefined) this.#parts.delete(name);
      else part.clear();
    }
  }
}

/** A compare-and-set of the unit lost; `code` is the losing write's. */
export class UnitConflict extends GatehouseError {
  constructor(code: string, cause: unknown) {
    super(code, { status: 409, message: 'This was already used or changed.', cause });
  }
}

const CONFLICT_SQLSTATE = 'GH409';

/**
 * Runs the writes as one statement, by itself or in a transaction. Exported for those who write outside a request (the
 * command line, jobs) or have begun a transaction. Throws {@link UnitConflict}, which leaves a transaction unusable.
 */
export async function commitWrites(executor: Executor, writes: readonly Write[]): Promise<void> {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const nameOf = ({ name }: Write, index: number) => name ?? `w${index}`;
  const ctes = writes.map((write, index) => `${nameOf(write, index)} as (${write.sql(parameter)})`);
  // In their order: PostgreSQL runs those that are asked for here one after the other, and everything else at the end, so
  // that a write which has to come first, because others wait for it, can rely on it.
  const columns = writes.flatMap((write, index) => {
    const rows = `(select count(*) from ${nameOf(write, index)})`;
    return [
      ...(write.otherwise === undefined ? [] : [`require_change(${rows}, '${write.otherwise}')`]),
      ...(write.counted === undefined ? [] : [`${rows} as count${index}`]),
    ];
  });
  const text = `with ${ctes.join(', ')} select ${columns.length > 0 ? columns.join(', ') : '1'}`;
  // The shapes that occur are few, so each becomes one prepared statement; 63 bytes is PostgreSQL's limit for its name.
  const name = `unit_${hash('sha256', text, 'hex').slice(0, 40)}`;
  try {
    const [row] = await executor.query<Record<string, unknown>>({ name, text }, values);
    for (const [index, { counted }] of writes.entries()) counted?.(Number(row?.[`count${index}`]));
  } catch (error) {
    if (isConflict(error)) throw new UnitConflict(error.message, error);
    throw error;
  }
}

function isConflict(error: unknown): error is Error {
  return error instanceof Error && (error as Error & { code?: string }).code === CONFLICT_SQLSTATE;
}

const units = new AsyncLocalStorage<UnitOfWork>();

/** The unit of the running request, if any. */
export const currentUnit = (): UnitOfWork | undefined => units.getStore();

/** The unit of the running request, for what only runs in one. Throws where there is none, which is a fault of the routes. */
export function requestUnit(): UnitOfWork {
  const unit = units.getStore();
  if (unit === undefined) throw new Error('there is no unit of work outside a request');
  return unit;
}

/** Runs `work` inside a unit. The caller commits: it knows when the answer is complete. */
export const runInUnit = <T>(unit: UnitOfWork, work: () => Promise<T>): Promise<T> => units.run(unit, work);
