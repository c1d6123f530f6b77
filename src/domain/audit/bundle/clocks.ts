import type { Leaf } from '../tree/leaf.ts';
import { type EventAt, MAX_KEPT } from './report.ts';

/**
 * Times of events beside the clock of the database. Where the clock of a node was more than five minutes off, `at` is the
 * database's and `told_at` the node's; only the latter is in the MAC. So `told_at` says more than it seems where it is too near,
 * and `at` where it does not fit what was sealed before and behind.
 */

/** A clock that is no more than this off is not told of, in milliseconds; the same as `CLOCK_TOLERANCE_SECONDS`. */
const TOLERANCE_MS = 5 * 60_000;

/** As much as times may be out of order: clocks of nodes differ, and a transaction has its place from its beginning. */
const DISORDER_MS = 10 * 60_000;

/** To the millisecond; not a number where it is no time. */
const timeOf = (text: unknown): number =>
  typeof text === 'string' && text.endsWith('Z')
    ? Date.parse(`${text.slice(0, 23).replace(/Z$/, '')}Z`)
    : Number.NaN;

/** Of a time with six digits, exactly. */
const microsOf = (text: unknown): number => timeOf(text) * 1000 + Number(String(text).slice(23, 26));

interface Told {
  readonly at: EventAt;
  readonly time: number;
}

export class Clocks {
  /** How many events have `told_at`, and the first of them. */
  count = 0;
  first = 0;
  #latest = Number.NEGATIVE_INFINITY;
  /** Those with `told_at` of which nothing has shown yet that so late a time had come. */
  #ahead: Told[] = [];

  /** Whether `told_at` is nearer to `at` than Gatehouse would write it: then somebody has set it, to move `at`. */
  isMoved({ index }: EventAt, { at, told_at }: Leaf): boolean {
    if (told_at === undefined) return false;
    if (this.count === 0) this.first = index;
    this.count++;
    return Math.abs(microsOf(at) - microsOf(told_at)) <= TOLERANCE_MS * 1000;
  }

  /** The events with `told_at` whose time this one shows to be out of order: itself, or some before it. */
  unlikely(at: EventAt, leaf: Leaf): EventAt[] {
    const time = timeOf(leaf.at);
    if (leaf.told_at === undefined) {
      this.#latest = Math.max(this.#latest, Number.isNaN(time) ? this.#latest : time);
      return this.#passed(time);
    }
    if (time < this.#latest - DISORDER_MS) return [at];
    if (time > this.#latest && this.#ahead.length < MAX_KEPT) this.#ahead.push({ at, time });
    return [];
  }

  /** Those that were sealed when it was so late, and say that it was later. */
  after(signedAt: string | undefined): EventAt[] {
    return signedAt === undefined ? [] : this.#passed(timeOf(signedAt));
  }

  #passed(time: number): EventAt[] {
    if (this.#ahead.length === 0) return [];
    const wrong = this.#ahead.filter((each) => each.time > time + DISORDER_MS);
    this.#ahead = this.#ahead.filter((each) => each.time > time && each.time <= time + DISORDER_MS);
    return wrong.map(({ at }) => at);
  }
}
