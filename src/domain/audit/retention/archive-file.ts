import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, lstat, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { badRequest, conflict } from '../../../kernel/errors.ts';

/** The events of the leaves from `first` to `last`, both included. */
export interface LeafRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Writes the events of a range to a file that is not there yet, as a bundle, and verifies what was written. Answers the SHA-256 of
 * the file, hexadecimal. Where it throws, there is no such file.
 */
export type ExportMonth = (range: LeafRange, file: string) => Promise<string>;

/** Throws `folder_unusable` (400) where nobody can write into the folder. */
export async function assertFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (found?.isDirectory() && writable) return;
  throw badRequest('folder_unusable', `${folder} is no folder that can be written to.`);
}

/** Throws `file_exists` (409): an archive of before is never overwritten. */
export async function assertUnused(file: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) return;
  throw conflict('file_exists', `${file} is there already. Move it away, or name another folder.`);
}

/** Throws `archive_missing` (409) where the file is not there, or is another one than was archived. */
export async function assertSameFile(file: string, sha256: string): Promise<void> {
  const found = await sha256OfFile(file).catch(() => undefined);
  if (found === sha256) return;
  const why = found === undefined ? 'cannot be read' : 'is not the file that was archived';
  throw conflict(
    'archive_missing',
    `${file} ${why}; its events would be lost. Put ${basename(file)} (SHA-256 ${sha256}) into the folder.`,
  );
}

/** Hexadecimal. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
