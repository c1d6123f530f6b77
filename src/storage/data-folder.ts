import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GatehouseError } from '../kernel/errors.ts';
import { isAlive, startMark } from './processes.ts';

/** The folder in which a development server keeps its state, and the lock by which one launcher at a time owns it. */

const LOCK = 'launcher.lock';
/** Others may pass through (the database's own user has to), nobody else may list what is in it. */
const PASSABLE = 0o711;

interface Owner {
  pid: number;
  mark: string;
}

export const dataUnreadable = (folder: string, cause: unknown): GatehouseError =>
  new GatehouseError('data_unreadable', {
    message: `The data folder ${folder} (DATA_DIR) cannot be read and written: ${reasonOf(cause)}`,
    cause,
  });

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the quota of the disk is used up; free some space',
  EROFS: 'the file system is read-only; choose another folder',
  EACCES: 'this user may not; give it the folder, or choose another',
  EPERM: 'this user may not; give it the folder, or choose another',
  ENOTDIR: 'there is a file where a folder is expected; choose another folder',
  EEXIST: 'there is a file where a folder is expected; choose another folder',
};

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  const known = REASONS[code ?? ''];
  if (known !== undefined) return `${known} (${code})`;
  // What stands in the files is secret, and V8 quotes what is around a mistake.
  if (cause instanceof SyntaxError) return 'it is damaged; to begin anew, move the folder away';
  return message ?? String(cause);
}

/** Makes the folder where it is missing. Throws `data_unreadable` when it is not a folder that we can read and write. */
export async function prepareDataFolder(dataDir: string): Promise<string> {
  const folder = resolve(dataDir);
  try {
    await mkdir(folder, { recursive: true, mode: PASSABLE });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const { uid, mode } = await stat(folder);
    if (uid === process.getuid?.() && (mode & PASSABLE) !== PASSABLE) await chmod(folder, mode | PASSABLE);
  } catch (error) {
    throw dataUnreadable(folder, error);
  }
  return folder;
}

/** Writes a file that only its owner may read, whole or not at all. Throws `data_unreadable`. */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw dataUnreadable(file, error);
  }
}

/** Reads a JSON file of ours. Undefined when there is none; throws `data_unreadable` when it cannot be read. */
export async function readJsonFile<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw dataUnreadable(file, error);
  }
}

/**
 * Takes the folder for this process. A lock whose process is gone (or whose id now names another process) is taken
 * over; a living owner means `data_in_use`. Returns what gives the folder back.
 */
export async function lockDataFolder(folder: string): Promise<() => Promise<void>> {
  const lock = join(folder, LOCK);
  const mine = JSON.stringify({ pid: process.pid, mark: (await startMark(process.pid)) ?? '' });
  const proposal = `${lock}.${randomUUID()}`;
  try {
    await writeFile(proposal, mine, { mode: 0o600 });
    while (!(await linked(proposal, lock))) await removeStale(folder, lock);
  } catch (error) {
    throw error instanceof GatehouseError ? error : dataUnreadable(folder, error);
  } finally {
    await rm(proposal, { force: true });
  }
  return async () => {
    if ((await contentOf(lock)) === mine) await rm(lock, { force: true });
  };
}

/** A hard link is made whole or not at all, and never over another: the lock cannot be seen half written. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function removeStale(folder: string, lock: string): Promise<void> {
  const found = await contentOf(lock);
  if (found === undefined) return;
  const owner = ownerIn(found);
  if (owner !== undefined && isAlive(owner.pid) && (await startMark(owner.pid)) === owner.mark) {
    throw new GatehouseError('data_in_use', {
      message: `The data folder ${folder} (DATA_DIR) is in use by another Gatehouse (process ${owner.pid}).`,
    });
  }
  const aside = `${lock}.${randomUUID()}`;
  await rename(lock, aside).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  // Somebody else may have taken the folder between our reading and our renaming: give that lock back.
  const removed = await contentOf(aside);
  if (removed !== undefined && removed !== found) await linked(aside, lock);
  await rm(aside, { force: true });
}

function ownerIn(content: string): Owner | undefined {
  try {
    const value = JSON.parse(content) as Partial<Owner>;
    return typeof value.pid === 'number' && typeof value.mark === 'string' ? (value as Owner) : undefined;
  } catch {
    return undefined;
  }
}
