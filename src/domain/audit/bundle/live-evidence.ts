import { MissingHash, type ProofStore } from '../sealing/proof-store.ts';
import { CompactRange } from '../tree/compact-range.ts';
import { HASH_BYTES, sameBytes, type TreeHash } from '../tree/hashing.ts';
import { canonicalText } from './canonical.ts';
import type { Evidence } from './evidence.ts';
import type { EvidenceStore, StoredLine } from './evidence-store.ts';

export interface LiveEvidenceDependencies {
  readonly store: EvidenceStore;
  readonly proofs: ProofStore;
  readonly origin: string;
  readonly hash: TreeHash;
  /** Is handed every sealed event on the way. */
  readonly onLines?: (lines: readonly StoredLine[]) => Promise<void>;
}

/** What is sealed in the database, to be verified as a bundle is; events that are archived are left out. */
export async function liveEvidence({
  store,
  proofs,
  origin,
  hash,
  onLines = async () => undefined,
}: LiveEvidenceDependencies): Promise<Evidence> {
  const newest = await store.newest();
  const size = newest?.size ?? 0;
  const first = Math.min(await store.archivedUntil(), Math.max(0, size - 1));
  const last = size - 1;
  const left = await proofs.hashes(0, first);
  const queue: Uint8Array[] = [];
  return {
    origin,
    first,
    last,
    size,
    left,
    right: [],
    keys: await store.keys(),
    async rootBefore(smaller) {
      try {
        const range = CompactRange.of(hash, 0, smaller, await proofs.hashes(0, smaller));
        const root = range.root();
        range.append(CompactRange.of(hash, smaller, first, await proofs.hashes(smaller, first)));
        return sameBytes(range.root(), CompactRange.of(hash, 0, first, left).root()) ? root : 'damaged';
      } catch (error) {
        if (error instanceof MissingHash) return 'damaged';
        throw error;
      }
    },
    async *lines() {
      let next = first;
      for await (const lines of store.lines(first, last)) {
        for (const { line, hash } of lines) {
          // A leaf that is gone leaves a place without a hash.
          for (; next < line.index; next++) queue.push(new Uint8Array(HASH_BYTES));
          queue.push(hash);
          next++;
        }
        await onLines(lines);
        yield lines.map(({ line, event }) => ({
          event,
          line: { ...line, text: line.leaf === null ? undefined : canonicalText(line.leaf) },
        }));
      }
    },
    hashes: async function* () {
      for (let hash = queue.shift(); hash !== undefined; hash = queue.shift()) yield hash;
    },
    async *checkpoints() {
      if (newest !== undefined)
        for await (const notes of store.checkpoints(first, last, newest)) yield* notes;
    },
  };
}
