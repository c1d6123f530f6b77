import { createReadStream, openAsBlob } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { BlobReader, type FileEntry, ZipReader } from '@zip.js/zip.js';
import { isLostChange, type LostEvent, lostEventOf } from '../domain/audit/anchors/lost-events.ts';
import { badRequest } from '../kernel/errors.ts';

/** What a file of events says about those that a restored database has lost. */
export interface LostFile {
  /** Events from the first lost one on. */
  readonly events: number;
  /** Of these, the ones that changed something for good. */
  readonly changes: readonly LostEvent[];
}

const ZIP = 'PK';
const EVENTS = /^events-\d+\.ndjson$/;
/** As many as the act takes. */
const MOST_CHANGES = 100_000;

/**
 * Reads an exported bundle (its format ndjson), or JSON lines as a sink has written them, a line at a time. Events whose index says
 * that the database has them, which has `sealed` of them, are passed over. Throws `lost_file_unreadable` (400).
 */
export async function readLostFile(path: string, sealed: number): Promise<LostFile> {
  const changes: LostEvent[] = [];
  let [events, lines, strange] = [0, 0, 0];
  try {
    for await (const line of (await isZip(path)) ? linesOfBundle(path) : linesOf(createReadStream(path))) {
      if (line.trim() === '') continue;
      lines += 1;
      const event = lostEventOf(line);
      if (event === undefined) strange += 1;
      else if (event.index === undefined || event.index >= sealed) {
        events += 1;
        if (isLostChange(event)) changes.push(event);
      }
    }
  } catch (cause) {
    throw badRequest('lost_file_unreadable', `--lost: ${path} cannot be read.`, cause);
  }
  if (lines === 0 || strange === lines)
    throw badRequest(
      'lost_file_unreadable',
      `--lost: ${path} holds no events; expected an exported bundle (ndjson), or JSON lines of a sink.`,
    );
  if (changes.length > MOST_CHANGES)
    throw badRequest('lost_file_unreadable', `--lost: ${path} holds more than ${MOST_CHANGES} changes.`);
  return { events, changes };
}

async function isZip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { start: 0, end: 1, encoding: 'latin1' }))
    return chunk === ZIP;
  return false;
}

const linesOf = (stream: Readable): AsyncIterable<string> =>
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });

async function* linesOfBundle(path: string): AsyncGenerator<string> {
  const zip = new ZipReader(new BlobReader(await openAsBlob(path)));
  try {
    const entries = (await zip.getEntries()).filter(
      (entry): entry is FileEntry => !entry.directory && EVENTS.test(entry.filename),
    );
    for (const entry of entries.toSorted((one, other) => (one.filename < other.filename ? -1 : 1))) {
      const { readable, writable } = new TransformStream<Uint8Array>();
      const written = entry.getData(writable);
      yield* linesOf(Readable.fromWeb(readable as Parameters<typeof Readable.fromWeb>[0]));
      await written;
    }
  } finally {
    await zip.close();
  }
}
