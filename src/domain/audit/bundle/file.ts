import { randomUUID } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { badRequest, conflict } from '../../../kernel/errors.ts';
import type { RandomAccess } from './zip-reading.ts';

/** A file of a disk, to be read in any order. */
export async function openFile(path: string): Promise<RandomAccess & { close(): Promise<void> }> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const buffer = new Uint8Array(length);
      let read = 0;
      while (read < length) {
        const { bytesRead } = await file.read(buffer, read, length - read, offset + read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return buffer.subarray(0, read);
    },
    close: () => file.close(),
  };
}

/**
 * Writes a file that only its owner may read (mode 0600) under a name for the time being, and gives it its name once it is whole
 * and on the disk. Throws `file_exists` (409) where there is one already, unless `force`, and `file_unwritable` (400); then nothing of
 * it is left.
 */
export async function writeNewFile<T>(
  path: string,
  force: boolean,
  write: (sink: WritableStream<Uint8Array>) => Promise<T>,
): Promise<T> {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined && !force) throw exists(path);
  if (found !== undefined && !found.isFile()) throw unwritable(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    const written = await writePart(temporary, write);
    if (force) await rename(temporary, path);
    else await takeName(temporary, path);
    return written;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Writes a file that only its owner may read, and that is not there yet, to the disk. Where it throws, a part of it may be left. Throws
 * `file_unwritable` (400).
 */
export async function writePart<T>(
  path: string,
  write: (sink: WritableStream<Uint8Array>) => Promise<T>,
): Promise<T> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  try {
    const written = await write(sinkOf(file));
    await file.sync();
    return written;
  } finally {
    await file.close();
  }
}

/**
 * Gives a file its name. Throws `file_exists` (409) where somebody has made a file of this name meanwhile, which renaming would
 * replace.
 */
export async function takeName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
    await rm(temporary);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EEXIST') throw exists(path);
    // File systems without hard links.
    await rename(temporary, path);
  }
}

const exists = (path: string) =>
  conflict('file_exists', `${path} is there already. Name another file, or give --force to replace it.`);
const unwritable = (path: string, cause?: unknown) =>
  badRequest('file_unwritable', `${path} cannot be written.`, cause);

const sinkOf = (file: FileHandle): WritableStream<Uint8Array> =>
  new WritableStream({
    async write(chunk) {
      for (let done = 0; done < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, done, chunk.length - done);
        done += bytesWritten;
      }
    },
  });
