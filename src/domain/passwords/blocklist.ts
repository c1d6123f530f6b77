import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { sha256 } from '../../kernel/crypto.ts';
import { badRequest } from '../../kernel/errors.ts';
import {
  type BlocklistHeader,
  bucketHas,
  entryOf,
  headerLength,
  invalid,
  LENGTH_BYTES,
  MAGIC,
  parseHeader,
} from './blocklist-format.ts';
import { foldPassword } from './policy.ts';

/** Passwords that nobody may choose, because they were breached or are common (NIST SP 800-63B-4, section 3.1.1.2). */
export interface Blocklist {
  readonly header: BlocklistHeader;
  /**
   * Whether the whole password is on the list, compared in NFC and lower case: `Password` is `password`. A breach corpus of
   * hashes knows what was typed, so there the password is looked for as it is as well.
   */
  includes(password: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Lists up to this size are held in memory, the bundled one among them; of larger ones only where each bucket begins. */
const MOST_BYTES_IN_MEMORY = 32 * 1024 * 1024;

/**
 * Opens a file that `blocklist build` made. Throws `blocklist_unreadable` (400), or `blocklist_invalid` (400) when it is none
 * or is damaged.
 */
export async function openBlocklist(path: string, inMemory = MOST_BYTES_IN_MEMORY): Promise<Blocklist> {
  const file = await open(path, 'r').catch((cause) => {
    throw badRequest('blocklist_unreadable', `The password blocklist ${path} cannot be read.`, cause);
  });
  try {
    const start = await read(file, 0, MAGIC.length + LENGTH_BYTES);
    const headerBytes = headerLength(start);
    const header = parseHeader(await read(file, start.length, headerBytes));
    const indexAt = start.length + headerBytes;
    const indexBytes = (2 ** header.bucketBits + 1) * header.offsetBytes;
    const dataAt = indexAt + indexBytes;
    if ((await file.stat()).size !== dataAt + header.dataBytes) throw invalid('it is not complete');
    const index = await read(file, indexAt, indexBytes);
    if (header.dataBytes > inMemory) {
      const bucket = (from: number, to: number) => read(file, dataAt + from, to - from);
      return createBlocklist(header, index, bucket, () => file.close());
    }
    const data = await read(file, dataAt, header.dataBytes);
    if (sha256(Buffer.concat([index, data])).toString('hex') !== header.digest)
      throw invalid('it is damaged');
    await file.close();
    return createBlocklist(
      header,
      index,
      (from, to) => data.subarray(from, to),
      async () => undefined,
    );
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

type ReadBucket = (from: number, to: number) => Buffer | Promise<Buffer>;

function createBlocklist(
  header: BlocklistHeader,
  index: Buffer,
  readBucket: ReadBucket,
  close: () => Promise<void>,
): Blocklist {
  const { bits, bucketBits, rice, offsetBytes } = header;
  const bucketSpan = 2 ** (bits - bucketBits);
  const offset = (bucket: number) => index.readUIntBE(bucket * offsetBytes, offsetBytes);

  /** Without a promise where the list is in memory: that would take longer than the look-up. */
  function has(form: string): boolean | Promise<boolean> {
    const entry = entryOf(hash('sha1', form, 'buffer'), bits);
    const number = Math.floor(entry / bucketSpan);
    const bucket = readBucket(offset(number), offset(number + 1));
    const position = entry - number * bucketSpan;
    return Buffer.isBuffer(bucket)
      ? bucketHas(bucket, rice, position)
      : bucket.then((bytes) => bucketHas(bytes, rice, position));
  }

  return {
    header,
    async includes(password) {
      const folded = foldPassword(password);
      const typed = password.normalize('NFC');
      if (await has(folded)) return true;
      return header.kind === 'sha1' && typed !== folded && (await has(typed));
    },
    close,
  };
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw invalid('it is not complete');
    filled += bytesRead;
  }
  return buffer;
}
