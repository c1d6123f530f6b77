import type { Clock } from '../../../kernel/clock.ts';
import { GatehouseError, notFound } from '../../../kernel/errors.ts';
import type { CheckpointStore, StoredCheckpoint } from '../sealing/checkpoint-store.ts';
import type { ProofStore } from '../sealing/proof-store.ts';
import { parseCheckpoint } from '../tree/checkpoint.ts';
import { toHex } from '../tree/encoding.ts';
import { parseNote } from '../tree/note.ts';
import type { EvidenceStore, StoredLine } from './evidence-store.ts';
import type { LineFormat } from './format.ts';
import { type ConsistencyProof, type InclusionProof, PROOF_FORMAT } from './proof.ts';
import { type Written, writeBundle } from './write-bundle.ts';

/** A range of leaves that is to be exported, in the tree that was signed last. */
export interface ExportPlan {
  readonly first: number;
  readonly last: number;
  readonly size: number;
  /** The checkpoint that signs it. */
  readonly newest: StoredCheckpoint;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

export interface TrailExport {
  /** What covers the times. Throws `nothing_sealed` (404) where no sealed event is in them. */
  plan(from: Date | undefined, to: Date | undefined): Promise<ExportPlan>;
  /** The same for a range of indexes. Throws `nothing_sealed` (404). */
  planRange(first: number, last: number): Promise<ExportPlan>;
  /** Writes the bundle and closes the sink; `by` is who exports. Throws `audit_tree_damaged` where the tree has a gap. */
  write(plan: ExportPlan, lines: LineFormat, by: string, sink: WritableStream<Uint8Array>): Promise<Written>;
  /** Proof that the event is sealed. Throws `event_not_sealed` (404), `audit_tree_damaged`. */
  proveEvent(event: string): Promise<InclusionProof>;
  /** Proof that the tree of one checkpoint is the beginning of another's. Throws `checkpoint_unknown` (404), `audit_tree_damaged`. */
  proveConsistency(from: number, size: number | undefined): Promise<ConsistencyProof>;
}

export interface ExportDependencies {
  readonly store: EvidenceStore;
  readonly proofs: ProofStore;
  readonly checkpoints: Pick<CheckpointStore, 'newest' | 'covering' | 'keep'>;
  readonly clock: Clock;
  /** Names of ids, for readers. */
  readonly withLabels: (lines: readonly StoredLine[]) => Promise<readonly StoredLine[]>;
}

export function createTrailExport({
  store,
  proofs,
  checkpoints,
  clock,
  withLabels,
}: ExportDependencies): TrailExport {
  async function signedTree(): Promise<StoredCheckpoint> {
    const newest = await store.newest();
    if (newest === undefined) throw nothingSealed();
    return newest;
  }

  return {
    async plan(from, to) {
      const newest = await signedTree();
      const { size } = newest;
      const range = await store.range(size, from, to);
      if (range === undefined) throw nothingSealed();
      const first = Math.max(range.first, await store.archivedUntil());
      if (first > range.last)
        throw notFound(
          'events_archived',
          'Events of that time are archived: use the bundles of the archive.',
        );
      return { first, last: range.last, size, newest, from, to };
    },

    async planRange(first, last) {
      const newest = await signedTree();
      const { size } = newest;
      if (first < 0 || first > last || last >= size) throw nothingSealed();
      return { first, last, size, newest, from: undefined, to: undefined };
    },

    async write({ first, last, size, newest, from, to }, lines, by, sink) {
      await checkpoints.keep(newest);
      const tree = await whole(async () => ({
        left: (await proofs.hashes(0, first)).map(toHex),
        right: (await proofs.hashes(last + 1, size)).map(toHex),
      }));
      return writeBundle(
        {
          about: {
            origin: originOf(newest.note),
            lines,
            asked: { from: from?.toISOString() ?? null, to: to?.toISOString() ?? null },
            first,
            last,
            size,
            created: clock.now().toISOString(),
            by,
          },
          tree,
          keys: await store.keys(),
          async *events() {
            for await (const batch of store.lines(first, last)) yield await withLabels(batch);
          },
          checkpoints: () => store.checkpoints(first, last, newest),
        },
        sink,
      );
    },

    async proveEvent(event) {
      const found = await store.find(event);
      if (found?.line.leaf == null)
        throw notFound('event_not_sealed', 'There is no sealed event with this id.');
      const { index, leaf, personal } = found.line;
      const covering = await checkpoints.newest();
      if (covering === undefined || covering.size <= index)
        throw notFound(
          'event_not_sealed',
          'No checkpoint covers this event yet. Try again in a few seconds.',
        );
      const { size, note: checkpoint } = covering;
      const path = await whole(async () => (await proofs.inclusion(index, size)).map(toHex));
      const keys = await store.keys();
      await checkpoints.keep(covering);
      return {
        format: PROOF_FORMAT,
        proves: 'inclusion',
        index,
        leaf,
        personal,
        size,
        path,
        checkpoint,
        keys,
      };
    },

    async proveConsistency(from, size) {
      const [smaller, larger] = await Promise.all([
        checkpoints.covering(from - 1),
        size === undefined ? checkpoints.newest() : checkpoints.covering(size - 1),
      ]);
      if (smaller?.size !== from || larger === undefined || larger.size !== (size ?? larger.size))
        throw notFound('checkpoint_unknown', 'There is no checkpoint of this size.');
      if (from > larger.size)
        throw notFound('checkpoint_unknown', 'The first tree has to be the smaller one.');
      const path = await whole(async () => (await proofs.consistency(from, larger.size)).map(toHex));
      const keys = await store.keys();
      await checkpoints.keep(larger);
      return {
        format: PROOF_FORMAT,
        proves: 'consistency',
        path,
        first: smaller.note,
        second: larger.note,
        keys,
      };
    },
  };
}

const nothingSealed = () => notFound('nothing_sealed', 'No sealed event is in this range.');

function originOf(note: string): string {
  const parsed = parseNote(note);
  return (parsed && parseCheckpoint(parsed.text)?.origin) ?? '';
}

/** The hashes of the tree that a proof needs; where one is missing, somebody has taken it out. */
async function whole<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError('audit_tree_damaged', {
      message:
        'The stored tree of the audit trail has a gap, so nothing can be proven with it. See: gatehouse audit check',
      cause: error,
    });
  }
}
