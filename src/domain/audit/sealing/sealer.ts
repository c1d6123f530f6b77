import { setImmediate as turn } from 'node:timers/promises';
import type { Database, Transaction } from '../../../storage/database.ts';
import type { AuditEvent } from '../events.ts';
import { type AuditMac, storedMacFields } from '../mac.ts';
import { NODE_TREE_HASH } from '../node-cryptography.ts';
import { signCheckpoint } from '../tree/checkpoint.ts';
import type { CompactRange } from '../tree/compact-range.ts';
import { leafBytes, leafOf, type MacState } from '../tree/leaf.ts';
import { type NoteSigner, vkeyOf } from '../tree/note.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { fittingTree } from './fit.ts';
import type { AuditKeyStore, SigningAuditKeys } from './key-store.ts';
import {
  FIRST_CURSOR,
  type NewLeaf,
  type NewNode,
  type SealingState,
  type SealingStore,
  STORED_LEVELS,
  type TakenState,
} from './sealing-store.ts';
import { FIRST_BEFORE, type UnsealedRow, unsealed } from './unsealed-store.ts';

/**
 * The sealer: appends the events of the audit trail to the Merkle tree in causal order, and signs what has become of it. Every node
 * tries; whoever gets the row of the state seals a batch in one transaction, and others go on with their work.
 */
export interface Sealer {
  /**
   * Seals at most one batch and signs it. Throws `audit_tree_misfit` ({@link fittingTree}) where the tree is not the one that was
   * signed last: nothing is sealed then.
   */
  seal(): Promise<SealedBatch>;
}

export interface SealedBatch {
  /** How many events it has appended. */
  readonly sealed: number;
  /** Whether more may be there to seal at once. */
  readonly more: boolean;
  /** Whether they are events of before, which nobody waits for. */
  readonly before: boolean;
}

export interface SealerDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly mac: AuditMac;
  readonly store: SealingStore;
  readonly keys: AuditKeyStore;
  readonly checkpoints: CheckpointStore;
  /** Writes audit events inside the transaction. */
  readonly record: (tx: Transaction, ...events: AuditEvent[]) => Promise<void>;
  /** Told of events whose MAC is wrong or missing, after they are sealed. */
  readonly onInvalid: (events: readonly string[]) => void;
  readonly batchSize?: number;
}

export const BATCH = 5_000;

/** Rows after which requests of this process get their turn. */
const ROWS_A_TURN = 200;

const NOTHING: SealedBatch = { sealed: 0, more: false, before: false };

interface Round {
  readonly rows: readonly UnsealedRow[];
  /** The state after these rows, but for the tree. */
  readonly next: Omit<SealingState, 'size' | 'frontier'>;
  readonly more: boolean;
}

export function createSealer(deps: SealerDependencies): Sealer {
  const { database, store, keys, checkpoints, batchSize = BATCH } = deps;

  async function sealBatch(tx: Transaction): Promise<SealedBatch & { invalid: string[] }> {
    const state = await store.take(tx);
    if (state === undefined) return { ...NOTHING, invalid: [] };
    const signing = await keys.signing(tx);
    const frontier = fittingTree(state, await checkpoints.newest(tx), signing.current);

    const round = await nextRows(tx, state, batchSize);
    const macOf = (row: UnsealedRow) => macState(deps.mac, row, state);
    const { leaves, nodes, isKeyChange } = await appended(round.rows, frontier, macOf, signing);
    await store.append(tx, leaves, nodes);
    if (leaves.length > 0) await sign(tx, frontier, state.now, signing.current, isKeyChange);
    // Signed by the old key first; from then on the new one signs, the same tree to begin with.
    if (isKeyChange) await sign(tx, frontier, state.now, await keys.change(tx), true);
    const next = { ...round.next, size: frontier.size, frontier };
    const provenFrom = await proofStart(tx, state, next);
    await store.put(tx, { ...next, provenFrom });
    return {
      sealed: leaves.length,
      more: round.more,
      before: !state.beforeDone,
      invalid: leaves.filter(({ mac }) => mac === 'invalid').map(({ event }) => event),
    };
  }

  async function sign(tx: Transaction, tree: CompactRange, at: Date, signer: NoteSigner, always: boolean) {
    const root = Buffer.from(tree.root());
    const note = signCheckpoint(signer, { size: tree.size, root }, at);
    await checkpoints.add(tx, { size: tree.size, root, key: signer.id, note, at }, always);
  }

  /** The event from which on an event without a MAC is not one of before. */
  async function proofStart(tx: Transaction, state: SealingState, next: SealingState) {
    if (state.beforeDone || !next.beforeDone) return state.provenFrom;
    await deps.record(tx, {
      type: 'audit.proof_started',
      outcome: 'success',
      actor: { kind: 'system' },
      details: { from: next.size },
    });
    return next.size;
  }

  return {
    async seal() {
      if (!(await store.waits())) return NOTHING;
      const { invalid, ...batch } = await database.transaction(sealBatch);
      if (invalid.length > 0) deps.onInvalid(invalid);
      return batch;
    },
  };
}

/** What comes next: events of before, then those that a restore has brought from another cluster, then this cluster's. */
async function nextRows(tx: Transaction, state: TakenState, limit: number): Promise<Round> {
  const { cluster, currentCluster, cursor, provenFrom, before, beforeDone } = state;
  const kept = { cluster, cursor, before, beforeDone, provenFrom };
  if (!beforeDone) {
    const rows = await unsealed.before(tx, before ?? FIRST_BEFORE, limit);
    const last = rows.at(-1);
    const next = last === undefined ? before : { at: last.exact_at, event: last.id };
    return {
      rows: newOf(rows),
      next: { ...kept, before: next, beforeDone: rows.length < limit },
      more: true,
    };
  }
  if (cluster !== undefined && cluster !== currentCluster) {
    const rows = await unsealed.elsewhere(tx, cursor, limit);
    const elsewhere = newOf(rows).filter((row) => row.cluster !== currentCluster);
    const next =
      rows.length < limit
        ? { ...kept, cluster: currentCluster, cursor: FIRST_CURSOR }
        : { ...kept, cursor: cursorAt(rows, cursor) };
    return { rows: elsewhere, next, more: true };
  }
  const rows = await unsealed.ended(tx, cursor, limit);
  const next = { ...kept, cluster: currentCluster, cursor: cursorAt(rows, cursor) };
  return { rows: newOf(rows), next, more: rows.length === limit };
}

/**
 * Those without a leaf, each id once: of a table that is partitioned by time the key does not forbid a second row with another time. Only
 * somebody else than the server writes one; it must not stop the sealing of everything behind it, and counts as never sealed.
 */
function newOf(rows: readonly UnsealedRow[]): UnsealedRow[] {
  const seen = new Set<string>();
  return rows.filter(({ id, sealed }) => !sealed && !seen.has(id) && seen.add(id));
}

function cursorAt(rows: readonly UnsealedRow[], otherwise: SealingState['cursor']) {
  const last = rows.at(-1);
  return last?.xid == null ? otherwise : { xid: last.xid, event: last.id };
}

/** Rows of before have none; a row without one later is a forgery, unless a node of the version before may have written it. */
function macState(mac: AuditMac, row: UnsealedRow, { graceForOlderNodes }: TakenState): MacState {
  if (row.xid === null) return 'none';
  if (row.mac === null) return graceForOlderNodes ? 'none' : 'invalid';
  try {
    return mac.verify(storedMacFields(row), row.mac) ? 'valid' : 'invalid';
  } catch {
    // Nothing that the server writes: details that canonical JSON cannot write.
    return 'invalid';
  }
}

async function appended(
  rows: readonly UnsealedRow[],
  tree: CompactRange,
  macOf: (row: UnsealedRow) => MacState,
  signing: SigningAuditKeys,
) {
  const leaves: NewLeaf[] = [];
  const nodes: NewNode[] = [];
  let isKeyChange = false;
  for (const [position, row] of rows.entries()) {
    if (position % ROWS_A_TURN === ROWS_A_TURN - 1) await turn();
    const mac = macOf(row);
    const hash = NODE_TREE_HASH.leaf(leafBytes(leafOf({ ...row, mac })));
    leaves.push({ index: tree.size, event: row.id, at: row.exact_at, mac, hash });
    tree.push(hash, ({ level, index }, root) => {
      if (level % STORED_LEVELS === 0) nodes.push({ level, index, hash: root });
    });
    isKeyChange ||= mac === 'valid' && isChangeOf(signing, row);
  }
  return { leaves, nodes, isKeyChange };
}

function isChangeOf({ current, next }: SigningAuditKeys, { type, details }: UnsealedRow): boolean {
  if (type !== 'audit.key_changed' || next === undefined) return false;
  const { from, to } = (details ?? {}) as { from?: unknown; to?: unknown };
  return from === vkeyOf(current) && to === next;
}
