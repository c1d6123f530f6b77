import { generateKeyPairSync, sign } from 'node:crypto';
import {
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
  ZipWriter,
} from '@zip.js/zip.js/lib/zip-core-native.js';
import type {
  BundleKey,
  BundleLine,
  LineFormat,
  PersonalValue,
} from '../../src/domain/audit/bundle/format.ts';
import { LINES } from '../../src/domain/audit/bundle/lines.ts';
import { digestOf } from '../../src/domain/audit/bundle/personal.ts';
import type { Report } from '../../src/domain/audit/bundle/report.ts';
import { verifyBundle } from '../../src/domain/audit/bundle/verify-bundle.ts';
import { type BundleContent, writeBundle } from '../../src/domain/audit/bundle/write-bundle.ts';
import { NODE_CRYPTOGRAPHY, NODE_TREE_HASH } from '../../src/domain/audit/node-cryptography.ts';
import { signCheckpoint } from '../../src/domain/audit/tree/checkpoint.ts';
import { CompactRange, subtreesOf } from '../../src/domain/audit/tree/compact-range.ts';
import { toHex } from '../../src/domain/audit/tree/encoding.ts';
import { type Leaf, leafBytes } from '../../src/domain/audit/tree/leaf.ts';
import { type NoteSigner, verifierKey, vkeyOf } from '../../src/domain/audit/tree/note.ts';
import { inclusionRanges } from '../../src/domain/audit/tree/proofs.ts';

/** A trail that was made for a test, without a database: leaves, tree, checkpoints, keys. */

export const ORIGIN = 'id.example/audit';

export function makeSigner(origin = ORIGIN): NoteSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    ...verifierKey(NODE_CRYPTOGRAPHY.sha256, origin, new Uint8Array(raw)),
    sign: (message) => sign(null, message, privateKey),
  };
}

const START = Date.UTC(2027, 0, 1);
const timeOf = (index: number) => new Date(START + index * 1000).toISOString().replace('Z', '000Z');

export interface TrailEvent {
  readonly type?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly mac?: Leaf['mac'];
  readonly personal?: Readonly<Record<string, PersonalValue>>;
  readonly told_at?: string;
}

export const personalValue = (value: string): PersonalValue => ({
  salt: Buffer.from('0123456789abcdef').toString('base64'),
  value,
});
export const personalDigest = (value: string) => ({
  sha256: digestOf(NODE_CRYPTOGRAPHY.sha256, personalValue(value)),
});

export class Trail {
  readonly lines: BundleLine[] = [];
  readonly hashes: Uint8Array[] = [];
  readonly notes: string[] = [];
  readonly keys: BundleKey[];
  signer: NoteSigner;
  readonly first: NoteSigner;
  readonly #range = new CompactRange(NODE_TREE_HASH);

  constructor(signer = makeSigner()) {
    this.signer = signer;
    this.first = signer;
    this.keys = [{ verifier: vkeyOf(signer) }];
  }

  get size(): number {
    return this.lines.length;
  }

  add({
    type = 'sign_in.succeeded',
    details = { acr: 'aal1' },
    mac = 'valid',
    personal,
    told_at,
  }: TrailEvent = {}): this {
    const index = this.size;
    const id = `01934f2e-0000-7000-8000-${String(index).padStart(12, '0')}`;
    const members = {
      v: 1,
      id,
      at: timeOf(index),
      type,
      version: 1,
      outcome: 'success',
      actor_kind: 'person',
    };
    const leaf = { ...members, account: `a${index % 7}`, user_agent: '=cmd|"Zoë",\t1', details, mac } as Leaf;
    this.lines.push({ index, leaf: told_at === undefined ? leaf : { ...leaf, told_at }, personal });
    const hash = NODE_TREE_HASH.leaf(leafBytes(this.lines[index]?.leaf as Leaf));
    this.hashes.push(hash);
    this.#range.push(hash);
    return this;
  }

  addMany(count: number): this {
    for (let left = count; left > 0; left--) this.add();
    return this;
  }

  /** A checkpoint of the tree as it is, which is also answered. */
  seal(time = new Date(START + this.size * 1000)): string {
    const note = signCheckpoint(this.signer, { size: this.size, root: this.#range.root() }, time);
    this.notes.push(note);
    return note;
  }

  /** Another key signs from here on; the one before has signed the event that says so. */
  changeKey(next = makeSigner()): this {
    const [from, to] = [vkeyOf(this.signer), vkeyOf(next)];
    this.add({ type: 'audit.key_changed', details: { from, to } });
    const index = this.size - 1;
    const checkpoint = this.seal();
    const path = inclusionRanges(index, this.size).map(({ begin, end }) => toHex(this.rootOf(begin, end)));
    this.keys.push({
      verifier: to,
      change: { index, leaf: this.lines[index]?.leaf as Leaf, path, checkpoint },
    });
    this.signer = next;
    return this;
  }

  rootOf(begin: number, end: number): Uint8Array {
    const range = new CompactRange(NODE_TREE_HASH, begin);
    for (const hash of this.hashes.slice(begin, end)) range.push(hash);
    return range.root();
  }

  content(lines: LineFormat = 'ndjson', first = 0, last = this.size - 1): BundleContent {
    const side = (begin: number, end: number) =>
      subtreesOf(begin, end).map(({ level, index }) =>
        toHex(this.rootOf(index * 2 ** level, (index + 1) * 2 ** level)),
      );
    const events = this.lines
      .slice(first, last + 1)
      .map((line, place) => ({ line, hash: this.hashes[first + place] as Uint8Array }));
    return {
      about: {
        origin: this.signer.name,
        lines,
        asked: { from: null, to: null },
        first,
        last,
        size: this.size,
        created: '2027-02-01T00:00:00.000Z',
        by: 'a test',
      },
      tree: { left: side(0, first), right: side(last + 1, this.size) },
      keys: this.keys,
      async *events() {
        yield* [events.slice(0, 3), events.slice(3)];
      },
      checkpoints: async function* (this: Trail) {
        yield this.notes.filter((note) => sizeOf(note) > first);
      }.bind(this),
    };
  }
}

const sizeOf = (note: string) => Number(note.split('\n', 2)[1]);

/** A trail with two checkpoints and a personal value, one of them erased. */
export function smallTrail(): Trail {
  const trail = new Trail().addMany(4);
  const personal = { '/after/email': personalValue('ana@example.org') };
  trail.add({
    type: 'address.changed',
    details: { after: { email: personalDigest('ana@example.org') } },
    personal,
  });
  trail.add({ type: 'address.changed', details: { before: { email: personalDigest('ana@example.net') } } });
  trail.seal();
  trail.addMany(7).seal();
  return trail;
}

export async function bundleOf(content: BundleContent): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await writeBundle(content, new WritableStream({ write: (chunk) => void chunks.push(chunk.slice()) }));
  return Buffer.concat(chunks);
}

export const inMemory = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: async (offset: number, length: number) => bytes.slice(offset, offset + length),
});

export const verifyBytes = (
  bytes: Uint8Array,
  trail: Pick<Trail, 'first'>,
  { anchors = [] as string[], keys = [trail.first as NoteSigner] } = {},
): Promise<Report> => verifyBundle(inMemory(bytes), { cryptography: NODE_CRYPTOGRAPHY, keys, anchors });

/** The findings of a report, as short text. */
export const told = ({ findings }: Report): string[] =>
  findings.map((finding) => {
    const { kind, index, from, size, name } = finding as unknown as Record<string, unknown>;
    return `${kind} ${index ?? from ?? name ?? size ?? ''}`.trim();
  });

/** The same bundle with some of its files changed, as somebody does it who has only the bundle; undefined takes one out. */
export async function rezipped(
  bytes: Uint8Array,
  change: (name: string, file: Buffer) => Uint8Array | string | undefined,
): Promise<Uint8Array> {
  const reader = new ZipReader(new Uint8ArrayReader(bytes), { useWebWorkers: false });
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const entry of await reader.getEntries()) {
    if (entry.directory) continue;
    const changed = change(entry.filename, Buffer.from(await entry.getData(new Uint8ArrayWriter())));
    if (changed !== undefined) await zip.add(entry.filename, new Uint8ArrayReader(Buffer.from(changed)));
  }
  return zip.close();
}

/** The same with other lines of events. */
export const withLines = (bytes: Uint8Array, change: (lines: BundleLine[]) => BundleLine[]) =>
  rezipped(bytes, (name, file) => {
    const format = name.split('.').at(-1);
    if (!name.startsWith('events-') || (format !== 'ndjson' && format !== 'csv')) return file;
    const { header, read, write } = LINES[format];
    const texts = file
      .toString()
      .trimEnd()
      .split('\n')
      .slice(header === undefined ? 0 : 1);
    const lines = change(texts.map((text) => read(text) as BundleLine)).map(write);
    return [...(header === undefined ? [] : [header]), ...lines].map((line) => `${line}\n`).join('');
  });
