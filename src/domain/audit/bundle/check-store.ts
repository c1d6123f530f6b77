import type { Executor } from '../../../storage/database.ts';
import { type AuditMac, macColumns, type StoredMacRow, storedMacFields } from '../mac.ts';
import { frontierOf } from '../sealing/sealing-store.ts';
import type { Subtree } from '../tree/compact-range.ts';
import { sameBytes, type TreeHash } from '../tree/hashing.ts';
import type { Finding } from './report.ts';

/** What of the live database stands beside the sealed events: the nodes of the tree, the sealer's state, events that wait. */
export interface CheckStore {
  /** Which of the subtrees are not stored with these hashes. */
  wrongNodes(nodes: readonly (Subtree & { readonly hash: Uint8Array })[]): Promise<Finding[]>;
  /** Whether the sealer would go on with another tree than this one. */
  wrongState(size: number, root: Uint8Array | undefined): Promise<Finding[]>;
  /** Events without a leaf that were not written by Gatehouse, or that the sealer has passed. */
  unsealed(): AsyncGenerator<Finding>;
}

const BATCH = 2_000;

interface UnsealedRow extends StoredMacRow {
  readonly mac: Buffer | null;
  readonly at_text: string;
  readonly passed: boolean;
}

/**
 * By id, so that each is seen once. Passed: the cursor of the sealer is behind it, or it claims to be of before when those are
 * all sealed.
 */
const UNSEALED = `
  select ${macColumns('e')}, e.mac, e.at::text as at_text,
    case when e.xid is null then s.before_done
      else e.cluster is not distinct from s.cluster and (e.xid, e.id) <= (s.xid, s.event) end as passed
  from audit_events e, audit_sealing s
  where e.id > $1 and s.id = 1 and not exists (select from audit_leaves l where l.event = e.id)
  order by e.id limit ${BATCH}`;

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
      const [row] = await database.query<{ size: string; frontier: unknown }>(
        'select size, frontier from audit_sealing where id = 1',
      );
      // It may have gone on since.
      if (row !== undefined && Number(row.size) > size) return [];
      const frontier =
        row === undefined || Number(row.size) !== size ? undefined : frontierOf(hash, size, row.frontier);
      const fits = frontier !== undefined && (root === undefined || sameBytes(frontier.root(), root));
      return fits ? [] : [{ kind: 'sealing_state' }];
    },

    async *unsealed() {
      let cursor = '00000000-0000-0000-0000-000000000000';
      for (;;) {
        const rows = await database.query<UnsealedRow>(UNSEALED, [cursor]);
        for (const row of rows) {
          const at = { event: row.id, type: row.type ?? undefined, at: row.at_text };
          if (row.passed) yield { kind: 'never_sealed', ...at };
          else if (!isOurs(row)) yield { kind: 'unsealed_forged', ...at };
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < BATCH) return;
        cursor = last.id;
      }
    },
  };
}
