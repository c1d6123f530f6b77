import { HASH_BYTES, type TreeHash } from './hashing.ts';

/** A complete subtree: the leaves from `index · 2^level`, 2^level of them. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** The leaves [begin, end). */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/** Throws unless 0 ≤ begin ≤ end, both integers that a number holds exactly. */
export function assertRange(begin: number, end: number): void {
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || begin > end) {
    throw new RangeError(`not a range of leaves: ${begin} to ${end}`);
  }
}

/** The fewest complete subtrees that cover the leaves [begin, end), in order of position. */
export function subtreesOf(begin: number, end: number): Subtree[] {
  assertRange(begin, end);
  const subtrees: Subtree[] = [];
  let at = begin;
  while (at < end) {
    let level = 0;
    let width = 1;
    while (at % (2 * width) === 0 && at + 2 * width <= end) {
      level++;
      width *= 2;
    }
    subtrees.push({ level, index: at / width });
    at += width;
  }
  return subtrees;
}

interface Node extends Subtree {
  readonly hash: Uint8Array;
}

/**
 * The leaves [begin, end) of a tree as the roots of the fewest complete subtrees that cover them: all that is needed to append
 * leaves, to append the range behind, and, where it begins at 0, to tell the root. Never more than 2 · 53 hashes.
 */
export class CompactRange {
  readonly begin: number;
  readonly #hash: TreeHash;
  readonly #nodes: Node[] = [];
  #end: number;

  /** An empty range; leaves that are pushed have the indexes from `begin` on. */
  constructor(hash: TreeHash, begin = 0) {
    assertRange(begin, begin);
    this.#hash = hash;
    this.begin = begin;
    this.#end = begin;
  }

  /** The range of which {@link hashes} were kept. Throws where there are not as many as the range has subtrees. */
  static of(hash: TreeHash, begin: number, end: number, hashes: readonly Uint8Array[]): CompactRange {
    const subtrees = subtreesOf(begin, end);
    if (subtrees.length !== hashes.length || hashes.some(({ length }) => length !== HASH_BYTES)) {
      throw new RangeError(`not the hashes of the leaves ${begin} to ${end}`);
    }
    const range = new CompactRange(hash, begin);
    for (const [at, subtree] of subtrees.entries()) {
      range.#nodes.push({ ...subtree, hash: hashes[at] as Uint8Array });
    }
    range.#end = end;
    return range;
  }

  get end(): number {
    return this.#end;
  }

  /** How many leaves it covers: of a range from 0, the size of the tree. */
  get size(): number {
    return this.#end - this.begin;
  }

  /** Roots of its subtrees in order of position: what {@link CompactRange.of} takes. */
  get hashes(): Uint8Array[] {
    return this.#nodes.map(({ hash }) => hash);
  }

  /** Appends a leaf. `onSubtree` is told every complete subtree that it finishes, the smallest first. */
  push(leafHash: Uint8Array, onSubtree?: (subtree: Subtree, hash: Uint8Array) => void): void {
    assertRange(this.begin, this.#end + 1);
    this.#append({ level: 0, index: this.#end, hash: leafHash }, onSubtree);
    this.#end++;
  }

  /** Appends the range that begins where this one ends. Throws where another is given. */
  append(right: CompactRange): void {
    if (right.begin !== this.#end) throw new RangeError(`leaves from ${right.begin} after ${this.#end}`);
    for (const node of right.#nodes) this.#append(node);
    this.#end = right.end;
  }

  /**
   * Root over its leaves (RFC 9162, section 2.1.1). Of a range that begins elsewhere than at 0 it is a hash of the tree only where
   * `begin` is a multiple of a power of two that is at least `size`; it throws for others.
   */
  root(): Uint8Array {
    if (this.begin !== 0 && !isAligned(this.begin, this.size)) {
      throw new RangeError(`the leaves ${this.begin} to ${this.#end} have no root of their own`);
    }
    return (
      this.#nodes
        .map(({ hash }) => hash)
        .reduceRight<Uint8Array | undefined>(
          (right, left) => (right === undefined ? left : this.#hash.node(left, right)),
          undefined,
        ) ?? this.#hash.empty()
    );
  }

  #append(node: Node, onSubtree?: (subtree: Subtree, hash: Uint8Array) => void): void {
    let last = node;
    for (;;) {
      const left = this.#nodes.at(-1);
      if (left === undefined || left.level !== last.level || last.index % 2 === 0) break;
      this.#nodes.pop();
      last = { level: last.level + 1, index: left.index / 2, hash: this.#hash.node(left.hash, last.hash) };
      onSubtree?.({ level: last.level, index: last.index }, last.hash);
    }
    this.#nodes.push(last);
  }
}

function isAligned(begin: number, size: number): boolean {
  let width = 1;
  while (width < size) width *= 2;
  return begin % width === 0;
}
