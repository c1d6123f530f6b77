import { readFile } from 'node:fs/promises';
import { badRequest } from '../kernel/errors.ts';
import { duplicateNames } from '../kernel/json.ts';

/** The files that commands take: one JSON value, from a path or the standard input. */

/**
 * The JSON value of a file (`-`: the standard input). Throws `file_unreadable`, or `file_invalid` for what is no JSON or has a
 * name twice in one object, of which only the last one would count.
 */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((cause) => {
    throw badRequest('file_unreadable', `cannot read ${file}`, cause);
  });
  let value: unknown;
  try {
    // A byte order mark, as some editors on Windows write it, is no part of the JSON.
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw badRequest('file_invalid', `${file} is not JSON`, cause);
  }
  const twice = duplicateNames(text);
  if (twice.length === 0) return value;
  throw badRequest(
    'file_invalid',
    twice.map((name) => `${name}: is there twice; expected it once`).join('\n'),
  );
}

/** The same, which has to be an object. */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  const value = await readJson(file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw badRequest('file_invalid', `${file === '-' ? 'the standard input' : file} holds no JSON object`);
}
