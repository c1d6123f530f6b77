import type { Executor, Statement } from '../../../storage/database.ts';
import { CompactRange, type Range, type Subtree, subtreesOf } from '../tree/compact-range.ts';
import type { TreeHash } from '../tree/hashing.ts';
import { consistencyRanges, inclusionRanges } from '../tree/proofs.ts';
import { STORED_LEVELS } from './sealing-store.ts';

/**
 * Hashes of the tree from what is stored of it: leaves, and the roots of complete subtrees at every eighth level. What is between
 * is computed from at most 128 of those below; a proof reads a few hundred, in two statements.
 */
export interface ProofStore {
  /** Roots of the fewest complete subtrees that cover the leaves [begin, end): what `CompactRange.of` takes. */
  hashes(begin: number, end: number): Promise<Uint8Array[]>;
  /** Root of the tree of the first `size` leaves. */
  root(size: number): Promise<Uint8Array>;
  /** Proof that the leaf is in the tree of this size (RFC 9162, section 2.1.3). Throws `RangeError` where that has no such leaf. */
  inclusion(index: number, size: number): Promise<Uint8Array[]>;
  /** Proof that the tree of `from` leaves is the beginning of that of `size` (RFC 9162, section 2.1.4); 0 < from ≤ size. */
  consistency(from: number, size: number): Promise<Uint8Array[]>;
}

/** Something of the tree that was sealed is not there: somebody has taken it out. */
export class MissingHash extends Error {}

const LEAVES: Statement = {
  name: 'audit_proof_leaves',
  text: `
    select l.index, l.hash from unnest($1::bigint[], $2::bigint[]) as asked(first, last)
    join audit_leaves l on l.index between asked.first and asked.last`,
};

const NODES: Statement = {
  name: 'audit_proof_nodes',
  text: `
    select n.level, n.index, n.hash from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as asked(level, first, last)
    join audit_nodes n on n.level = asked.level and n.index between asked.first and asked.last`,
};

/** Stored hashes from which the root of a complete subtree follows: of one level, `first` to `last`. */
interface Stored {
  readonly level: number;
  readonly first: number;
  readonly last: number;
}

function storedOf({ level, index }: Subtree): Stored {
  const width = 2 ** (level % STORED_LEVELS);
  return { level: level - (level % STORED_LEVELS), first: index * width, last: (index + 1) * width - 1 };
}

export function createProofStore(database: Executor, hash: TreeHash): ProofStore {
  async function read(asked: readonly Stored[]): Promise<(level: number, index: number) => Uint8Array> {
    const found = new Map<string, Uint8Array>();
    const places = (of: readonly Stored[]) => [
      of.map(({ first }) => String(first)),
      of.map(({ last }) => String(last)),
    ];
    const leaves = asked.filter(({ level }) => level === 0);
    if (leaves.length > 0) {
      for (const row of await database.query<{ index: string; hash: Buffer }>(LEAVES, places(leaves)))
        found.set(`0/${row.index}`, row.hash);
    }
    const nodes = asked.filter(({ level }) => level > 0);
    if (nodes.length > 0) {
      const values = [nodes.map(({ level }) => level), ...places(nodes)];
      for (const row of await database.query<{ level: number; index: string; hash: Buffer }>(NODES, values))
        found.set(`${row.level}/${row.index}`, row.hash);
    }
    return (level, index) => {
      const each = found.get(`${level}/${index}`);
      if (each === undefined) throw new MissingHash(`the tree has no hash at level ${level}, index ${index}`);
      return each;
    };
  }

  async function rootsOf(subtrees: readonly Subtree[]): Promise<Uint8Array[]> {
    const asked = subtrees.map(storedOf);
    const at = await read(asked);
    return asked.map(({ level, first, last }) => {
      const range = new CompactRange(hash);
      for (let index = first; index <= last; index++) range.push(at(level, index));
      return range.root();
    });
  }

  /** Roots of ranges that are subtrees of the tree, complete or at its right edge. */
  async function roots(ranges: readonly Range[]): Promise<Uint8Array[]> {
    const covers = ranges.map(({ begin, end }) => subtreesOf(begin, end));
    const hashes = await rootsOf(covers.flat());
    let at = 0;
    return ranges.map(({ begin, end }, which) => {
      const own = hashes.slice(at, at + (covers[which]?.length ?? 0));
      at += own.length;
      return CompactRange.of(hash, begin, end, own).root();
    });
  }

  return {
    hashes: (begin, end) => rootsOf(subtreesOf(begin, end)),
    root: async (size) => (await roots([{ begin: 0, end: size }]))[0] as Uint8Array,
    inclusion: async (index, size) => roots(inclusionRanges(index, size)),
    consistency: async (from, size) => roots(consistencyRanges(from, size)),
  };
}
