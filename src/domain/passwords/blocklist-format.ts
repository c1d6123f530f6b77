import { badRequest } from '../../kernel/errors.ts';

/**
 * The file of a blocklist: a set of SHA-1 digests cut to `bits` bits, sorted, in buckets by their first `bucketBits` bits.
 * Within a bucket each is the gap to the one before, as a Golomb-Rice code: the quotient by 2^`rice` in ones and a zero,
 * then the remainder. So a password costs about 22 bits, close to the least that any structure with as few false
 * positives could take, and one bucket of some hundred bytes is all that a look-up reads.
 *
 *     "GHBLOCK1" · length of the header (uint32) · header (JSON) · buckets + 1 offsets (uint32 or uint40) · buckets
 *
 * Numbers are big-endian. An entry is never missed; what is not in the list is taken for an entry with the probability
 * entries / 2^bits, which is below 5 in 10 million.
 */
export interface BlocklistHeader {
  readonly entries: number;
  readonly bits: number;
  readonly bucketBits: number;
  readonly rice: number;
  /** Bytes of one offset. */
  readonly offsetBytes: number;
  readonly dataBytes: number;
  /** SHA-256 of offsets and data, in hexadecimal. */
  readonly digest: string;
  /** Whether it was made from plain words, which are all kept in one form, or from hashes of what people typed. */
  readonly kind: 'words' | 'sha1';
  /** Where the passwords come from. */
  readonly sources: readonly string[];
}

export const MAGIC = Buffer.from('GHBLOCK1');
export const LENGTH_BYTES = 4;
const MOST_HEADER_BYTES = 64 * 1024;

/** 2^-21 for a look-up of one form; a password is looked up in two at most. */
const FALSE_POSITIVE_BITS = 21;
/** What a double holds exactly. */
const MOST_BITS = 53;
/** Entries are read as their first 64 bits: an upper and a lower word. */
const WORD = 2 ** 32;
/** 32 to 64 entries in a bucket: a microsecond or two to read. */
const BUCKET_ENTRIES_BITS = 5;

/** How a set of so many entries is written. `entries` may be more than there turn out to be. */
export function layoutFor(entries: number): Pick<BlocklistHeader, 'bits' | 'bucketBits' | 'rice'> {
  const magnitude = Math.ceil(Math.log2(Math.max(entries, 1)));
  const bits = Math.min(Math.max(magnitude + FALSE_POSITIVE_BITS, 32), MOST_BITS);
  const gap = 2 ** bits / Math.max(entries, 1);
  return {
    bits,
    bucketBits: Math.max(0, magnitude - 1 - BUCKET_ENTRIES_BITS),
    // The best parameter for gaps that are geometrically distributed.
    rice: Math.max(0, Math.floor(Math.log2(gap * Math.LN2))),
  };
}

/** The first `bits` bits of a digest, given as its first two words. */
export const truncate = (upper: number, lower: number, bits: number): number =>
  upper * 2 ** (bits - 32) + Math.floor(lower / 2 ** (64 - bits));

/** What stands for a digest: its first `bits` bits. */
export const entryOf = (digest: Buffer, bits: number): number =>
  truncate(digest.readUInt32BE(0), digest.readUInt32BE(4), bits);

/** Writes the gaps of one bucket after the other. */
export class BucketWriter {
  #bytes = Buffer.alloc(4096);
  #bit = 0;
  readonly #rice: number;

  constructor(rice: number) {
    this.#rice = rice;
  }

  /** `gap` is how many values lie between this entry and the one before, or the beginning of the bucket. */
  add(gap: number): void {
    const divisor = 2 ** this.#rice;
    const quotient = Math.floor(gap / divisor);
    this.#reserve(quotient + 64);
    for (let ones = quotient; ones > 0; ones -= 1) this.#push(1, 1);
    this.#push(0, 1);
    this.#push(gap % divisor, this.#rice);
  }

  /** The bytes of the bucket. It is filled up with ones: a code that never comes to its zero ends the bucket. */
  finish(): Buffer {
    this.#reserve(8);
    while (this.#bit % 8 !== 0) this.#push(1, 1);
    const bucket = Buffer.from(this.#bytes.subarray(0, this.#bit / 8));
    this.#bytes.fill(0, 0, bucket.length);
    this.#bit = 0;
    return bucket;
  }

  /** The `count` lowest bits of `value`, the highest first; byte by byte, because there may be up to 53. */
  #push(value: number, count: number): void {
    for (let left = count; left > 0; ) {
      const available = 8 - (this.#bit & 7);
      const take = Math.min(available, left);
      const part = Math.floor(value / 2 ** (left - take)) % 2 ** take;
      const index = this.#bit >> 3;
      this.#bytes[index] = (this.#bytes[index] ?? 0) | (part << (available - take));
      this.#bit += take;
      left -= take;
    }
  }

  #reserve(bits: number): void {
    const needed = Math.ceil((this.#bit + bits) / 8);
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}

/** Whether a bucket has the entry at `position`, counted from the bucket's beginning. */
export function bucketHas(bucket: Buffer, rice: number, position: number): boolean {
  const end = bucket.length * 8;
  const divisor = 2 ** rice;
  let bit = 0;
  let at = -1;
  while (at < position) {
    let quotient = 0;
    while (bit < end && isOne(bucket, bit)) {
      quotient += 1;
      bit += 1;
    }
    bit += 1;
    if (bit + rice > end) return false;
    at += 1 + quotient * divisor + readBits(bucket, bit, rice);
    bit += rice;
  }
  return at === position;
}

const isOne = (bytes: Buffer, bit: number) => ((bytes[bit >> 3] ?? 0) & (128 >> (bit & 7))) !== 0;

/** Up to 53 bits, byte by byte. */
function readBits(bytes: Buffer, start: number, count: number): number {
  let value = 0;
  let bit = start;
  let left = count;
  while (left > 0) {
    const available = 8 - (bit & 7);
    const take = Math.min(available, left);
    const byte = bytes[bit >> 3] ?? 0;
    value = value * (1 << take) + ((byte >> (available - take)) & ((1 << take) - 1));
    bit += take;
    left -= take;
  }
  return value;
}

/** Offsets are uint32, or uint40 where the data are larger than that. */
export const offsetBytesFor = (dataBytes: number): number => (dataBytes < WORD ? 4 : 5);

export const formatHeader = (header: BlocklistHeader): Buffer => {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([MAGIC, length, json]);
};

/** The length of the header, from the file's first bytes. Throws `blocklist_invalid`. */
export function headerLength(start: Buffer): number {
  if (start.length < MAGIC.length + LENGTH_BYTES || !start.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw invalid('it is no blocklist (gatehouse passwords blocklist build makes one)');
  }
  const length = start.readUInt32BE(MAGIC.length);
  if (length > MOST_HEADER_BYTES) throw invalid('its header is damaged');
  return length;
}

/** Throws `blocklist_invalid`. */
export function parseHeader(json: Buffer): BlocklistHeader {
  let header: BlocklistHeader;
  try {
    header = JSON.parse(json.toString('utf8')) as BlocklistHeader;
  } catch {
    throw invalid('its header is damaged');
  }
  const { entries, bits, bucketBits, rice, offsetBytes, dataBytes, digest, kind, sources } = header;
  const sound =
    isWithin(entries, 0, WORD) &&
    isWithin(bits, 32, MOST_BITS) &&
    isWithin(bucketBits, 0, 32) &&
    isWithin(rice, 0, MOST_BITS) &&
    isWithin(offsetBytes, 4, 5) &&
    isWithin(dataBytes, 0, 256 * WORD) &&
    typeof digest === 'string' &&
    (kind === 'words' || kind === 'sha1') &&
    Array.isArray(sources);
  if (!sound) throw invalid('its header is damaged');
  return header;
}

const isWithin = (value: unknown, least: number, most: number) =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

export const invalid = (why: string) =>
  badRequest('blocklist_invalid', `The password blocklist cannot be used: ${why}.`);
