import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidInput } from '../administration/act.ts';
import { type Place, readText } from '../administration/configuration/text.ts';
import { badRequest } from '../kernel/errors.ts';
import { pathText } from '../kernel/shape-words.ts';

/** A configuration document in a file, and how what is wrong with it is said: with its line. */
export interface DeclaredFile {
  readonly document: Record<string, unknown>;
  /** From where files are named in it. */
  readonly folder: string;
  /** Throws what was found wrong with the document as lines `FILE:LINE:COLUMN: …`, and anything else as it is. */
  fail(error: unknown): never;
}

/** Throws `file_unreadable` and `file_invalid` (400), the latter with everything that is wrong, a line each. */
export async function readDeclared(file: string): Promise<DeclaredFile> {
  const name = file === '-' ? 'standard input' : file;
  const bytes = await readFile(file === '-' ? '/dev/stdin' : file).catch((cause: { code?: string }) => {
    throw badRequest('file_unreadable', `${name} cannot be read (${cause.code ?? 'unknown'}).`, cause);
  });
  const at = (place: Place | undefined) =>
    place === undefined ? name : `${name}:${place.line}:${place.column}`;
  const read = readText(decoded(name, bytes));
  if ('mistakes' in read)
    throw badRequest(
      'file_invalid',
      read.mistakes.map(({ place, words }) => `${at(place)}: ${words}`).join('\n'),
    );
  const { value, placeOf } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('file_invalid', `${name}: holds no configuration document`);
  return {
    document: value as Record<string, unknown>,
    folder: file === '-' ? '.' : dirname(file),
    fail(error) {
      if (!(error instanceof InvalidInput)) throw error;
      const found = error.findings.filter(({ path: [first] }) => first === 'document');
      if (found.length === 0) throw error;
      const lines = found.map(({ path: [, ...path], words }) => {
        const about = pathText(path) || 'the document';
        return { place: placeOf(path), text: `${at(placeOf(path))}: ${about}: ${words}` };
      });
      lines.sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
      throw badRequest('file_invalid', [...new Set(lines.map(({ text }) => text))].join('\n'), error);
    },
  };
}

function decoded(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw badRequest('file_invalid', `${name}: is not UTF-8; save it as UTF-8`, cause);
  }
}
