import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineEntity, p } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Database } from '../../src/storage/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/storage/embedded.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { makeDatabaseFolder } from './database-folder.ts';
import { noteCaused } from './evidence/caused.ts';
import { guardStatements } from './evidence/guard.ts';

/** One PostgreSQL for the whole run, started by the first test that asks; each test gets a database of its own. */

const TEMPLATE = 'gatehouse_template';
/** The same without the guards of `evidence/guard.ts`. */
const STORE_TEMPLATE = 'gatehouse_store_template';
export const migrationsPath = fileURLToPath(new URL('../../migrations', import.meta.url));

export interface TestDatabase {
  readonly ownerUrl: string;
  readonly serverUrl: string;
  /** Removes the database, connections that are still open included. */
  drop(): Promise<void>;
}

interface Cluster {
  readonly folder: string;
  readonly server: EmbeddedPostgres;
  readonly admin: pg.Client;
  templates?: Promise<void>;
  /** Made while a test runs, for the next that asks: of each template. */
  readonly next: Map<string, Promise<TestDatabase>>;
  /** PostgreSQL copies a template for one at a time; later askers wait here. */
  last: Promise<unknown>;
}

let starting: Promise<Cluster> | undefined;

function cluster(): Promise<Cluster> {
  starting ??= start();
  return starting;
}

async function start(): Promise<Cluster> {
  const folder = await makeDatabaseFolder('test');
  const server = await startEmbeddedPostgres({ dataDir: folder, durable: false });
  const admin = new pg.Client({ connectionString: server.ownerUrl });
  await admin.connect();
  return { folder, server, admin, next: new Map(), last: Promise.resolve() };
}

const urlOf = (server: EmbeddedPostgres, database: string): string => {
  const url = new URL(server.ownerUrl);
  url.pathname = `/${database}`;
  return url.href;
};

async function create({ server, admin }: Cluster, name: string, template: string): Promise<TestDatabase> {
  // As files: the other way goes through the log, and takes twice the time.
  await admin.query(`create database ${name} template ${template} strategy file_copy`);
  const url = urlOf(server, name);
  return {
    ownerUrl: url,
    serverUrl: url,
    drop: async () => {
      await admin.query(`drop database if exists ${name} with (force)`);
    },
  };
}

/** The ORM wants one entity at least; migrating needs none. */
const placeholder = defineEntity({
  name: 'Placeholder',
  tableName: 'placeholders',
  properties: { id: p.integer().primary() },
});

async function makeTemplates(running: Cluster): Promise<void> {
  const { ownerUrl } = await create(running, STORE_TEMPLATE, 'template0');
  await change(ownerUrl, (database) => database.orm.migrator.up());
  const guarded = await create(running, TEMPLATE, STORE_TEMPLATE);
  await change(guarded.ownerUrl, (database) =>
    database.transaction(async (tx) => {
      for (const text of guardStatements()) await tx.query(text);
    }),
  );
}

/** As the owner, in connections that are closed afterwards: nothing may be connected to a template. */
async function change(ownerUrl: string, work: (database: Database) => Promise<unknown>): Promise<void> {
  const database = await openDatabase({
    url: ownerUrl,
    entities: [placeholder],
    role: 'owner',
    poolSize: 2,
    migrationsPath,
  });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

function inTurn<T>(running: Cluster, work: () => Promise<T>): Promise<T> {
  const result = running.last.then(work, work);
  running.last = result.catch(() => undefined);
  return result;
}

const newName = () => `test_${randomBytes(6).toString('hex')}`;

/** A database with every migration applied and no rows, in which every change has to be told (`evidence/guard.ts`). */
export const createTestDatabase = async (): Promise<TestDatabase> => noting(await copyOf(TEMPLATE));

async function copyOf(template: string): Promise<TestDatabase> {
  const running = await cluster();
  running.templates ??= makeTemplates(running);
  await running.templates;
  const make = () => inTurn(running, () => create(running, newName(), template));
  const database = await (running.next.get(template)?.catch(make) ?? make());
  const next = make();
  next.catch(() => undefined);
  running.next.set(template, next);
  return database;
}

/** What its trail holds is noted before it is removed. */
const noting = (database: TestDatabase): TestDatabase => ({
  ...database,
  drop: async () => {
    await noteCaused(database.ownerUrl);
    await database.drop();
  },
});

/**
 * The same for tests of a store by itself, which writes without the events that its callers add, and of the tables as they are: there
 * no change has to be told, and what its trail holds does not count.
 */
export const createStoreDatabase = (): Promise<TestDatabase> => copyOf(STORE_TEMPLATE);

/** Another one with everything that is in this one, to which nothing may be connected meanwhile: what a backup restores. */
export async function copyOfDatabase({ ownerUrl }: TestDatabase): Promise<TestDatabase> {
  const running = await cluster();
  const name = new URL(ownerUrl).pathname.slice(1);
  return noting(await inTurn(running, () => create(running, newName(), name)));
}

/** A database without anything in it, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const running = await cluster();
  return inTurn(running, () => create(running, newName(), 'template0'));
}

/** Ends the run's PostgreSQL and removes its files; nothing happens when no test has asked for one. */
export async function stopTestPostgres(): Promise<void> {
  if (starting === undefined) return;
  const { admin, server, folder, last } = await starting;
  starting = undefined;
  await last;
  await admin.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
