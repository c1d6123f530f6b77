import type { DeclaredRestore } from '../anchors/policy.ts';
import type { Sha256 } from '../tree/hashing.ts';
import type { Leaf } from '../tree/leaf.ts';
import { Clocks } from './clocks.ts';
import { checkpointIn } from './judge-anchors.ts';
import { EVENT_KEY_CHANGED, type KeyChain } from './key-chain.ts';
import type { ReadLine } from './lines.ts';
import { checkPersonal } from './personal.ts';
import { type EventAt, type Finding, MAX_KEPT, type Remark, type Span } from './report.ts';

export const EVENT_RESTORED = 'audit.restored';

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
  /** The first of those that the trail declares: one that is not kept excuses nothing. */
  readonly restores: DeclaredRestore[] = [];
  readonly #sha256: Sha256;
  readonly #keys: KeyChain;
  #span: { from: number; to: number } | undefined;
  readonly #clocks = new Clocks();

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
    const at = eventAt(index, leaf);
    if (this.#clocks.isMoved(at, leaf) && leaf.mac !== 'invalid')
      this.findings.add({ kind: 'time_moved', ...at });
    if (leaf.mac !== 'valid') return;
    this.#tellTimes(this.#clocks.unlikely(at, leaf));
    this.#hear(index, leaf);
  }

  /** The end: what was counted on the way becomes ranges and remarks. All was sealed when the newest checkpoint was signed. */
  close(signedAt: string | undefined): void {
    if (this.#span !== undefined) this.unproven.add(this.#span);
    this.#tellTimes(this.#clocks.after(signedAt));
    const { count, first } = this.#clocks;
    if (count > 0) this.remarks.add({ kind: 'clock', count, first });
  }

  #tellTimes(events: readonly EventAt[]): void {
    for (const at of events) this.remarks.add({ kind: 'time_unlikely', ...at });
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
    const goneOnFrom = typeof restored === 'string' ? this.#keys.open(restored) : undefined;
    if (restored !== undefined && goneOnFrom === undefined) return;
    const size = goneOnFrom?.size ?? 0;
    if (size > index) return;
    // What the anchors kept may be signed by a key that was lost with the rest: they are named, not verified.
    const named = anchored.slice(0, MAX_KEPT).flatMap((note) => checkpointIn(String(note)) ?? []);
    const largest = named.reduce((most, each) => Math.max(most, each.size), 0);
    if (this.restores.length < MAX_KEPT) this.restores.push({ restored: goneOnFrom, anchored: named });
    this.remarks.add({ kind: 'restored', index, restored: size, anchored: largest });
  }
}
