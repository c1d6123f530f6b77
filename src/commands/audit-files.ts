import { readFile, stat } from 'node:fs/promises';
import { Unreadable } from '../domain/audit/bundle/format.ts';
import { NODE_CRYPTOGRAPHY } from '../domain/audit/node-cryptography.ts';
import { parseCheckpoint } from '../domain/audit/tree/checkpoint.ts';
import { parseNote, parseVkey, type VerifierKey } from '../domain/audit/tree/note.ts';

/** More than years of anchors. */
const MAX_BYTES = 200_000_000;

async function textOf(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_BYTES) throw new Error('too long');
    return await readFile(path, 'utf8');
  } catch {
    throw new Unreadable(`${path} cannot be read.`);
  }
}

/** The public keys of a file, one a line, as `gatehouse audit key` prints them. Throws {@link Unreadable}. */
export async function readKeyFile(path: string): Promise<VerifierKey[]> {
  const lines = (await textOf(path)).split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '').map((line) => parseVkey(NODE_CRYPTOGRAPHY.sha256, line));
  if (keys.length === 0 || keys.includes(undefined))
    throw new Unreadable(`${path} does not hold the public keys that gatehouse audit key prints.`);
  return keys as VerifierKey[];
}

/**
 * The checkpoints of files, with a line `---` between two of them. What is no checkpoint is passed over, as a crash leaves it
 * at the end of a file. Throws {@link Unreadable} where a file has none.
 */
export async function readAnchorFiles(paths: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const path of paths) {
    const notes = (await textOf(path)).split(/^---\n/m).map((note) => `${note.trimEnd()}\n`);
    const checkpoints = notes.filter((note) => {
      const parsed = parseNote(note);
      return parsed !== undefined && parseCheckpoint(parsed.text) !== undefined;
    });
    if (checkpoints.length === 0) throw new Unreadable(`${path} holds no checkpoint.`);
    all.push(...checkpoints);
  }
  return all;
}
