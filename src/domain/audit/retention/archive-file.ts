import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, lstat, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { badRequest, conflict } from '../../../kernel/errors.ts';
import { takeName } from '../bundle/file.ts';

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

/** What an archive is called until the database knows of it: a run that was killed leaves such a file. */
export const partOf = (file: string): string => `${file}.part`;

/** Makes room for a file under its name for the time being: what is there was left by a run that did not come to its end. */
export const clearPart = (file: string): Promise<void> => rm(partOf(file), { force: true });

/**
 * Gives an archive that the database knows of its name, where it is still called as before that: the run that has made it did not come
 * to its end. Another file of that name is left alone. Throws `file_exists` (409) where somebody has made the file meanwhile.
 */
export async function finishFile(file: string, sha256: string): Promise<void> {
  const part = partOf(file);
  const found = await lstat(part).catch(() => undefined);
  if (found?.isFile() !== true || (await sha256OfFile(part)) !== sha256) return;
  if ((await sha256OfFile(file).catch(() => undefined)) === sha256) await rm(part);
  else await takeName(part, file);
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
