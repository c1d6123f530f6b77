import type { Database, Statement } from '../../../storage/database.ts';
import { NODE_CRYPTOGRAPHY, NODE_TREE_HASH } from '../node-cryptography.ts';
import { createCheckpointStore, type StoredCheckpoint } from '../sealing/checkpoint-store.ts';
import { createProofStore, MissingHash } from '../sealing/proof-store.ts';
import { parseVkey, type VerifierKey } from '../tree/note.ts';

/** What the database says of its own trail, for the comparison with anchors. */
export interface TrailStore {
  state(): Promise<TrailState>;
  /** The newest checkpoint, as a signed note. */
  newest(): Promise<StoredCheckpoint | undefined>;
  /** Keeps one in the database, too, that an anchor is about to get. */
  keep(checkpoint: StoredCheckpoint): Promise<void>;
  /** How many events are written and not sealed yet, counted up to {@link MOST_COUNTED}. */
  unsealed(): Promise<number>;
  /** The root over the first `size` leaves, from what is stored of the tree; undefined where some of it is not there. */
  rootAt(size: number): Promise<Uint8Array | undefined>;
}

export interface TrailState {
  /** How many events are sealed. */
  readonly size: number;
  /** Every key that has signed checkpoints, or will. */
  readonly keys: readonly VerifierKey[];
}

const STATE: Statement = {
  name: 'audit_anchors_trail',
  text: `
    select size::float8 as size, array(select verifier from audit_keys order by created_at, id) as keys
    from audit_sealing`,
};

const MOST_COUNTED = 1_000_000;

const UNSEALED: Statement = {
  name: 'audit_anchors_unsealed',
  text: `
    select count(*)::float8 as count from (
      select from audit_events event, audit_sealing sealing
      where (event.xid, event.id) > (sealing.xid, sealing.event) limit ${MOST_COUNTED}) as waiting`,
};

export function createTrailStore(database: Database): TrailStore {
  const checkpoints = createCheckpointStore(database);
  const proofs = createProofStore(database, NODE_TREE_HASH);
  return {
    async state() {
      const [row] = await database.query<{ size: number; keys: string[] }>(STATE);
      const keys = (row?.keys ?? []).flatMap((vkey) => parseVkey(NODE_CRYPTOGRAPHY.sha256, vkey) ?? []);
      return { size: row?.size ?? 0, keys };
    },

    newest: () => checkpoints.newest(),

    keep: (checkpoint) => checkpoints.keep(checkpoint),

    unsealed: async () => (await database.query<{ count: number }>(UNSEALED))[0]?.count ?? 0,

    rootAt: (size) =>
      proofs.root(size).catch((error) => {
        if (error instanceof MissingHash) return undefined;
        throw error;
      }),
  };
}
