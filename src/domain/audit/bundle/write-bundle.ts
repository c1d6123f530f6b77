import { ZipWriter } from '@zip.js/zip.js/lib/zip-core-native.js';
import { HASH_BYTES } from '../tree/hashing.ts';
import {
  BUNDLE_FORMAT,
  type BundleKey,
  type BundleLine,
  CHECKPOINTS,
  eventsFile,
  hashesFile,
  KEYS,
  MANIFEST,
  type Manifest,
  NOTE_SEPARATOR,
  SEGMENT_LINES,
  TREE,
  type TreeData,
} from './format.ts';
import { LINES } from './lines.ts';

/** An event with the hash that the tree has of it. */
export interface SealedLine {
  readonly line: BundleLine;
  readonly hash: Uint8Array;
}

/** What goes into a bundle. Streams are read once, one behind the other. */
export interface BundleContent {
  readonly about: Omit<Manifest, 'format' | 'events' | 'segments'>;
  readonly tree: TreeData;
  readonly keys: readonly BundleKey[];
  events(): AsyncIterable<readonly SealedLine[]>;
  checkpoints(): AsyncIterable<readonly string[]>;
}

/** What was written. */
export interface Written {
  readonly events: number;
  readonly segments: number;
}

/** Writes a bundle in constant memory, and closes the sink. `onProgress` is told how many events there are so far. */
export async function writeBundle(
  content: BundleContent,
  sink: WritableStream<Uint8Array>,
  onProgress: (events: number) => void = () => undefined,
): Promise<Written> {
  const { about, tree, keys } = content;
  const zip = new ZipWriter(sink, {
    useWebWorkers: false,
    extendedTimestamp: false,
    lastModDate: new Date(about.created),
  });
  const addText = (name: string, texts: AsyncIterable<string> | Iterable<string>) =>
    zip.add(name, ReadableStream.from(encoded(texts)));
  const addJson = (name: string, value: unknown) => addText(name, [`${JSON.stringify(value, null, 2)}\n`]);

  const codec = LINES[about.lines];
  const events = new Batches(content.events());
  let written = 0;
  let segments = 0;
  let next = about.first;
  while ((await events.peek()) !== undefined) {
    segments++;
    const hashes: Uint8Array[] = [];
    const lines = async function* () {
      if (codec.header !== undefined) yield `${codec.header}\n`;
      for (let left = SEGMENT_LINES; left > 0; ) {
        const batch = await events.take(left);
        if (batch.length === 0) return;
        let text = '';
        for (const { line, hash } of batch) {
          // Places of which the database knows nothing more keep their place in the list.
          for (; next < line.index; next++) hashes.push(NO_HASH);
          hashes.push(hash);
          next++;
          text += `${codec.write(line)}\n`;
        }
        left -= batch.length;
        written += batch.length;
        onProgress(written);
        yield text;
      }
    };
    await addText(eventsFile(segments, about.lines), lines());
    await zip.add(hashesFile(segments), ReadableStream.from([concat(hashes)]), { level: 0 });
  }
  await addText(CHECKPOINTS, separated(content.checkpoints()));
  await addJson(TREE, tree);
  await addJson(KEYS, keys);
  await addJson(MANIFEST, { format: BUNDLE_FORMAT, ...about, events: written, segments });
  await zip.close();
  return { events: written, segments };
}

const NO_HASH = new Uint8Array(HASH_BYTES);

const encoder = new TextEncoder();

async function* encoded(texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield encoder.encode(text);
}

async function* separated(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  let before = '';
  for await (const notes of batches) {
    if (notes.length === 0) continue;
    yield before + notes.join(NOTE_SEPARATOR);
    before = NOTE_SEPARATOR;
  }
}

function concat(hashes: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(hashes.length * HASH_BYTES);
  for (const [place, hash] of hashes.entries()) all.set(hash, place * HASH_BYTES);
  return all;
}

/** A stream of batches, taken in other portions. */
class Batches<T> {
  readonly #source: AsyncIterator<readonly T[]>;
  #batch: readonly T[] = [];

  constructor(source: AsyncIterable<readonly T[]>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next one, which stays; undefined at the end. */
  async peek(): Promise<T | undefined> {
    while (this.#batch.length === 0) {
      const { value, done } = await this.#source.next();
      if (done) return undefined;
      this.#batch = value;
    }
    return this.#batch[0];
  }

  /** Up to so many; none at the end. */
  async take(most: number): Promise<readonly T[]> {
    await this.peek();
    const taken = this.#batch.slice(0, most);
    this.#batch = this.#batch.slice(taken.length);
    return taken;
  }
}
