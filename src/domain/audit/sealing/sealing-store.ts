import type { Executor, Statement, Transaction } from '../../../storage/database.ts';
import { CompactRange, type Subtree } from '../tree/compact-range.ts';
import { fromHex, toHex } from '../tree/encoding.ts';
import type { TreeHash } from '../tree/hashing.ts';
import type { MacState } from '../tree/leaf.ts';

/** Where in the causal order the sealer goes on: behind this event. */
export interface Cursor {
  readonly xid: string;
  readonly event: string;
}

/** Where it goes on among the events of before, which have no transaction. */
export interface BeforeCursor {
  readonly at: string;
  readonly event: string;
}

/** How far the trail is sealed. */
export interface SealingState {
  readonly size: number;
  /** Of the tree of this size; undefined where what is stored cannot be one. */
  readonly frontier: CompactRange | undefined;
  /** The cluster whose transactions the cursor counts in; undefined before the first round. */
  readonly cluster: string | undefined;
  readonly cursor: Cursor;
  readonly before: BeforeCursor | undefined;
  readonly beforeDone: boolean;
  /** The index from which on events have MACs. */
  readonly provenFrom: number | undefined;
}

/** The state with what the database says at the moment. */
export interface TakenState extends SealingState {
  readonly currentCluster: string;
  /** The database's clock. */
  readonly now: Date;
  /** Whether rows without a MAC may be of a node of the version before: for a day after the first checkpoint. */
  readonly graceForOlderNodes: boolean;
}

export interface NewLeaf {
  readonly index: number;
  readonly event: string;
  readonly at: string;
  readonly mac: MacState;
  readonly hash: Uint8Array;
}

export interface NewNode extends Subtree {
  readonly hash: Uint8Array;
}

/** Levels of complete subtrees whose roots are stored. */
export const STORED_LEVELS = 8;

export const FIRST_CURSOR: Cursor = { xid: '0', event: '00000000-0000-0000-0000-000000000000' };

/** Which cluster this is, as a row of the trail gets it by default. */
export const CURRENT_CLUSTER = `coalesce(nullif(current_setting('gatehouse.cluster', true), ''), audit_cluster())`;

/** For how long nodes of the version before may run beside this one. */
export const GRACE = `interval '24 hours'`;

/**
 * From here on the transaction reads rows by the indexes that have their order: with old statistics the planner would sort all that
 * is left for each batch.
 */
const TAKE: Statement = {
  name: 'audit_sealing_take',
  text: `
    select size, frontier, cluster, xid::text as xid, event, before_at::text as before_at, before_event, before_done, proven_from,
      ${CURRENT_CLUSTER} as current_cluster, clock_timestamp() as now,
      set_config('enable_sort', 'off', true) as reads_in_order,
      proven_from > 0 and coalesce(
        (select at from audit_checkpoints order by id limit 1) > clock_timestamp() - ${GRACE}, true) as grace
    from audit_sealing where id = 1 for update skip locked`,
};

/** Cheap enough to be asked every two seconds on every node, and takes no lock. */
const WAITS: Statement = {
  name: 'audit_sealing_waits',
  text: `
    select not before_done or cluster is distinct from ${CURRENT_CLUSTER} or exists (
      select from audit_events e
      where (e.xid, e.id) > (s.xid, s.event) and e.xid < pg_snapshot_xmin(pg_current_snapshot())) as waits
    from audit_sealing s where id = 1`,
};

interface Row {
  size: string;
  frontier: unknown;
  cluster: string | null;
  xid: string;
  event: string;
  before_at: string | null;
  before_event: string | null;
  before_done: boolean;
  proven_from: string | null;
  current_cluster: string;
  now: Date | string;
  grace: boolean | null;
}

export interface SealingStore {
  /** Whether there may be something to seal. */
  waits(): Promise<boolean>;
  /** Takes the state for this transaction; undefined where somebody else has it. */
  take(tx: Transaction): Promise<TakenState | undefined>;
  append(tx: Transaction, leaves: readonly NewLeaf[], nodes: readonly NewNode[]): Promise<void>;
  /** Stores the state that {@link SealingStore.take} has taken. */
  put(tx: Transaction, state: SealingState): Promise<void>;
}

export const createSealingStore = (database: Executor, hash: TreeHash): SealingStore => ({
  async waits() {
    const [row] = await database.query<{ waits: boolean }>(WAITS);
    return row?.waits ?? false;
  },

  async take(tx) {
    const [row] = await tx.query<Row>(TAKE);
    return row && takenOf(hash, row);
  },

  async append(tx, leaves, nodes) {
    if (leaves.length > 0) {
      await tx.query(
        `insert into audit_leaves (index, event, at, mac, hash)
         select index, event, at, mac, decode(hash, 'hex')
         from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[]) as leaf(index, event, at, mac, hash)`,
        [
          leaves.map(({ index }) => String(index)),
          leaves.map(({ event }) => event),
          leaves.map(({ at }) => at),
          leaves.map(({ mac }) => mac),
          leaves.map((leaf) => toHex(leaf.hash)),
        ],
      );
    }
    if (nodes.length > 0) {
      await tx.query(
        `insert into audit_nodes (level, index, hash)
         select level, index, decode(hash, 'hex')
         from unnest($1::smallint[], $2::bigint[], $3::text[]) as node(level, index, hash)`,
        [
          nodes.map(({ level }) => level),
          nodes.map(({ index }) => String(index)),
          nodes.map((node) => toHex(node.hash)),
        ],
      );
    }
  },

  async put(tx, { size, frontier, cluster, cursor, before, beforeDone, provenFrom }) {
    await tx.query(
      `update audit_sealing set size = $1, frontier = $2::jsonb, cluster = $3, xid = $4::xid8, event = $5, before_at = $6,
         before_event = $7, before_done = $8, proven_from = $9, sealed_at = clock_timestamp()
       where id = 1`,
      [
        String(size),
        JSON.stringify(frontier?.hashes.map(toHex)),
        cluster ?? null,
        cursor.xid,
        cursor.event,
        before?.at ?? null,
        before?.event ?? null,
        beforeDone,
        provenFrom === undefined ? null : String(provenFrom),
      ],
    );
  },
});

function takenOf(hash: TreeHash, row: Row): TakenState {
  const size = Number(row.size);
  return {
    size,
    frontier: frontierOf(hash, size, row.frontier),
    cluster: row.cluster ?? undefined,
    cursor: { xid: row.xid, event: row.event },
    before:
      row.before_at === null || row.before_event === null
        ? undefined
        : { at: row.before_at, event: row.before_event },
    beforeDone: row.before_done,
    provenFrom: row.proven_from === null ? undefined : Number(row.proven_from),
    currentCluster: row.current_cluster,
    now: new Date(row.now),
    graceForOlderNodes: row.grace ?? false,
  };
}

/** The compact range of stored hashes; undefined where there are not as many as the size has, or they are no hashes. */
export function frontierOf(hash: TreeHash, size: number, stored: unknown): CompactRange | undefined {
  if (!Array.isArray(stored)) return undefined;
  const hashes = stored.map((text) => (typeof text === 'string' ? fromHex(text) : undefined));
  try {
    return CompactRange.of(hash, 0, size, hashes as Uint8Array[]);
  } catch {
    return undefined;
  }
}
