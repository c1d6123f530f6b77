import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../src/storage/processes.ts';

/**
 * Where the tests keep the data of their PostgreSQL: in memory where the machine has enough of it, else where temporary files go.
 * Making and dropping a database is a thousand small files each time, for which a disk costs ten times as much processor time:
 * ext4, for example, does not use the number of a removed file again for some seconds, and searches for another one longer and longer.
 */

const MEMORY = '/dev/shm';
/** What `statfs` says of a file system in memory. */
const TMPFS = 0x01021994;
/** With less left than this nothing more is put there: tests of very many rows need some of it. */
const ROOM_BYTES = 6 * 1024 ** 3;
const isRoot = process.getuid?.() === 0;

/** Whether the memory has room, as far as can be known: of the file system, and of the machine. */
async function memoryHasRoom(): Promise<boolean> {
  const found = await statfs(MEMORY).catch(() => undefined);
  if (found === undefined || found.type !== TMPFS) return false;
  return found.bavail * found.bsize >= ROOM_BYTES && freemem() >= ROOM_BYTES;
}

/**
 * A new folder for the data of a PostgreSQL, named for what it is for and for this process. Whoever asks removes it; where a process was
 * killed before it could, the next that asks does. As root, PostgreSQL runs as another user, whom a TMPDIR of root's own
 * would lock out.
 */
export async function makeDatabaseFolder(purpose: string): Promise<string> {
  const inMemory = await memoryHasRoom();
  if (inMemory) await removeLeftOver();
  const parent = inMemory ? MEMORY : isRoot ? '/var/tmp' : tmpdir();
  return mkdtemp(join(parent, `gatehouse-${purpose}-${process.pid}-`));
}

/** Memory that nobody will ever use again is taken back; a disk has room for it. */
async function removeLeftOver(): Promise<void> {
  for (const name of await readdir(MEMORY)) {
    const pid = /^gatehouse-[a-z]+-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(MEMORY, name), { recursive: true, force: true });
  }
}
