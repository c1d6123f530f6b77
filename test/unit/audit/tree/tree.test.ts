import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { NODE_TREE_HASH as HASH } from '../../../../src/domain/audit/node-cryptography.ts';
import { CompactRange, subtreesOf } from '../../../../src/domain/audit/tree/compact-range.ts';
import { fromHex, toHex } from '../../../../src/domain/audit/tree/encoding.ts';
import { naiveRoot, REFERENCE_LEAVES } from './naive-tree.ts';

/** The roots over the first 0, 1, … 8 of the reference leaves. */
const REFERENCE_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => Buffer.from(`leaf ${index}`));

function rangeOf(leaves: readonly Buffer[], begin: number, end: number): CompactRange {
  const range = new CompactRange(HASH, begin);
  for (const leaf of leaves.slice(begin, end)) range.push(HASH.leaf(leaf));
  return range;
}

describe('Merkle tree of the audit trail', () => {
  it('has the roots of RFC 6962’s reference implementation', () => {
    const range = new CompactRange(HASH);
    const roots = [toHex(range.root())];
    for (const leaf of REFERENCE_LEAVES) {
      range.push(HASH.leaf(leaf));
      roots.push(toHex(range.root()));
    }
    expect(roots).to.deep.equal(REFERENCE_ROOTS);
    expect(REFERENCE_ROOTS).to.deep.equal(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((size) => naiveRoot(REFERENCE_LEAVES.slice(0, size)).toString('hex')),
    );
  });

  it('has the root of the recursive definition, whatever the size', () => {
    const leaves = leavesOf(600);
    const range = new CompactRange(HASH);
    for (const [index, leaf] of leaves.entries()) {
      range.push(HASH.leaf(leaf));
      if (index < 70 || index % 97 === 0 || index === 511 || index === 512) {
        expect(toHex(range.root())).to.equal(naiveRoot(leaves.slice(0, index + 1)).toString('hex'));
      }
    }
  });

  it('is the same from any three ranges, each kept as its hashes: before, of and behind some leaves', () => {
    const leaves = leavesOf(140);
    const place = fc.nat({ max: leaves.length });
    fc.assert(
      fc.property(place, place, place, (...places) => {
        const [first = 0, last = 0, size = 0] = places.toSorted((a, b) => a - b);
        const kept = (begin: number, end: number) =>
          CompactRange.of(
            HASH,
            begin,
            end,
            rangeOf(leaves, begin, end).hashes.map((hash) => copy(hash)),
          );
        const tree = kept(0, first);
        for (const leaf of leaves.slice(first, last)) tree.push(HASH.leaf(leaf));
        tree.append(kept(last, size));
        expect(tree.size).to.equal(size);
        expect(toHex(tree.root())).to.equal(naiveRoot(leaves.slice(0, size)).toString('hex'));
        expect(tree.hashes.length).to.equal(subtreesOf(0, size).length);
      }),
    );
  });

  it('tells each complete subtree when its last leaf comes', () => {
    const leaves = leavesOf(21);
    const found: string[] = [];
    const range = new CompactRange(HASH);
    for (const leaf of leaves) {
      range.push(HASH.leaf(leaf), ({ level, index }, hash) => {
        const begin = index * 2 ** level;
        expect(toHex(hash)).to.equal(naiveRoot(leaves.slice(begin, begin + 2 ** level)).toString('hex'));
        found.push(`${level}/${index}`);
      });
    }
    expect(found.filter((each) => each.startsWith('2/'))).to.deep.equal(['2/0', '2/1', '2/2', '2/3', '2/4']);
    expect(found)
      .to.include('4/0')
      .and.to.have.length(10 + 5 + 2 + 1);
  });

  it('covers a range by the fewest complete subtrees, at sizes beyond 32 bits too', () => {
    expect(subtreesOf(3, 9)).to.deep.equal([
      { level: 0, index: 3 },
      { level: 2, index: 1 },
      { level: 0, index: 8 },
    ]);
    expect(subtreesOf(0, 2 ** 40 + 1)).to.deep.equal([
      { level: 40, index: 0 },
      { level: 0, index: 2 ** 40 },
    ]);
    const range = CompactRange.of(HASH, 0, 2 ** 33, [HASH.leaf(Buffer.from('left'))]);
    range.append(CompactRange.of(HASH, 2 ** 33, 2 ** 34, [HASH.leaf(Buffer.from('right'))]));
    expect(range.hashes).to.have.length(1);
    expect(subtreesOf(5, 5)).to.deep.equal([]);
  });

  it('refuses ranges that do not follow, hashes that do not fit, and roots that are none', () => {
    const leaves = leavesOf(10);
    const tree = rangeOf(leaves, 0, 5);
    expect(() => tree.append(rangeOf(leaves, 6, 8))).to.throw(RangeError);
    expect(() => CompactRange.of(HASH, 0, 5, tree.hashes.slice(1))).to.throw(RangeError);
    expect(() => CompactRange.of(HASH, 0, 1, [new Uint8Array(31)])).to.throw(RangeError);
    expect(() => rangeOf(leaves, 3, 6).root()).to.throw(RangeError);
    expect(() => subtreesOf(6, 5)).to.throw(RangeError);
    expect(() => subtreesOf(0, 2 ** 53)).to.throw(RangeError);
    expect(() => subtreesOf(0.5, 2)).to.throw(RangeError);
    expect(toHex(rangeOf(leaves, 4, 7).root())).to.equal(naiveRoot(leaves.slice(4, 7)).toString('hex'));
  });

  it('runs in a browser: imports nothing of Node.js, names no Buffer', () => {
    const folder = new URL('../../../../src/domain/audit/tree/', import.meta.url);
    const files = readdirSync(folder);
    expect(files).to.include('compact-range.ts');
    for (const file of files) {
      const source = readFileSync(new URL(file, folder), 'utf8');
      expect(source, file).not.to.match(/\bBuffer\b|\bprocess\./);
      for (const [, target = ''] of source.matchAll(/ from '([^']+)'/g)) {
        expect(target === 'canonicalize' || target.startsWith('./'), `${file} imports ${target}`).to.equal(
          true,
        );
      }
    }
  });

  it('reads hexadecimal digits of one spelling only', () => {
    expect(fromHex('00ff')).to.deep.equal(Uint8Array.of(0, 255));
    for (const text of ['0', '0g', 'FF', ' 00', '0x00']) expect(fromHex(text), text).to.equal(undefined);
  });
});

const copy = (hash: Uint8Array) => fromHex(toHex(hash)) as Uint8Array;
