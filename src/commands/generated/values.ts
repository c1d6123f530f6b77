import { readFile } from 'node:fs/promises';
import { badRequest } from '../../kernel/errors.ts';
import { duplicateNames } from '../../kernel/json.ts';
import { JsonMistake, parseJsonText } from '../../kernel/json-text.ts';
import { momentOf } from '../moments.ts';
import { UsageError } from '../usage.ts';
import type { Shape } from './kinds.ts';

/** From what was typed to what an act takes. Whether it may be so, the schema of the act decides. */

export interface Typing {
  /** The IANA name of the zone in which times are typed. */
  readonly zone: string;
  readonly now: Date;
}

/** Throws `time_invalid`, `json_invalid`, `file_unreadable`, `secret_typed`, each with the option. */
export async function typedValue(
  shape: Shape,
  text: string,
  option: string,
  { zone, now }: Typing,
): Promise<unknown> {
  switch (shape.of) {
    case 'text':
      return text;
    case 'secret':
      return secretOf(text, option);
    case 'number':
      // What is none stays text, so that the schema says what it expects.
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'moment': {
      const at = momentOf(text, option, zone, now);
      return shape.date ? at : at.toISOString();
    }
    case 'json':
      return jsonOf(text, option);
    case 'either':
      return /^[@[{"]|^(?:-?\d+(?:\.\d+)?|true|false|null)$/.test(text) ? jsonOf(text, option) : text;
    case 'list':
      return typedValue(shape.entry, text, option, { zone, now });
  }
}

/** What was typed for a list: a value each, or for a list of objects one JSON list of them all. */
export async function listOf(
  entry: Shape,
  texts: readonly string[],
  option: string,
  typing: Typing,
): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const text of texts) {
    const value = await typedValue(entry, text, option, typing);
    if (Array.isArray(value) && entry.of !== 'list') values.push(...value);
    else values.push(value);
  }
  return values;
}

/** A secret is read from a file, or for `@-` from the standard input; the line's end is no part of it. */
async function secretOf(text: string, option: string): Promise<string> {
  if (!text.startsWith('@'))
    throw new UsageError(
      'secret_typed',
      `${option}: others on this machine see what is typed here; expected @FILE, or @- for the standard input`,
    );
  return (await contentOf(text.slice(1), option)).replace(/\r?\n$/, '');
}

async function jsonOf(text: string, option: string): Promise<unknown> {
  const json = text.startsWith('@') ? await contentOf(text.slice(1), option) : text;
  try {
    const value = parseJsonText(json);
    const [twice] = duplicateNames(json);
    if (twice === undefined) return value;
    throw new UsageError('json_invalid', `${option}: ${twice} is there twice; expected it once`);
  } catch (cause) {
    if (!(cause instanceof JsonMistake)) throw cause;
    throw new UsageError(
      'json_invalid',
      `${option}: is no JSON: ${cause.message} (@FILE reads a file)`,
      cause,
    );
  }
}

async function contentOf(file: string, option: string): Promise<string> {
  const path = file === '-' ? '/dev/stdin' : file;
  const bytes = await readFile(path).catch((cause: { code?: string }) => {
    throw badRequest(
      'file_unreadable',
      `${option}: ${file} cannot be read (${cause.code ?? 'unknown'}).`,
      cause,
    );
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw badRequest('file_invalid', `${option}: ${file} is not UTF-8`, cause);
  }
}
