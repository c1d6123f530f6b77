import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type BlocklistHeader,
  BucketWriter,
  formatHeader,
  layoutFor,
  offsetBytesFor,
  truncate,
} from './blocklist-format.ts';
import { type ListReading, readPasswordList } from './blocklist-lines.ts';

export interface BlocklistBuild extends ListReading {
  /** Different passwords in the list that was written. */
  readonly entries: number;
  /** Of the file. */
  readonly bytes: number;
}

export interface BlocklistBuildOptions {
  /** The list to read, from its beginning. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly output: string;
  /** Where the passwords come from, told in the file. */
  readonly sources: readonly string[];
  /** Hashes that a breach corpus saw less often are left out. */
  readonly minCount?: number;
}

/** By the first byte of the digest. 10⁹ passwords make shards of 32 MB. */
const SHARDS = 256;
const SHARD_BUFFER_BYTES = 64 * 1024;
const DATA_BUFFER_BYTES = 1024 * 1024;

/**
 * Makes the file of a blocklist from a list of any length: digests are spread over shards on disk, 8 bytes each, beside the
 * output; then each shard is sorted in memory and written. 10⁸ lines take a minute and 400 MB of memory. The output appears
 * complete or not at all. Throws what {@link readPasswordList} throws.
 */
export async function buildBlocklist(options: BlocklistBuildOptions): Promise<BlocklistBuild> {
  const { chunks, output, sources, minCount } = options;
  const folder = await mkdtemp(join(dirname(output), '.blocklist-'));
  try {
    const shards = createShards(folder);
    const reading = await readPasswordList(chunks, shards.add, minCount);
    const layout = layoutFor(shards.count);
    const data = await writeBuckets(folder, shards, layout);
    const file = join(folder, 'blocklist');
    const bytes = await assemble(file, { ...layout, ...data, kind: reading.kind, sources });
    await rename(file, output);
    return { ...reading, entries: data.entries, bytes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Shards {
  /** How many digests were added, repeated ones included. */
  readonly count: number;
  add(upper: number, lower: number): void;
  /** The digests of one shard in order. Call it once for each: its memory is not kept. */
  sorted(shard: number): Promise<Iterable<[upper: number, lower: number]>>;
}

/** A shard has a file from the moment when it no longer fits into its buffer. */
function createShards(folder: string): Shards {
  const shards = Array.from({ length: SHARDS }, (_, number) => ({
    path: join(folder, `shard-${number}`),
    buffer: Buffer.alloc(SHARD_BUFFER_BYTES),
    used: 0,
    hasFile: false,
  }));
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(upper, lower) {
      const shard = shards[upper >>> 24] as (typeof shards)[number];
      // Little-endian, the lower word first: so that the pair is one 64-bit number in memory.
      shard.buffer.writeUInt32LE(lower, shard.used);
      shard.buffer.writeUInt32LE(upper, shard.used + 4);
      shard.used += 8;
      count += 1;
      if (shard.used < SHARD_BUFFER_BYTES) return;
      appendFileSync(shard.path, shard.buffer);
      shard.hasFile = true;
      shard.used = 0;
    },
    async sorted(number) {
      const { path, buffer, used, hasFile } = shards[number] as (typeof shards)[number];
      const stored = hasFile ? await readFile(path) : Buffer.alloc(0);
      const numbers = new BigUint64Array((stored.length + used) / 8);
      const bytes = Buffer.from(numbers.buffer);
      stored.copy(bytes);
      buffer.copy(bytes, stored.length, 0, used);
      numbers.sort();
      return pairs(new Uint32Array(numbers.buffer));
    },
  };
}

function* pairs(words: Uint32Array): Generator<[upper: number, lower: number]> {
  for (let at = 0; at < words.length; at += 2) yield [words[at + 1] as number, words[at] as number];
}

type Layout = Pick<BlocklistHeader, 'bits' | 'bucketBits' | 'rice'>;

interface Buckets {
  readonly entries: number;
  /** The file with the buckets, one after the other. */
  readonly data: string;
  readonly dataBytes: number;
  /** Where each bucket begins, and where the last one ends. */
  readonly offsets: Float64Array;
}

async function writeBuckets(
  folder: string,
  shards: Shards,
  { bits, bucketBits, rice }: Layout,
): Promise<Buckets> {
  const data = join(folder, 'data');
  const file = await open(data, 'w');
  try {
    const span = 2 ** (bits - bucketBits);
    const offsets = new Float64Array(2 ** bucketBits + 1);
    const sink = createSink(file);
    const writer = new BucketWriter(rice);
    let entries = 0;
    let bucket = 0;
    let last = -1;
    const finishUpTo = (next: number) => {
      for (; bucket < next; bucket += 1) {
        sink.add(writer.finish());
        offsets[bucket + 1] = sink.bytes;
        last = (bucket + 1) * span - 1;
      }
    };
    for (let shard = 0; shard < SHARDS; shard += 1) {
      for (const [upper, lower] of await shards.sorted(shard)) {
        const value = truncate(upper, lower, bits);
        finishUpTo(Math.floor(value / span));
        if (value === last) continue;
        writer.add(value - last - 1);
        last = value;
        entries += 1;
      }
      await sink.flush();
    }
    finishUpTo(2 ** bucketBits);
    await sink.flush();
    return { entries, data, dataBytes: sink.bytes, offsets };
  } finally {
    await file.close();
  }
}

function createSink(file: FileHandle) {
  let waiting: Buffer[] = [];
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    add(buffer: Buffer): void {
      if (buffer.length > 0) waiting.push(buffer);
      bytes += buffer.length;
    },
    async flush(): Promise<void> {
      await file.appendFile(Buffer.concat(waiting));
      waiting = [];
    },
  };
}

async function assemble(
  path: string,
  { data, offsets, ...about }: Layout & Buckets & Pick<BlocklistHeader, 'kind' | 'sources'>,
): Promise<number> {
  const offsetBytes = offsetBytesFor(about.dataBytes);
  const index = Buffer.alloc(offsets.length * offsetBytes);
  for (const [bucket, offset] of offsets.entries())
    index.writeUIntBE(offset, bucket * offsetBytes, offsetBytes);
  const digest = createHash('sha256').update(index);
  for await (const chunk of readChunks(data)) digest.update(chunk);
  const { entries, bits, bucketBits, rice, dataBytes, kind, sources } = about;
  const header = formatHeader({
    entries,
    bits,
    bucketBits,
    rice,
    offsetBytes,
    dataBytes,
    digest: digest.digest('hex'),
    kind,
    sources,
  });
  const file = await open(path, 'w');
  try {
    await file.appendFile(header);
    await file.appendFile(index);
    for await (const chunk of readChunks(data)) await file.appendFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
  return header.length + index.length + dataBytes;
}

async function* readChunks(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  yield* file.createReadStream({ highWaterMark: DATA_BUFFER_BYTES }) as AsyncIterable<Buffer>;
}
