import type { Executor } from '../../../storage/database.ts';
import { type AuditMac, macColumns, type StoredMacRow, storedMacFields } from '../mac.ts';
import { SIGNED_SIZE } from '../sealing/checkpoint-store.ts';
import { CURRENT_CLUSTER, frontierOf, GRACE } from '../sealing/sealing-store.ts';
import type { Subtree } from '../tree/compact-range.ts';
import { sameBytes, type TreeHash } from '../tree/hashing.ts';
import { type Finding, MAX_KEPT } from './report.ts';

/** What of the live database stands beside the sealed events: the nodes of the tree, the sealer's state, events that wait. */
export interface CheckStore {
  /** Which of the subtrees are not stored with these hashes. */
  wrongNodes(nodes: readonly (Subtree & { readonly hash: Uint8Array })[]): Promise<Finding[]>;
  /** Whether the sealer would go on with another tree than this one. */
  wrongState(size: number, root: Uint8Array | undefined): Promise<Finding[]>;
  /**
   * Events without a leaf that were not written by Gatehouse, or that the sealer has passed or will never come to. Those with a leaf below
   * `first`, where only archived ones should be, are handed to `isSealed`.
   */
  unsealed(first: number, isSealed: (event: string) => Promise<boolean>): AsyncGenerator<Finding>;
  /** Leaves behind the end of the tree: by them the sealer would take an event for sealed. */
  stray(): Promise<Finding[]>;
}

const BATCH = 2_000;

interface UnsealedRow extends StoredMacRow {
  readonly mac: Buffer | null;
  readonly at_text: string;
  readonly index: string | null;
  readonly sealed: boolean;
  readonly passed: boolean;
  readonly unproven: boolean;
  readonly moved: boolean;
}

/**
 * By id, so that each is seen once. Passed: the cursor of the sealer is behind it (of whatever cluster it says it is, once the sealer goes
 * through this one), it claims to be of before when those are all sealed, or of a transaction that has not begun. Unproven: may have
 * no MAC. Moved: `told_at` was set past Gatehouse, which does so only beyond five minutes.
 */
const UNSEALED = `
  with s as materialized (
    select *, ${CURRENT_CLUSTER} as current_cluster, proven_from > 0 and coalesce(
      (select at from audit_checkpoints order by id limit 1) > clock_timestamp() - ${GRACE}, true) as grace
    from audit_sealing where id = 1)
  select ${macColumns('e')}, e.mac, e.at::text as at_text, l.index, l.index < s.size as sealed,
    coalesce(case
      when e.xid is null then s.before_done or (e.at, e.id) <= (s.before_at, s.before_event)
      when s.cluster = s.current_cluster
        then (e.xid, e.id) <= (s.xid, s.event) or e.xid >= pg_snapshot_xmax(pg_current_snapshot())
      else e.cluster is not distinct from s.cluster and (e.xid, e.id) <= (s.xid, s.event) end, false) as passed,
    e.xid is null or e.mac is null and coalesce(s.grace, false) as unproven,
    e.told_at between e.at - interval '5 minutes' and e.at + interval '5 minutes' is true as moved
  from s cross join audit_events e left join audit_leaves l on l.event = e.id
  where e.id > $1 and (l.index is null or l.index >= s.size or l.index < $2)
  order by e.id limit ${BATCH}`;

const STRAY = `
  select l.index, l.event, l.at::text as at from audit_leaves l
  where l.index >= (select size from audit_sealing where id = 1) order by l.index limit ${MAX_KEPT}`;

export function createCheckStore(database: Executor, hash: TreeHash, mac: AuditMac): CheckStore {
  const isOurs = (row: UnsealedRow) => {
    try {
      return row.mac !== null && mac.verify(storedMacFields(row), row.mac);
    } catch {
      return false;
    }
  };
  return {
    async wrongNodes(nodes) {
      if (nodes.length === 0) return [];
      const found = await database.query<{ level: number; index: string; hash: Buffer }>(
        `select n.level, n.index, n.hash from unnest($1::smallint[], $2::bigint[]) as asked(level, index)
         join audit_nodes n on n.level = asked.level and n.index = asked.index`,
        [nodes.map(({ level }) => level), nodes.map(({ index }) => String(index))],
      );
      const stored = new Map(found.map((row) => [`${row.level}/${row.index}`, row.hash]));
      return nodes.flatMap(({ level, index, hash: expected }): Finding[] => {
        const kept = stored.get(`${level}/${index}`);
        return kept !== undefined && sameBytes(kept, expected) ? [] : [{ kind: 'node', level, index }];
      });
    },

    async wrongState(size, root) {
      const [row] = await database.query<{ size: string; frontier: unknown; signed: string | null }>(
        `select size, frontier, ${SIGNED_SIZE} as signed from audit_sealing where id = 1`,
      );
      // It may have gone on since; but each round signs what it has sealed.
      if (row !== undefined && Number(row.size) > size && row.size === row.signed) return [];
      const frontier =
        row === undefined || Number(row.size) !== size ? undefined : frontierOf(hash, size, row.frontier);
      const fits = frontier !== undefined && (root === undefined || sameBytes(frontier.root(), root));
      return fits ? [] : [{ kind: 'sealing_state' }];
    },

    async stray() {
      const rows = await database.query<{ index: string; event: string; at: string }>(STRAY);
      return rows.map(({ index, event, at }) => ({ kind: 'inserted', index: Number(index), event, at }));
    },

    async *unsealed(first, isSealed) {
      let cursor = '00000000-0000-0000-0000-000000000000';
      for (;;) {
        const rows = await database.query<UnsealedRow>(UNSEALED, [cursor, String(first)]);
        for (const row of rows) {
          const at = { event: row.id, type: row.type ?? undefined, at: row.at_text };
          if (row.sealed) {
            if (!(await isSealed(row.id))) yield { kind: 'altered', index: Number(row.index), ...at };
          } else if (row.passed) yield { kind: 'never_sealed', ...at };
          else if (row.moved || !(row.unproven || isOurs(row))) yield { kind: 'unsealed_forged', ...at };
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < BATCH) return;
        cursor = last.id;
      }
    },
  };
}
