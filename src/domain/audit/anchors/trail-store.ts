import type { Database, Statement } from '../../../storage/database.ts';
import { NODE_CRYPTOGRAPHY, NODE_TREE_HASH } from '../node-cryptography.ts';
import { CompactRange, subtreesOf } from '../tree/compact-range.ts';
import { parseVkey, type VerifierKey } from '../tree/note.ts';

/** What the database says of its own trail, for the comparison with anchors. */

/** Roots of complete subtrees are stored of every so many levels. */
const STORED_LEVELS = 8;

export interface NewestCheckpoint {
  readonly note: string;
  readonly size: number;
}

export interface TrailState {
  /** How many events are sealed. */
  readonly size: number;
  readonly keys: readonly VerifierKey[];
}

export interface TrailStore {
  state(): Promise<TrailState>;
  newest(): Promise<NewestCheckpoint | undefined>;
  /** How many events are written and not sealed yet, counted up to {@link MOST_COUNTED}. */
  unsealed(): Promise<number>;
  /** The root over the first `size` leaves, from what is stored of the tree; undefined where some of it is not there. */
  rootAt(size: number): Promise<Uint8Array | undefined>;
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
      select from audit_events where not exists (select from audit_leaves where event = audit_events.id)
        and (xid, id) > (select xid, event from audit_sealing)
      limit ${MOST_COUNTED}) as waiting`,
};

const NEWEST: Statement = {
  name: 'audit_anchors_newest_checkpoint',
  text: 'select note, size::float8 as size from audit_checkpoints order by id desc limit 1',
};

const HASHES: Statement = {
  name: 'audit_anchors_hashes',
  text: `
    with wanted as (
      select * from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[]) as wanted (place, level, first, behind))
    select place, leaf.index as at, leaf.hash from wanted
    join audit_leaves leaf on leaf.index >= first and leaf.index < behind where level = 0
    union all
    select place, node.index, node.hash from wanted
    join audit_nodes node on node.level = wanted.level and node.index >= first and node.index < behind where wanted.level > 0
    order by 1, 2`,
};

export function createTrailStore(database: Pick<Database, 'query'>): TrailStore {
  const newest = async () => (await database.query<NewestCheckpoint>(NEWEST))[0];
  return {
    newest,

    async state() {
      const [row] = await database.query<{ size: number; keys: string[] }>(STATE);
      const keys = (row?.keys ?? []).flatMap((vkey) => parseVkey(NODE_CRYPTOGRAPHY.sha256, vkey) ?? []);
      return { size: row?.size ?? 0, keys };
    },

    unsealed: async () => (await database.query<{ count: number }>(UNSEALED))[0]?.count ?? 0,

    async rootAt(size) {
      const parts = subtreesOf(0, size).map(({ level, index }) => {
        const stored = level - (level % STORED_LEVELS);
        const width = 2 ** (level - stored);
        return { stored, width, first: index * width };
      });
      const rows = await database.query<{ place: number; hash: Buffer }>(HASHES, [
        parts.map((_, place) => place),
        parts.map(({ stored }) => stored),
        parts.map(({ first }) => first),
        parts.map(({ first, width }) => first + width),
      ]);
      const found = Map.groupBy(rows, ({ place }) => place);
      const roots = parts.map(({ width }, place) => {
        const hashes = (found.get(place) ?? []).map(({ hash }): Uint8Array => hash);
        return hashes.length === width ? rootOf(hashes) : undefined;
      });
      const all = roots.filter((root) => root !== undefined);
      return all.length === roots.length ? CompactRange.of(NODE_TREE_HASH, 0, size, all).root() : undefined;
    },
  };
}

/** The root over the roots of subtrees that are alike: a power of two of them. */
function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1) {
    const pairs = row;
    row = pairs.flatMap((left, index) =>
      index % 2 === 0 ? [NODE_TREE_HASH.node(left, pairs[index + 1] as Uint8Array)] : [],
    );
  }
  return row[0] as Uint8Array;
}
