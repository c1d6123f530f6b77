import { hash } from 'node:crypto';
import { badRequest } from '../../kernel/errors.ts';
import { foldPassword } from './policy.ts';

/** What is told of each password of a list: the first 64 bits of its SHA-1, as two words. */
export type OnDigest = (upper: number, lower: number) => void;

export interface ListReading {
  readonly lines: number;
  readonly kind: 'sha1' | 'words';
}

const LF = 10;
const CR = 13;
const COLON = 58;
const SHA1_DIGITS = 40;
const MOST_LINE_BYTES = 64 * 1024;

/**
 * Reads a list of breached or common passwords: lines of `SHA-1:count` as Have I Been Pwned hands them out (the count may be
 * missing), or of plain words in UTF-8, which are brought to the form in which they are looked up. Its first line says
 * which of the two it is. With `minCount`, hashes that were seen less often are passed over. Made for 10⁹ lines: of a
 * hash, no string is made. Throws `blocklist_source_invalid` (400) with the number of the first line that does not fit.
 */
export async function readPasswordList(
  chunks: AsyncIterable<Buffer>,
  onDigest: OnDigest,
  minCount = 1,
): Promise<ListReading> {
  let kind: ListReading['kind'] | undefined;
  let lines = 0;
  const onLine = (bytes: Buffer, start: number, lineEnd: number) => {
    lines += 1;
    const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    if (end === start) return;
    kind ??= kindOf(bytes.toString('latin1', start, end));
    if (kind === 'words') addWord(bytes.toString('utf8', start, end), onDigest);
    else addHash(bytes, start, end, minCount, lines, onDigest);
  };

  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      onLine(bytes, start, end);
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
    if (rest.length > MOST_LINE_BYTES) throw unfit(lines + 1, 'is too long for a password list');
  }
  if (rest.length > 0) onLine(rest, 0, rest.length);
  if (kind === undefined) throw badRequest('blocklist_source_invalid', 'The list is empty.');
  return { lines, kind };
}

function kindOf(line: string): ListReading['kind'] {
  if (/^[0-9a-f]{40}(:|$)/i.test(line)) return 'sha1';
  if (/^[0-9a-f]{32}:\d+$/i.test(line)) {
    throw unfit(1, 'is an NTLM hash: take the list of SHA-1 hashes instead');
  }
  return 'words';
}

function addWord(word: string, onDigest: OnDigest): void {
  const digest = hash('sha1', foldPassword(word), 'buffer');
  onDigest(digest.readUInt32BE(0), digest.readUInt32BE(4));
}

function addHash(
  bytes: Buffer,
  start: number,
  end: number,
  minCount: number,
  line: number,
  onDigest: OnDigest,
): void {
  const hashEnd = start + SHA1_DIGITS;
  if (end < hashEnd || (end > hashEnd && bytes[hashEnd] !== COLON)) {
    throw unfit(line, 'is no SHA-1 hash with a count, as those before it are');
  }
  const upper = readHex(bytes, start, 8);
  const lower = readHex(bytes, start + 8, 8);
  // Nothing but the first 64 bits is kept, yet a damaged line must not pass.
  const sound = [upper, lower, readHex(bytes, start + 16, 12), readHex(bytes, start + 28, 12)];
  if (sound.some((word) => word < 0)) throw unfit(line, 'is no SHA-1 hash');
  if (minCount > 1 && (end === hashEnd || readCount(bytes, hashEnd + 1, end, line) < minCount)) return;
  onDigest(upper, lower);
}

/** Negative where a character is no hexadecimal digit. */
function readHex(bytes: Buffer, start: number, digits: number): number {
  let value = 0;
  for (let index = start; index < start + digits; index += 1) {
    const code = bytes[index] as number;
    // 0-9, A-F, a-f
    const digit =
      code >= 48 && code <= 57
        ? code - 48
        : code >= 65 && code <= 70
          ? code - 55
          : code >= 97 && code <= 102
            ? code - 87
            : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function readCount(bytes: Buffer, start: number, end: number, line: number): number {
  const text = bytes.toString('latin1', start, end);
  if (!/^\d{1,15}$/.test(text)) throw unfit(line, 'has a count that is no number');
  return Number(text);
}

const unfit = (line: number, why: string) =>
  badRequest('blocklist_source_invalid', `The list cannot be used: line ${line} ${why}.`);
