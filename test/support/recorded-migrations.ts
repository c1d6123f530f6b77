import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Migration } from '@mikro-orm/migrations';

/** A migration by what it would have PostgreSQL do: its statements, without a database to run them on. */
export interface RecordedMigration {
  readonly name: string;
  /** Whether it runs in a transaction of its own. */
  readonly transactional: boolean;
  readonly up: readonly string[];
  readonly down: readonly string[];
  /** Comments and all. */
  readonly source: string;
}

type MigrationClass = new (driver?: unknown, config?: unknown) => Migration;

/** Every migration of a folder, in the order in which they are applied. */
export async function readMigrations(folder: string): Promise<RecordedMigration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort();
  return Promise.all(files.map((file) => readMigration(join(folder, file))));
}

async function readMigration(path: string): Promise<RecordedMigration> {
  const module: Record<string, MigrationClass> = await import(pathToFileURL(path).href);
  const made = Object.values(module).find((each) => typeof each === 'function' && 'up' in each.prototype);
  if (made === undefined) throw new Error(`${path} exports no migration`);
  return recordMigration(made, await readFile(path, 'utf8'));
}

/**
 * Runs `up` and `down` without a database. Rejects where either wants an answer from one: what it does then depends on what it
 * finds, and nobody can read beforehand what that is.
 */
export async function recordMigration(made: MigrationClass, source = ''): Promise<RecordedMigration> {
  const record = async (direction: 'up' | 'down') => {
    const migration = new made();
    const refuse = () => {
      throw new Error(`${made.name}: ${direction} asks the database; it may only add statements (addSql)`);
    };
    Object.assign(migration, { execute: refuse, getEntityManager: refuse });
    await migration[direction]();
    return migration.getQueries().map((statement) => textOf(statement, made.name));
  };
  const [up, down] = [await record('up'), await record('down')];
  return { name: made.name, transactional: new made().isTransactional(), up, down, source };
}

function textOf(statement: unknown, name: string): string {
  if (typeof statement === 'string') return statement;
  throw new Error(`${name}: adds a statement that is no text`);
}

/** The same as long as PostgreSQL is asked for the same, however the file is written. */
export function digestOfMigration({ transactional, up, down }: RecordedMigration): string {
  const plain = (statements: readonly string[]) => statements.map((text) => text.replace(/\s+/g, ' ').trim());
  return createHash('sha256')
    .update(JSON.stringify([transactional, plain(up), plain(down)]))
    .digest('hex');
}
