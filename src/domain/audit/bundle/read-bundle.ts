import { fromHex } from '../tree/encoding.ts';
import type { Evidence, EvidenceLine } from './evidence.ts';
import {
  CHECKPOINTS,
  eventsFile,
  hashesFile,
  KEYS,
  MANIFEST,
  type Manifest,
  NOTE_SEPARATOR,
  TREE,
  Unreadable,
} from './format.ts';
import { LINES } from './lines.ts';
import { readKeys, readManifest, readTree } from './shape.ts';
import { decode, openZip, type RandomAccess, type Unzipped } from './zip-reading.ts';

/** Reads a bundle as evidence. Everything in it may be made to harm whoever reads it: sizes are bounded, unknown files refused. */

export interface Bundle {
  readonly manifest: Manifest;
  readonly evidence: Evidence;
  close(): Promise<void>;
}

const MAX_SMALL = 1_000_000;
const MAX_KEYS = 50_000_000;
/** Characters of a line, and of a note: far more than an export writes. */
const MAX_LINE = 4_000_000;
const MAX_NOTE = 100_000;

/** Throws {@link Unreadable} where it is not a bundle. */
export async function openBundle(file: RandomAccess): Promise<Bundle> {
  const zip = await openZip(file);
  const manifest = readManifest(await zip.text(MANIFEST, MAX_SMALL));
  const expected = filesOf(manifest, zip);
  const strange = zip.names.find((name) => !expected.has(name));
  if (strange !== undefined) throw new Unreadable('There is a file in it that no bundle has.');
  const tree = readTree(await zip.text(TREE, MAX_SMALL));
  const keys = readKeys(await zip.text(KEYS, MAX_KEYS));
  const { origin, first, last, size } = manifest;
  return {
    manifest,
    evidence: {
      origin,
      first,
      last,
      size,
      left: hashesOf(tree.left),
      right: hashesOf(tree.right),
      keys,
      lines: () => eventLines(zip, manifest),
      hashes: zip.names.includes(hashesFile(1)) ? () => leafHashes(zip, manifest) : undefined,
      checkpoints: () => notes(zip),
    },
    close: () => zip.close(),
  };
}

function filesOf({ segments, lines }: Manifest, zip: Unzipped): Set<string> {
  const names = new Set([MANIFEST, TREE, CHECKPOINTS, KEYS]);
  if (segments > zip.names.length) throw new Unreadable('Not all files of events are there.');
  for (let segment = 1; segment <= segments; segment++) {
    names.add(eventsFile(segment, lines));
    names.add(hashesFile(segment));
  }
  return names;
}

const hashesOf = (texts: readonly string[]): Uint8Array[] =>
  texts.map((text) => {
    const hash = fromHex(text);
    if (hash?.length !== 32) throw new Unreadable('tree.json has something that is not a hash.');
    return hash;
  });

async function* leafHashes(zip: Unzipped, { segments }: Manifest): AsyncGenerator<Uint8Array> {
  for (let segment = 1; segment <= segments; segment++) yield* zip.bytes(hashesFile(segment));
}

async function* eventLines(zip: Unzipped, { segments, lines }: Manifest): AsyncGenerator<EvidenceLine[]> {
  const { header, read } = LINES[lines];
  for (let segment = 1; segment <= segments; segment++) {
    let heading = header;
    for await (const texts of linesOf(zip, eventsFile(segment, lines), UNENDED)) {
      const batch: EvidenceLine[] = [];
      for (const text of texts) {
        const expected = heading;
        heading = undefined;
        if (text === expected) continue;
        // A file without its heading is not one that an export writes, whatever its first line is.
        if (expected !== undefined) batch.push({ line: undefined });
        batch.push({ line: read(text) });
      }
      yield batch;
    }
  }
}

/** What stands for the line feed that the last event does not have: a line that no export writes. */
const UNENDED = [''];

/**
 * Lines of a file, as many at a time as were read together. What follows the last line feed is a line, too, and `unended` comes
 * behind it.
 */
async function* linesOf(
  zip: Unzipped,
  name: string,
  unended: readonly string[] = [],
): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  for await (const chunk of zip.bytes(name)) {
    const texts = (rest + decode(decoder, name, chunk)).split('\n');
    rest = texts.pop() ?? '';
    if (rest.length > MAX_LINE) throw new Unreadable(`${name} has a line that is longer than it can be.`);
    if (texts.length > 0) yield texts;
  }
  rest += decode(decoder, name);
  if (rest !== '') yield [rest, ...unended];
}

async function* notes(zip: Unzipped): AsyncGenerator<string> {
  let note = '';
  for await (const texts of linesOf(zip, CHECKPOINTS)) {
    for (const text of texts) {
      const line = `${text}\n`;
      if (line !== NOTE_SEPARATOR) {
        note += line;
        if (note.length > MAX_NOTE)
          throw new Unreadable('checkpoints.txt has a note that is longer than it can be.');
        continue;
      }
      yield note;
      note = '';
    }
  }
  if (note !== '') yield note;
}
