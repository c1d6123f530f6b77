import { assertRange, type Range } from './compact-range.ts';
import { HASH_BYTES, sameBytes, type TreeHash } from './hashing.ts';

/** Inclusion and consistency proofs (RFC 9162, sections 2.1.3 and 2.1.4), both ways: which hashes they need, and what they prove. */

/** The largest power of two that is smaller than n; n > 1. */
function split(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

/**
 * The ranges of leaves whose roots are the inclusion proof of the leaf `index` in the tree of `size` leaves, in the order of the
 * proof (RFC 9162, section 2.1.3.1). Throws where the tree has no such leaf.
 */
export function inclusionRanges(index: number, size: number): Range[] {
  assertRange(index, size);
  if (index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const ranges: Range[] = [];
  let begin = 0;
  let end = size;
  while (end - begin > 1) {
    const middle = begin + split(end - begin);
    if (index < middle) {
      ranges.push({ begin: middle, end });
      end = middle;
    } else {
      ranges.push({ begin, end: middle });
      begin = middle;
    }
  }
  return ranges.reverse();
}

/**
 * The ranges of leaves whose roots prove that the tree of `from` leaves is the beginning of the one of `size`, in the order of
 * the proof (RFC 9162, section 2.1.4.1). None where both are the same. Throws unless 0 < from ≤ size.
 */
export function consistencyRanges(from: number, size: number): Range[] {
  assertRange(from, size);
  if (from === 0) throw new RangeError('there is no consistency proof from an empty tree');
  const ranges: Range[] = [];
  let begin = 0;
  let end = size;
  while (from < end) {
    const middle = begin + split(end - begin);
    if (from <= middle) {
      ranges.push({ begin: middle, end });
      end = middle;
    } else {
      ranges.push({ begin, end: middle });
      begin = middle;
    }
  }
  if (begin > 0) ranges.push({ begin, end });
  return ranges.reverse();
}

/** Bits of a position, from the lowest: numbers here are larger than bitwise operators take. */
const half = (n: number) => Math.floor(n / 2);
const isOdd = (n: number) => n % 2 === 1;

const isProof = (proof: readonly Uint8Array[]) => proof.every(({ length }) => length === HASH_BYTES);

/** Whether the proof shows that the leaf with this hash is at `index` of the tree with this root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion(
  hash: TreeHash,
  claim: {
    readonly index: number;
    readonly size: number;
    readonly leafHash: Uint8Array;
    readonly root: Uint8Array;
  },
  proof: readonly Uint8Array[],
): boolean {
  const { index, size, leafHash, root } = claim;
  if (!isPlace(index) || !isPlace(size) || index >= size || !isProof(proof)) return false;
  let fn = index;
  let sn = size - 1;
  let r = leafHash;
  for (const p of proof) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      r = hash.node(p, r);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      r = hash.node(r, p);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && sameBytes(r, root);
}

/** A tree at one time. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/**
 * Whether the proof shows that the first tree is the beginning of the second (RFC 9162, section 2.1.4.2). An empty first tree
 * is the beginning of every tree, by an empty proof, where its root is that of an empty one.
 */
export function verifyConsistency(
  hash: TreeHash,
  first: TreeHead,
  second: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (!isPlace(first.size) || !isPlace(second.size) || first.size > second.size || !isProof(proof))
    return false;
  if (first.size === second.size) return proof.length === 0 && sameBytes(first.root, second.root);
  if (first.size === 0) return proof.length === 0 && sameBytes(first.root, hash.empty());

  const path = isPowerOfTwo(first.size) ? [first.root, ...proof] : proof;
  const [start, ...rest] = path;
  if (start === undefined || proof.length === 0) return false;
  let fn = first.size - 1;
  let sn = second.size - 1;
  while (isOdd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  let fr = start;
  let sr = start;
  for (const c of rest) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      fr = hash.node(c, fr);
      sr = hash.node(c, sr);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      sr = hash.node(sr, c);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && sameBytes(fr, first.root) && sameBytes(sr, second.root);
}

const isPlace = (n: number) => Number.isSafeInteger(n) && n >= 0;

function isPowerOfTwo(n: number): boolean {
  let k = 1;
  while (k < n) k *= 2;
  return k === n;
}
