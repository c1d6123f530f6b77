import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { badRequest, type GatehouseError } from '../kernel/errors.ts';
import { JsonMistake, parseJsonText } from '../kernel/json-text.ts';
import { shapeProblems } from '../kernel/shape-words.ts';

/**
 * Reads a file of JSON, or the standard input for `-`, and checks it. Throws `file_unreadable` or `file_invalid` with what
 * is wrong, and where, one line for each problem; no value of the file is repeated.
 */
export async function readJsonFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const name = file === '-' ? 'the standard input' : file;
  const bytes = await readFile(file === '-' ? '/dev/stdin' : file).catch((cause) => {
    throw badRequest('file_unreadable', `${name} ${reasonOf(cause)}.`, cause);
  });
  const text = decode(name, bytes);
  if (text.trim() === '') throw invalid(name, ['is empty; expected one JSON object']);
  let value: unknown;
  try {
    value = parseJsonText(text);
  } catch (cause) {
    if (cause instanceof JsonMistake) throw invalid(name, [`is not JSON: ${cause.message}`], cause);
    throw cause;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = shapeProblems(parsed.error.issues, { input: value, whole: 'the whole' });
  throw invalid(name, problems, parsed.error);
}

function invalid(name: string, problems: readonly string[], cause?: unknown): GatehouseError {
  const [first = ''] = problems;
  const message = problems.length === 1 ? `${name}: ${first}` : [`${name}:`, ...problems].join('\n  ');
  return badRequest('file_invalid', message, cause);
}

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder; expected a file of JSON',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

const reasonOf = ({ code }: { code?: string }) =>
  REASONS[code ?? ''] ?? `cannot be read (${code ?? 'unknown'})`;

/** UTF-8, with or without a byte order mark. Windows' editors write UTF-16 as well, which JSON between systems may not be (RFC 8259, section 8.1). */
function decode(name: string, bytes: Buffer): string {
  const utf16 = /^(?:fffe|feff)/.test(bytes.toString('hex', 0, 2));
  try {
    if (!utf16) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Said below.
  }
  throw invalid(name, [`is not UTF-8${utf16 ? ' but UTF-16' : ''}; save it as UTF-8`]);
}
