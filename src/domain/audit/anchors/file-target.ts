import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileTarget } from '../../../kernel/anchor-target.ts';
import { type Anchor, AnchorProblem, MAX_NOTE_BYTES, notesIn, problemOf, separated } from './target.ts';

const CREATED_MODE = 0o640;

/** A named pipe would have its reader wait for a writer, and the start of the server with it. Windows has neither. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;

/**
 * A file that is only appended to, each note followed by a line `---`; best on a file system that lets nobody do more (write once,
 * `chattr +a`). What a crash has left half written at its end is passed over, and the next note begins a line of its own.
 */
export const createFileAnchor = ({ name, path }: FileTarget, label: string): Anchor => ({
  name,
  label,

  async *newest() {
    const file = await open(path, constants.O_RDONLY | NO_WAIT).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new AnchorProblem(problemOf(error));
    });
    if (file === undefined) return;
    try {
      const notes = notesIn(await tailOf(file));
      yield* notes.reverse();
    } finally {
      await file.close();
    }
  },

  async put(note) {
    try {
      await append(path, note);
    } catch (error) {
      throw new AnchorProblem(problemOf(error));
    }
  },
});

async function tailOf(file: FileHandle): Promise<string> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new AnchorProblem('it is no regular file');
  const length = Math.min(stat.size, MAX_NOTE_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, stat.size - length);
  return buffer.toString('utf8', 0, bytesRead);
}

async function append(path: string, note: string): Promise<void> {
  const { O_APPEND, O_CREAT, O_RDWR } = constants;
  const file = await open(path, O_RDWR | O_APPEND | O_CREAT, CREATED_MODE);
  try {
    const tail = await tailOf(file);
    const ended = tail === '' || tail.endsWith('\n---\n');
    await file.appendFile(`${ended ? '' : '\n---\n'}${separated(note)}`);
    await file.sync();
    if (tail === '') await syncFolder(dirname(path));
  } finally {
    await file.close();
  }
}

/** So that a file that was just made is there after a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
