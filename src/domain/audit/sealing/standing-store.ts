import type { Executor, Statement } from '../../../storage/database.ts';
import { NODE_CRYPTOGRAPHY, NODE_TREE_HASH } from '../node-cryptography.ts';
import { parseVkey } from '../tree/note.ts';
import { NEWEST_CHECKPOINT } from './checkpoint-store.ts';
import { fittingTree, type SignedTree } from './fit.ts';
import { CURRENT_CLUSTER, frontierOf } from './sealing-store.ts';

/** How the sealing of the trail stands. Durations are in seconds. */
export interface SealingStanding {
  /** Leaves of the tree. */
  readonly size: number;
  /** Age of the oldest event that is not sealed; 0 where all are. Events of before are not counted. */
  readonly unsealedSeconds: number;
  /** Sealed events whose MAC is wrong or missing. */
  readonly invalid: number;
  /** How long ago the newest checkpoint was signed; undefined where there is none. */
  readonly checkpointSeconds: number | undefined;
  /** Whether the tree is the one that was signed last. */
  readonly fits: boolean;
}

/** The transaction that holds the sealing up: everything that began after it waits for it. */
export interface SealingHolder {
  /** Process id of its connection; undefined where it is a prepared one, which has none. */
  readonly pid: number | undefined;
  /** What the connection calls itself, where this role may see it. */
  readonly application: string | undefined;
  /** Name of a prepared transaction. */
  readonly prepared: string | undefined;
}

export interface SealingStandingStore {
  read(): Promise<SealingStanding>;
  unsealedSeconds(): Promise<number>;
  holder(): Promise<SealingHolder | undefined>;
}

const LAST_XID = `'18446744073709551615'::xid8`;

/**
 * In the cluster of the cursor no row is of a transaction that is still to come: those are of another one, and sealed; a restore has
 * brought them.
 */
const UNSEALED = `
  greatest(0, extract(epoch from clock_timestamp() - (
    select e.at from audit_events e
    where (e.xid, e.id) > (s.xid, s.event)
      and e.xid < case when s.cluster = ${CURRENT_CLUSTER} then pg_snapshot_xmax(pg_current_snapshot()) else ${LAST_XID} end
    order by e.xid, e.id limit 1)))`;

const LAG: Statement = {
  name: 'audit_sealing_lag',
  text: `select ${UNSEALED}::float8 as seconds from audit_sealing s where id = 1`,
};

const STANDING: Statement = {
  name: 'audit_sealing_standing',
  text: `
    select s.size, s.frontier, ${UNSEALED}::float8 as unsealed,
      (select count(*) from (select from audit_leaves where mac = 'invalid' limit 10000) as found) as invalid,
      extract(epoch from clock_timestamp() - newest.at)::float8 as checkpoint, newest.size as signed_size, newest.note,
      (select verifier from audit_keys where retired_at is null order by created_at, id limit 1) as verifier
    from audit_sealing s
    left join lateral (${NEWEST_CHECKPOINT}) as newest on true
    where s.id = 1`,
};

/** Whoever has an id of a transaction holds a lock on it. */
const HOLDER: Statement = {
  name: 'audit_sealing_holder',
  text: `
    select l.pid, nullif(a.application_name, '') as application, p.gid as prepared
    from pg_locks l
    left join pg_stat_activity a on a.pid = l.pid
    left join pg_prepared_xacts p on p.transaction = l.transactionid
    where l.locktype = 'transactionid' and l.granted and l.mode = 'ExclusiveLock'
      and l.transactionid = pg_snapshot_xmin(pg_current_snapshot())::xid`,
};

function fits(size: number, frontier: unknown, newest: SignedTree | undefined, verifier: string): boolean {
  const key = parseVkey(NODE_CRYPTOGRAPHY.sha256, verifier);
  try {
    if (key === undefined) return false;
    fittingTree({ size, frontier: frontierOf(NODE_TREE_HASH, size, frontier) }, newest, key);
    return true;
  } catch {
    return false;
  }
}

export const createSealingStandingStore = (database: Executor): SealingStandingStore => ({
  async read() {
    const [row] = await database.query<{
      size: string;
      frontier: unknown;
      unsealed: number | null;
      invalid: string;
      checkpoint: number | null;
      signed_size: string | null;
      note: string | null;
      verifier: string | null;
    }>(STANDING);
    if (row === undefined) throw new Error('audit_sealing has no row');
    const size = Number(row.size);
    return {
      size,
      unsealedSeconds: row.unsealed ?? 0,
      invalid: Number(row.invalid),
      checkpointSeconds: row.checkpoint === null ? undefined : Math.max(0, row.checkpoint),
      fits: fits(
        size,
        row.frontier,
        row.note === null ? undefined : { size: Number(row.signed_size), note: row.note },
        row.verifier ?? '',
      ),
    };
  },

  async unsealedSeconds() {
    const [row] = await database.query<{ seconds: number | null }>(LAG);
    return row?.seconds ?? 0;
  },

  async holder() {
    const [row] = await database.query<{
      pid: number | null;
      application: string | null;
      prepared: string | null;
    }>(HOLDER);
    return (
      row && {
        pid: row.pid ?? undefined,
        application: row.application ?? undefined,
        prepared: row.prepared ?? undefined,
      }
    );
  },
});
