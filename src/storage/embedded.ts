import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { GatehouseError } from '../kernel/errors.ts';
import { lockDataFolder, prepareDataFolder, readJsonFile, writePrivateFile } from './data-folder.ts';
import {
  type Cluster,
  type ClusterOptions,
  childEnvironment,
  DATABASE,
  endOrphan,
  endPostmaster,
  ensureCluster,
  failed,
  type Remembered,
  USER,
} from './embedded-cluster.ts';
import { databaseHome, databaseUser, findInstallation, reachablePrograms } from './embedded-files.ts';
import { startMark } from './processes.ts';

/**
 * A real PostgreSQL out of npm, for development and tests: one cluster in the data folder, reachable on 127.0.0.1 only,
 * owned by one process, gone with it however that ends. Production brings its own PostgreSQL and never comes here.
 */
export interface EmbeddedPostgres {
  /** A superuser of the cluster: for migrations, and for the server, which drops to its own role. */
  readonly ownerUrl: string;
  readonly serverUrl: string;
  readonly port: number;
  /** Resolves when PostgreSQL has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Shuts down at once but cleanly, and gives the data folder back. Safe to call twice. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions extends ClusterOptions {
  readonly dataDir: string;
}

export interface EmbeddedConnection {
  readonly ownerUrl: string;
  readonly serverUrl: string;
  readonly port: number;
  readonly pid: number;
}

const FILE = 'database.json';
const UNSAFE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'];

/**
 * Starts the cluster of a data folder, making it at the first time. Whatever a killed run left is cleared up.
 * Throws `data_in_use`, `data_unreadable`, `data_of_other_version`, `embedded_postgres_missing`,
 * `postgres_user_missing` or `embedded_postgres_failed`.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const folder = await prepareDataFolder(options.dataDir);
  const installation = await findInstallation();
  const unlock = await lockDataFolder(folder);
  try {
    const user = await databaseUser(join(folder, 'postgres'));
    const home = await databaseHome(folder, user);
    if (home !== folder) options.onProgress?.(`Keeping the database in ${home}, where its user can go`);
    const cluster: Cluster = {
      options,
      user,
      bin: await reachablePrograms(installation, user),
      data: join(home, 'postgres'),
      file: join(folder, FILE),
    };
    const remembered = await ensureCluster(cluster, installation.major);
    await endOrphan(cluster.data);
    return await startServer(cluster, remembered, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** How to reach the cluster that another process runs on this data folder; undefined when none runs. */
export async function readEmbeddedConnection(dataDir: string): Promise<EmbeddedConnection | undefined> {
  const found = await readJsonFile<Remembered>(join(dataDir, FILE));
  const { ownerUrl, serverUrl, port, pid, mark } = found ?? {};
  if (ownerUrl === undefined || serverUrl === undefined || port === undefined || pid === undefined)
    return undefined;
  return (await startMark(pid)) === mark ? { ownerUrl, serverUrl, port, pid } : undefined;
}

async function startServer(
  cluster: Cluster,
  remembered: Remembered,
  unlock: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const attempts = 20;
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(attempt === 1 ? remembered.port : undefined);
    const server = await launch(cluster, port);
    if (server.ready) return await present(cluster, remembered, port, server, unlock);
    // The port was taken in the meantime, or the last processes of a killed cluster are still going.
    const passing = /could not bind|could not create any TCP|pre-existing shared memory/.test(
      server.log.join('\n'),
    );
    if (!passing || attempt === attempts) throw failed('postgres', server.log, cluster.data);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface Launched {
  readonly ready: boolean;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  readonly log: readonly string[];
}

async function launch(cluster: Cluster, port: number): Promise<Launched> {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'log_line_prefix=',
    'lc_messages=C',
  ];
  if (cluster.options.durable === false) settings.push(...UNSAFE);
  const child = spawn(
    join(cluster.bin, 'postgres'),
    ['-D', cluster.data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    // A session of its own: Ctrl-C in the terminal must reach the server first, which still needs its database.
    {
      cwd: '/',
      env: childEnvironment(),
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...cluster.user,
    },
  );
  const log: string[] = [];
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(false));
    let rest = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (log.length < 200) log.push(line);
        cluster.options.log?.(line);
        if (line.includes('database system is ready to accept connections')) resolve(true);
      }
    });
  });
  return { ready, process: child, ended, log };
}

/**
 * A shell that waits for the end of a pipe that only we hold: when we are gone, killed even, it shuts PostgreSQL down.
 */
function startWatchdog(server: ChildProcess): ChildProcess {
  const watchdog = spawn(
    '/bin/sh',
    ['-c', 'cat >/dev/null; kill -INT "$1"', 'gatehouse-watchdog', String(server.pid)],
    {
      cwd: '/',
      env: childEnvironment(),
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  watchdog.on('error', () => {});
  server.once('exit', () => watchdog.kill('SIGKILL'));
  return watchdog;
}

async function present(
  cluster: Cluster,
  remembered: Remembered,
  port: number,
  server: Launched,
  unlock: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const pid = server.process.pid ?? 0;
  const watchdog = startWatchdog(server.process);
  const url = `postgres://${USER}:${remembered.password}@127.0.0.1:${port}/${DATABASE}`;
  const lasting = { password: remembered.password, port };
  const running = { ...lasting, ownerUrl: url, serverUrl: url, pid, mark: (await startMark(pid)) ?? '' };
  await writePrivateFile(cluster.file, JSON.stringify(running));
  // Nothing of PostgreSQL keeps this process alive by itself.
  for (const handle of [server.process, watchdog, server.process.stderr, watchdog.stdin]) {
    (handle as { unref?: () => void } | null)?.unref?.();
  }
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    server.process.ref();
    await endPostmaster(pid);
    await server.ended;
    await writePrivateFile(cluster.file, JSON.stringify(lasting));
    await unlock();
  };
  return {
    ownerUrl: url,
    serverUrl: url,
    port,
    ended: server.ended,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** A port of the loopback address that nobody listens on: the preferred one when it is free. */
async function freePort(preferred: number | undefined): Promise<number> {
  const tryPort = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(undefined));
      probe.listen({ host: '127.0.0.1', port }, () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
      });
    });
  const found = (preferred === undefined ? undefined : await tryPort(preferred)) ?? (await tryPort(0));
  if (found === undefined) {
    throw new GatehouseError('no_free_port', {
      message: 'No free port was found on 127.0.0.1 for PostgreSQL.',
    });
  }
  return found;
}
