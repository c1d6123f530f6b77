import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { GatehouseError } from '../kernel/errors.ts';
import {
  dataUnreadable,
  lockDataFolder,
  prepareDataFolder,
  readJsonFile,
  writePrivateFile,
} from './data-folder.ts';
import {
  databaseHome,
  databaseUser,
  findInstallation,
  giveTo,
  reachablePrograms,
  type SystemUser,
} from './embedded-files.ts';
import { commandOf, startMark, waitForEnd } from './processes.ts';

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

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** False trades safety against a crash of the machine for speed: for tests. */
  readonly durable?: boolean;
  /** Lines of PostgreSQL's own log. */
  readonly log?: (line: string) => void;
  /** What is being done, in words for a person who waits. */
  readonly onProgress?: (message: string) => void;
}

export interface EmbeddedConnection {
  readonly ownerUrl: string;
  readonly serverUrl: string;
  readonly port: number;
  readonly pid: number;
}

/** What database.json holds. The password and the port outlive a run; `pid` and `mark` name the running process. */
interface Remembered {
  password: string;
  port?: number;
  ownerUrl?: string;
  serverUrl?: string;
  pid?: number;
  mark?: string;
}

const FILE = 'database.json';
const USER = 'gatehouse';
const DATABASE = 'gatehouse';
const FAST_STOP_MS = 8_000;
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

interface Cluster {
  readonly options: EmbeddedOptions;
  readonly user: SystemUser | undefined;
  readonly bin: string;
  readonly data: string;
  readonly file: string;
}

/** The environment of PostgreSQL's programs: nothing of ours, so that no PG* variable or locale changes what they do. */
const childEnvironment = () => ({ PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' });

async function ensureCluster(cluster: Cluster, major: string): Promise<Remembered> {
  const remembered = await readJsonFile<Remembered>(cluster.file);
  const version = await readFile(join(cluster.data, 'PG_VERSION'), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw dataUnreadable(cluster.data, error);
  });
  if (version === undefined) return createCluster(cluster);
  if (version.trim() !== major) {
    throw new GatehouseError('data_of_other_version', {
      message: `${cluster.data} was made by PostgreSQL ${version.trim()}; this is PostgreSQL ${major}. Move the folder away, or set DATABASE_URL.`,
    });
  }
  return remembered ?? (await resetPassword(cluster));
}

async function createCluster(cluster: Cluster): Promise<Remembered> {
  cluster.options.onProgress?.('Preparing PostgreSQL (the first start only)');
  const remembered = await rememberPassword(cluster);
  // Made aside and moved in one step: a run that is killed in between leaves nothing that looks like a cluster.
  const unfinished = `${cluster.data}.new`;
  const passwordFile = join(unfinished, 'password');
  const data = join(unfinished, 'data');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, `${remembered.password}\n`, { mode: 0o600 });
  await giveTo(cluster.user, passwordFile);
  await giveTo(cluster.user, unfinished);
  await runProgram(cluster, 'initdb', [
    `--pgdata=${data}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(cluster.options.durable === false ? ['--no-sync'] : []),
  ]);
  await runSingleUser(cluster, data, `create database ${DATABASE}`);
  await rename(data, cluster.data);
  await rm(unfinished, { recursive: true, force: true });
  return remembered;
}

async function rememberPassword(cluster: Cluster): Promise<Remembered> {
  const remembered: Remembered = { password: randomBytes(32).toString('hex') };
  await writePrivateFile(cluster.file, JSON.stringify(remembered));
  return remembered;
}

/** For a cluster whose database.json was lost. */
async function resetPassword(cluster: Cluster): Promise<Remembered> {
  await endOrphan(cluster.data);
  const remembered = await rememberPassword(cluster);
  await runSingleUser(cluster, cluster.data, `alter role ${USER} password '${remembered.password}'`);
  return remembered;
}

const runSingleUser = (cluster: Cluster, data: string, statement: string) =>
  runProgram(cluster, 'postgres', ['--single', '-j', '-D', data, 'postgres'], `${statement};\n\n`);

async function runProgram(
  cluster: Cluster,
  name: string,
  args: readonly string[],
  input = '',
): Promise<void> {
  const child = spawn(join(cluster.bin, name), args, { cwd: '/', env: childEnvironment(), ...cluster.user });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  if (code !== 0 || /^.*(ERROR|FATAL|PANIC):/m.test(output.join('')))
    throw failed(name, output.join('').split('\n'));
}

function failed(program: string, log: readonly string[]): GatehouseError {
  const lines = log.filter((line) => line.trim() !== '');
  const reason =
    lines.findLast((line) => /ERROR|FATAL|PANIC|error:/.test(line)) ?? lines.at(-1) ?? 'no output';
  return new GatehouseError('embedded_postgres_failed', {
    message: `PostgreSQL did not start (${program}): ${reason.trim()}`,
    detail: lines.join('\n'),
  });
}

/**
 * Ends a PostgreSQL that a killed launcher left on this data (we hold the lock, so it has no owner), and removes a
 * postmaster.pid whose process id now names something else, at which PostgreSQL would refuse to start.
 */
async function endOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  const command = await commandOf(pid);
  if (command?.includes('postgres') && command.includes(data)) await endPostmaster(pid);
  await rm(file, { force: true });
}

/** Fast shutdown; after {@link FAST_STOP_MS} the immediate one, whose data the next start recovers. */
async function endPostmaster(pid: number): Promise<void> {
  for (const [signal, milliseconds] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', 2_000],
    ['SIGKILL', 2_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await waitForEnd(pid, milliseconds)) return;
  }
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
    if (!passing || attempt === attempts) throw failed('postgres', server.log);
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
