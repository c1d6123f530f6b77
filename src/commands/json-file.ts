import { readFile } from 'node:fs/promises';
import { badRequest, type GatehouseError } from '../kernel/errors.ts';
import { duplicateNames } from '../kernel/json.ts';
import { JsonMistake, parseJsonText } from '../kernel/json-text.ts';

/** The files that commands take: one JSON object, from a path or, for `-`, the standard input. */

const nameOf = (file: string) => (file === '-' ? 'the standard input' : file);

/**
 * Reads a JSON object. Throws `file_unreadable`, or `file_invalid` for what is none, with the place of the first mistake, or has
 * a name twice in one object, of which only the last one would count. No value of the file is repeated.
 */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  const name = nameOf(file);
  const bytes = await readFile(file === '-' ? '/dev/stdin' : file).catch((cause) => {
    throw badRequest('file_unreadable', `${name} ${reasonOf(cause)}.`, cause);
  });
  const text = decode(name, bytes);
  if (text.trim() === '') throw invalid(name, 'is empty; expected one JSON object');
  const value = parse(name, text);
  const twice = duplicateNames(text);
  if (twice.length > 0) {
    const lines = twice.map((each) => `${each}: is there twice; expected it once`);
    throw badRequest('file_invalid', lines.join('\n'));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalid(name, 'holds no JSON object');
}

function parse(name: string, text: string): unknown {
  try {
    return parseJsonText(text);
  } catch (cause) {
    if (cause instanceof JsonMistake) throw invalid(name, `is not JSON: ${cause.message}`, cause);
    throw cause;
  }
}

const invalid = (name: string, problem: string, cause?: unknown): GatehouseError =>
  badRequest('file_invalid', `${name}: ${problem}`, cause);

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder; expected a file of JSON',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

const reasonOf = ({ code }: { code?: string }) =>
  REASONS[code ?? ''] ?? `cannot be read (${code ?? 'unknown'})`;

/**
 * UTF-8, with or without a byte order mark. Windows' editors write UTF-16 as well, which JSON between systems may not be (RFC
 * 8259, section 8.1).
 */
function decode(name: string, bytes: Buffer): string {
  const utf16 = /^(?:fffe|feff)/.test(bytes.toString('hex', 0, 2));
  try {
    if (!utf16) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Said below.
  }
  throw invalid(name, `is not UTF-8${utf16 ? ' but UTF-16' : ''}; save it as UTF-8`);
}
