import type { BundleKey } from './format.ts';
import type { ReadLine } from './lines.ts';

/** A line of the evidence, or what cannot be read as one. */
export interface EvidenceLine {
  readonly line: ReadLine | undefined;
  /** Which event the tree has at this index, where that is known without the leaf. */
  readonly event?: string | undefined;
}

/**
 * What is verified, wherever it is: a part of the trail from `first` to `last`, and what is needed of the tree around it. Read
 * once, in order, a batch at a time.
 */
export interface Evidence {
  readonly origin: string;
  readonly first: number;
  readonly last: number;
  /** Size of the tree that the newest checkpoint signs. */
  readonly size: number;
  /** Hashes of the compact ranges [0, first) and [last + 1, size). */
  readonly left: readonly Uint8Array[];
  readonly right: readonly Uint8Array[];
  readonly keys: readonly BundleKey[];
  lines(): AsyncIterable<readonly EvidenceLine[]>;
  /**
   * Hashes of the leaves from `first` on, any number at a time, one behind the other. They are believed only where a checkpoint
   * signs the root that they give; then they tell which event is not what was sealed. Undefined: it has none.
   */
  readonly hashes: (() => AsyncIterable<Uint8Array>) | undefined;
  /**
   * Root of the tree of so many leaves, fewer than `first`, of which that of `first` leaves is a continuation; `damaged` where what is
   * kept of it is not. Undefined: nothing is known of it.
   */
  readonly rootBefore?: (size: number) => Promise<Uint8Array | 'damaged' | undefined>;
  /** Signed notes by size of the tree. */
  checkpoints(): AsyncIterable<string>;
}
