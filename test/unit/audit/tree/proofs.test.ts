import { expect } from 'chai';
import fc from 'fast-check';
import { NODE_TREE_HASH as HASH } from '../../../../src/domain/audit/node-cryptography.ts';
import type { Range } from '../../../../src/domain/audit/tree/compact-range.ts';
import { CompactRange } from '../../../../src/domain/audit/tree/compact-range.ts';
import {
  consistencyRanges,
  inclusionRanges,
  verifyConsistency,
  verifyInclusion,
} from '../../../../src/domain/audit/tree/proofs.ts';
import { naiveConsistency, naivePath, naiveRoot, REFERENCE_LEAVES } from './naive-tree.ts';

const SIZE = 130;
const LEAVES = Array.from({ length: SIZE }, (_, index) => Buffer.from(`leaf ${index}`));
const ROOTS = Array.from({ length: SIZE + 1 }, (_, size) => naiveRoot(LEAVES.slice(0, size)));

const rootsOf = (ranges: readonly Range[], leaves: readonly Buffer[]) =>
  ranges.map(({ begin, end }) => {
    const range = new CompactRange(HASH, begin);
    for (const leaf of leaves.slice(begin, end)) range.push(HASH.leaf(leaf));
    return range.root();
  });

const include = (index: number, size: number) => rootsOf(inclusionRanges(index, size), LEAVES);
const extend = (from: number, size: number) => rootsOf(consistencyRanges(from, size), LEAVES);
const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'));

const claimOf = (index: number, size: number) => ({
  index,
  size,
  leafHash: HASH.leaf(LEAVES[index] as Buffer),
  root: ROOTS[size] as Buffer,
});
const headOf = (size: number) => ({ size, root: ROOTS[size] as Buffer });

/** An index and a size of a tree that has it. */
const places = fc
  .integer({ min: 1, max: SIZE })
  .chain((size) => fc.tuple(fc.nat({ max: size - 1 }), fc.constant(size)));
const sizes = fc
  .integer({ min: 2, max: SIZE })
  .chain((size) => fc.tuple(fc.integer({ min: 1, max: size - 1 }), fc.constant(size)));

function flipped(hash: Uint8Array, bit: number): Uint8Array {
  const bytes = Uint8Array.from(hash);
  const at = (bit >> 3) % bytes.length;
  bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
  return bytes;
}

const bits = fc.nat({ max: 255 });

describe('proofs of the audit trail', () => {
  it('are those of RFC 6962’s reference implementation', () => {
    const path = (index: number, size: number) =>
      hex(rootsOf(inclusionRanges(index, size), REFERENCE_LEAVES));
    expect(path(0, 8)).to.deep.equal([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(path(5, 8)).to.deep.equal([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    const between = (from: number, size: number) =>
      hex(rootsOf(consistencyRanges(from, size), REFERENCE_LEAVES));
    expect(between(6, 8)).to.deep.equal([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(between(2, 5)).to.deep.equal([
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ]);
  });

  it('are those of the recursive definitions, and are verified', () => {
    fc.assert(
      fc.property(places, ([index, size]) => {
        const proof = include(index, size);
        expect(hex(proof)).to.deep.equal(hex(naivePath(index, LEAVES.slice(0, size))));
        expect(verifyInclusion(HASH, claimOf(index, size), proof)).to.equal(true);
      }),
    );
    fc.assert(
      fc.property(sizes, ([from, size]) => {
        const proof = extend(from, size);
        expect(hex(proof)).to.deep.equal(hex(naiveConsistency(from, LEAVES.slice(0, size))));
        expect(verifyConsistency(HASH, headOf(from), headOf(size), proof)).to.equal(true);
      }),
    );
    expect(verifyConsistency(HASH, headOf(0), headOf(7), [])).to.equal(true);
    expect(verifyConsistency(HASH, headOf(7), headOf(7), [])).to.equal(true);
  });

  it('of inclusion prove nothing with a bit flipped, a hash more or less, or in another order', () => {
    fc.assert(
      fc.property(places, fc.nat(), bits, ([index, size], which, bit) => {
        const proof = include(index, size);
        const claim = claimOf(index, size);
        const refused = (broken: typeof proof, of = claim) =>
          expect(verifyInclusion(HASH, of, broken)).to.equal(false);
        refused([...proof, HASH.empty()]);
        refused(proof, { ...claim, root: flipped(claim.root, bit) as Buffer });
        refused(proof, { ...claim, leafHash: flipped(claim.leafHash, bit) });
        if (proof.length === 0) return;
        const at = which % proof.length;
        refused(proof.with(at, flipped(proof[at] as Uint8Array, bit)));
        refused(proof.toSpliced(at, 1));
        refused(proof.with(at, (proof[at] as Uint8Array).slice(1)));
        if (proof.length > 1) refused(proof.toReversed());
      }),
    );
  });

  it('of inclusion prove no other place of the leaf, and nothing of a tree of another root', () => {
    fc.assert(
      fc.property(places, places, ([index, size], [otherIndex, otherSize]) => {
        const proof = include(index, size);
        const claim = claimOf(index, size);
        if (index !== otherIndex) {
          expect(verifyInclusion(HASH, { ...claim, index: otherIndex }, proof)).to.equal(false);
          expect(
            verifyInclusion(HASH, { ...claim, leafHash: HASH.leaf(LEAVES[otherIndex] as Buffer) }, proof),
          ).to.equal(false);
        }
        if (size !== otherSize) {
          expect(verifyInclusion(HASH, { ...claim, root: ROOTS[otherSize] as Buffer }, proof)).to.equal(
            false,
          );
        }
      }),
    );
    for (const index of [-1, 0.5, Number.NaN, 5, 2 ** 53]) {
      expect(verifyInclusion(HASH, { ...claimOf(0, 5), index }, include(0, 5)), String(index)).to.equal(
        false,
      );
    }
  });

  it('of consistency prove nothing with a bit flipped, a hash more or less, or of other trees', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.nat(), bits, ([from, size], [otherFrom, otherSize], which, bit) => {
        const proof = extend(from, size);
        const at = which % proof.length;
        const refused = (broken: typeof proof, first = headOf(from), second = headOf(size)) =>
          expect(verifyConsistency(HASH, first, second, broken)).to.equal(false);
        refused([]);
        refused([...proof, HASH.empty()]);
        refused(proof.toSpliced(at, 1));
        refused(proof.with(at, flipped(proof[at] as Uint8Array, bit)));
        refused(proof, { size: from, root: flipped(ROOTS[from] as Buffer, bit) as Buffer });
        refused(proof, headOf(from), { size, root: flipped(ROOTS[size] as Buffer, bit) as Buffer });
        if (otherFrom !== from) refused(proof, { size: from, root: ROOTS[otherFrom] as Buffer });
        if (otherSize !== size) refused(proof, headOf(from), { size, root: ROOTS[otherSize] as Buffer });
        refused(proof, headOf(size), headOf(from));
      }),
    );
    expect(verifyConsistency(HASH, headOf(7), headOf(7), [HASH.empty()])).to.equal(false);
    expect(verifyConsistency(HASH, { size: 0, root: ROOTS[1] as Buffer }, headOf(7), [])).to.equal(false);
  });

  it('are not asked for where there is none', () => {
    expect(() => inclusionRanges(5, 5)).to.throw(RangeError);
    expect(() => consistencyRanges(0, 5)).to.throw(RangeError);
    expect(() => consistencyRanges(6, 5)).to.throw(RangeError);
    expect(consistencyRanges(5, 5)).to.deep.equal([]);
  });
});
