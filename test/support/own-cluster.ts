import { spawn } from 'node:child_process';
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/storage/embedded.ts';
import { childEnvironment } from '../../src/storage/embedded-cluster.ts';
import {
  databaseHome,
  databaseUser,
  findInstallation,
  reachablePrograms,
} from '../../src/storage/embedded-files.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { ENTITIES } from '../../src/wire.ts';
import { makeDatabaseFolder } from './database-folder.ts';
import { migrationsPath, type TestDatabase } from './postgres.ts';

/** A PostgreSQL of the test's own: whose certificates, logins and role in a replication it may change. */
export interface OwnCluster {
  readonly folder: string;
  readonly port: number;
  /** A superuser, in the database of the tests. */
  readonly ownerUrl: string;
  /** A login that can do nothing but become the server's role. */
  readonly loginUrl: string;
  readonly database: TestDatabase;
  /** As the superuser, in a connection for this alone. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Writes a file that the database's user can read, and nobody else. */
  write(name: string, content: string): Promise<string>;
  stop(): Promise<void>;
  /** Starts it again, on the same port; as a standby it takes no writes until it is promoted. */
  start(as: 'primary' | 'standby'): Promise<void>;
  close(): Promise<void>;
}

export const LOGIN = 'gatehouse_login';
export const LOGIN_PASSWORD = 'p@ss:word/with?all#';

/** With every migration applied, and a login for the server. */
export async function startOwnCluster(): Promise<OwnCluster> {
  const folder = await makeDatabaseFolder('cluster');
  let server: EmbeddedPostgres | undefined = await startEmbeddedPostgres({ dataDir: folder, durable: false });
  let standby: Awaited<ReturnType<typeof startStandby>> | undefined;
  const { port, ownerUrl } = server;
  const login = `${LOGIN}:${encodeURIComponent(LOGIN_PASSWORD)}`;
  const loginUrl = `postgres://${login}@127.0.0.1:${port}/gatehouse`;

  async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: ownerUrl });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async function stop(): Promise<void> {
    await server?.stop();
    await standby?.stop();
    server = undefined;
    standby = undefined;
  }

  await migrate(ownerUrl);
  await query(`create role ${LOGIN} login noinherit password '${LOGIN_PASSWORD}'`);
  await query(`grant gatehouse_server to ${LOGIN}`);
  return {
    folder,
    port,
    ownerUrl,
    loginUrl,
    database: { ownerUrl, serverUrl: loginUrl, drop: async () => undefined },
    query,
    async write(name, content) {
      const user = await databaseUser(folder);
      const file = join(folder, name);
      await writeFile(file, content, { mode: 0o600 });
      if (user !== undefined) await chown(file, user.uid, user.gid);
      return file;
    },
    stop,
    async start(as) {
      if (as === 'standby') standby = await startStandby(folder, port);
      else server = await startEmbeddedPostgres({ dataDir: folder, durable: false });
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function migrate(url: string): Promise<void> {
  const owner = await openDatabase({
    url,
    entities: ENTITIES.slice(0, 1),
    role: 'owner',
    poolSize: 1,
    migrationsPath,
  });
  try {
    await owner.orm.migrator.up();
  } finally {
    await owner.close();
  }
}

/** The cluster's own files, in recovery: nothing arrives, so it waits, and answers what only reads. */
async function startStandby(folder: string, port: number) {
  const installation = await findInstallation();
  const user = await databaseUser(folder);
  const data = join(await databaseHome(folder, user), 'postgres');
  const signal = join(data, 'standby.signal');
  await writeFile(signal, '');
  if (user !== undefined) await chown(signal, user.uid, user.gid);
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'max_connections=300',
    'lc_messages=C',
  ];
  const child = spawn(
    join(await reachablePrograms(installation, user), 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { cwd: '/', env: childEnvironment(), stdio: ['ignore', 'ignore', 'pipe'], ...user },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
      if (/ready to accept (read-only )?connections/.test(log)) resolve();
    });
    child.once('close', () => reject(new Error(`the standby did not start: ${log}`)));
  });
  return {
    async stop() {
      child.kill('SIGINT');
      await ended;
      await rm(signal, { force: true });
    },
  };
}
