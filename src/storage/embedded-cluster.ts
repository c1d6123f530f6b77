import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatehouseError } from '../kernel/errors.ts';
import { dataUnreadable, readJsonFile, writePrivateFile } from './data-folder.ts';
import { giveTo, type SystemUser } from './embedded-files.ts';
import { commandOf, waitForEnd } from './processes.ts';

/** The embedded PostgreSQL's cluster while it does not run: made, its password set, what a killed run left cleared up. */

export const USER = 'gatehouse';
export const DATABASE = 'gatehouse';
const FAST_STOP_MS = 8_000;

export interface ClusterOptions {
  /** False trades safety against a crash of the machine for speed: for tests. */
  readonly durable?: boolean;
  /** Lines of PostgreSQL's own log. */
  readonly log?: (line: string) => void;
  /** What is being done, in words for a person who waits. */
  readonly onProgress?: (message: string) => void;
}

/** What database.json holds. The password and the port outlive a run; `pid` and `mark` name the running process. */
export interface Remembered {
  password: string;
  port?: number;
  ownerUrl?: string;
  serverUrl?: string;
  pid?: number;
  mark?: string;
}

/** One cluster's files, and what its programs run as. */
export interface Cluster {
  readonly options: ClusterOptions;
  readonly user: SystemUser | undefined;
  readonly bin: string;
  readonly data: string;
  readonly file: string;
}

/** The environment of PostgreSQL's programs: nothing of ours, so that no PG* variable or locale changes what they do. */
export const childEnvironment = () => ({ PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' });

/**
 * The cluster's password and last port. Makes the cluster where there is none; sets a new password where database.json was
 * lost. Throws `data_of_other_version` or `embedded_postgres_failed`.
 */
export async function ensureCluster(cluster: Cluster, major: string): Promise<Remembered> {
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
  await rm(unfinished, { recursive: true, force: true });
  try {
    await makeFiles(cluster, unfinished, remembered.password);
    await rename(join(unfinished, 'data'), cluster.data);
  } catch (error) {
    // The password is of a cluster that is not there.
    await rm(cluster.file, { force: true });
    throw error instanceof GatehouseError ? error : dataUnreadable(unfinished, error);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return remembered;
}

async function makeFiles(cluster: Cluster, unfinished: string, password: string): Promise<void> {
  const passwordFile = join(unfinished, 'password');
  const data = join(unfinished, 'data');
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
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
    throw failed(name, output.join('').split('\n'), cluster.data);
}

/** The last complaint of a program on this data, in one line with what to do; all of its output is the detail. */
export function failed(program: string, log: readonly string[], data: string): GatehouseError {
  const lines = log.filter((line) => line.trim() !== '');
  const reason =
    lines.findLast((line) => /ERROR|FATAL|PANIC|error:/.test(line)) ?? lines.at(-1) ?? 'no output';
  return new GatehouseError('embedded_postgres_failed', {
    message: `PostgreSQL did not start on ${data} (${program}): ${reason.trim()}; ${remedyFor(lines.join('\n'))}`,
    detail: lines.join('\n'),
  });
}

function remedyFor(output: string): string {
  if (/No space left on device|Disk quota exceeded/.test(output))
    return 'the disk is full: free some space, or choose another folder with DATA_DIR';
  if (/Permission denied|Read-only file system/.test(output))
    return 'give it the right to write there, or choose another folder with DATA_DIR';
  return 'to begin anew, move the data folder away, or choose another with DATA_DIR';
}

/**
 * Ends a PostgreSQL that a killed launcher left on this data (we hold the lock, so it has no owner), and removes a
 * postmaster.pid whose process id now names something else, at which PostgreSQL would refuse to start.
 */
export async function endOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  const command = await commandOf(pid);
  if (command?.includes('postgres') && command.includes(data)) await endPostmaster(pid);
  await rm(file, { force: true });
}

/** Fast shutdown; after {@link FAST_STOP_MS} the immediate one, whose data the next start recovers. */
export async function endPostmaster(pid: number): Promise<void> {
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
