import { parseCheckpoint } from '../tree/checkpoint.ts';
import type { Sha256 } from '../tree/hashing.ts';
import type { Leaf } from '../tree/leaf.ts';
import { parseNote } from '../tree/note.ts';
import { EVENT_KEY_CHANGED, type KeyChain } from './key-chain.ts';
import type { ReadLine } from './lines.ts';
import { checkPersonal } from './personal.ts';
import { type EventAt, type Finding, MAX_KEPT, type Remark, type Span } from './report.ts';

export const EVENT_RESTORED = 'audit.restored';

/** A restore that the trail itself declares: the tree has gone on from `restored`, and what was between it and `anchored` is lost. */
export interface DeclaredRestore {
  readonly index: number;
  readonly restored: number;
  readonly anchored: number;
  /** The signed notes of the newest anchors, as the event names them. */
  readonly notes: readonly string[];
}

const checkpointIn = (note: string) => {
  const parsed = parseNote(note);
  return parsed && parseCheckpoint(parsed.text);
};

/** A list that keeps its beginning and counts the rest. */
export class Kept<T> {
  readonly list: T[] = [];
  count = 0;

  add(each: T): void {
    this.count++;
    if (this.list.length < MAX_KEPT) this.list.push(each);
  }
}

/** Which event a line tells of. */
export function eventAt(index: number, leaf: Leaf | null): EventAt {
  const { id, type, at } = leaf ?? {};
  return { index, event: id as string, type: type as string, at: at as string };
}

/** What the leaves say, apart from whether they are those that were sealed. */
export class Tally {
  events = 0;
  personal = 0;
  erased = 0;
  labelled = 0;
  firstAt: string | undefined;
  lastAt: string | undefined;
  readonly findings = new Kept<Finding>();
  readonly remarks = new Kept<Remark>();
  readonly unproven = new Kept<Span>();
  unprovenCount = 0;
  readonly restores: DeclaredRestore[] = [];
  readonly #sha256: Sha256;
  readonly #keys: KeyChain;
  #span: { from: number; to: number } | undefined;
  #clock = { count: 0, first: 0 };

  constructor(sha256: Sha256, keys: KeyChain) {
    this.#sha256 = sha256;
    this.#keys = keys;
  }

  add({ index, leaf, text, personal, labels }: ReadLine): void {
    if (leaf === null || text === undefined) return;
    this.events++;
    this.firstAt ??= leaf.at as string;
    this.lastAt = leaf.at as string;
    if (labels !== undefined) this.labelled++;
    if (leaf.mac === 'invalid') this.findings.add({ kind: 'forged', ...eventAt(index, leaf) });
    if (leaf.mac === 'none') this.#addUnproven(index);
    const { digests, erased, wrong } = checkPersonal(this.#sha256, leaf, text, personal);
    this.personal += digests;
    this.erased += erased;
    if (wrong !== undefined)
      this.findings.add({ kind: 'personal_altered', ...eventAt(index, leaf), path: wrong });
    if (leaf.told_at !== undefined) {
      if (this.#clock.count === 0) this.#clock.first = index;
      this.#clock.count++;
    }
    if (leaf.mac === 'valid') this.#hear(index, leaf);
  }

  /** The end: what was counted on the way becomes ranges and remarks. */
  close(): void {
    if (this.#span !== undefined) this.unproven.add(this.#span);
    if (this.#clock.count > 0) this.remarks.add({ kind: 'clock', ...this.#clock });
  }

  #addUnproven(index: number): void {
    this.unprovenCount++;
    if (this.#span?.to === index - 1) {
      this.#span.to = index;
      return;
    }
    if (this.#span !== undefined) this.unproven.add(this.#span);
    this.#span = { from: index, to: index };
  }

  /** Events about the trail itself. */
  #hear(index: number, { type, details }: Leaf): void {
    const { to, restored, anchored } = details as Readonly<Record<string, unknown>>;
    if (type === EVENT_KEY_CHANGED && typeof to === 'string')
      this.remarks.add({ kind: 'key_changed', index, to });
    if (type !== EVENT_RESTORED || !Array.isArray(anchored)) return;
    const goneOnFrom = typeof restored === 'string' ? this.#keys.open(restored)?.size : 0;
    if (goneOnFrom === undefined || goneOnFrom > index) return;
    // What the anchors kept may be signed by a key that was lost with the rest: they are named, not verified.
    const notes = anchored.filter((note) => typeof note === 'string');
    const sizes = notes.map((note) => checkpointIn(note)?.size ?? 0);
    const restore = { index, restored: goneOnFrom, anchored: Math.max(0, ...sizes), notes };
    this.restores.push(restore);
    this.remarks.add({ kind: 'restored', index, restored: restore.restored, anchored: restore.anchored });
  }
}
