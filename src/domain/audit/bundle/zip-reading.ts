import { type FileEntry, Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-native.js';
import { Unreadable } from './format.ts';

/** A file that is read in any order: of a disk, or dropped on a page. */
export interface RandomAccess {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The files of a zip, each read as a stream. Whatever another program might unpack in another way is refused. */
export interface Unzipped {
  readonly names: readonly string[];
  bytes(name: string): AsyncGenerator<Uint8Array>;
  /** Throws where it is longer. */
  text(name: string, maxBytes: number): Promise<string>;
  close(): Promise<void>;
}

class RandomAccessReader extends Reader<RandomAccess> {
  readonly #file: RandomAccess;

  constructor(file: RandomAccess) {
    super(file);
    this.#file = file;
    this.size = file.size;
  }

  override readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    return this.#file.read(offset, Math.max(0, Math.min(length, this.#file.size - offset)));
  }
}

/** Throws {@link Unreadable}. */
export async function openZip(file: RandomAccess): Promise<Unzipped> {
  const zip = new ZipReader(new RandomAccessReader(file), {
    strictness: 'strict',
    checkCrc32: true,
    useWebWorkers: false,
  });
  const entries = await entriesOf(zip);
  const bytes = (name: string) => streamOf(name, entries.get(name));
  return {
    names: [...entries.keys()],
    bytes,
    async text(name, maxBytes) {
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      let [text, length] = ['', 0];
      for await (const chunk of bytes(name)) {
        length += chunk.length;
        if (length > maxBytes) throw new Unreadable(`${name} is longer than it can be.`);
        text += decode(decoder, name, chunk);
      }
      return text + decode(decoder, name);
    },
    close: () => zip.close(),
  };
}

/** More than a bundle of all events that were ever written has. */
const MAX_FILES = 100_000;

async function entriesOf(zip: ZipReader<unknown>): Promise<ReadonlyMap<string, FileEntry>> {
  const entries = new Map<string, FileEntry>();
  try {
    for await (const entry of zip.getEntriesGenerator()) {
      if (entry.directory || entry.encrypted) throw new Error('not a file');
      if (entries.has(entry.filename) || entries.size >= MAX_FILES) throw new Error('not a file of a bundle');
      entries.set(entry.filename, entry);
    }
  } catch {
    throw new Unreadable('The file is not a whole zip file, or is damaged.');
  }
  return entries;
}

export function decode(decoder: InstanceType<typeof TextDecoder>, name: string, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new Unreadable(`${name} is not UTF-8.`);
  }
}

async function* streamOf(name: string, entry: FileEntry | undefined): AsyncGenerator<Uint8Array> {
  if (entry === undefined) throw new Unreadable(`${name} is missing.`);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const stopped = new AbortController();
  const written = entry.getData(writable, { signal: stopped.signal });
  const reader = readable.getReader();
  // A failure does not end the stream by itself; it is thrown below.
  written.catch(() => reader.cancel().catch(() => undefined));
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      yield value;
    }
    await written;
  } catch {
    throw new Unreadable(`${name} is damaged.`);
  } finally {
    stopped.abort();
    await reader.cancel().catch(() => undefined);
  }
}
