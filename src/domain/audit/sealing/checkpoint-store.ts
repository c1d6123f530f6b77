import type { Executor, Statement } from '../../../storage/database.ts';

/** A signed state of the tree as it is stored. What is in the note counts; the other columns find it. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Buffer;
  /** Key hash of the key that has signed. */
  readonly key: string;
  readonly note: string;
  readonly at: Date;
}

/** Of the checkpoints that rounds sign one is kept about so often: they are every two seconds, for years. */
const KEPT_EVERY_SECONDS = 60;

const COLUMNS = 'size, root, key, note, at';

/** What the last round has signed, as a row of `audit_checkpoints` behind all others. */
const LAST = `
  select signed_size, signed_root, signed_key, signed_note, signed_at, 9223372036854775807
  from audit_sealing where id = 1 and signed_size is not null`;

/** The newest of all, as SQL. */
export const NEWEST_CHECKPOINT = `
  select ${COLUMNS} from (
    (select ${COLUMNS}, id from audit_checkpoints order by size desc, id desc limit 1) union all ${LAST}) as signed
  order by size desc, id desc limit 1`;

/** The size of the newest tree that is signed, as SQL; null where none is. */
export const SIGNED_SIZE = `
  (select greatest((select max(size) from audit_checkpoints), (select signed_size from audit_sealing where id = 1)))`;

const NEWEST: Statement = { name: 'audit_checkpoints_newest', text: NEWEST_CHECKPOINT };

/** The first one that covers a leaf, by the key that was valid then. */
const COVERING: Statement = {
  name: 'audit_checkpoints_covering',
  text: `
    select ${COLUMNS} from (
      (select ${COLUMNS}, id from audit_checkpoints where size > $1 order by size, id limit 1) union all ${LAST}) as signed
    where size > $1 order by size, id limit 1`,
};

/** A clock that was put back keeps no checkpoint out for longer. */
const ADD: Statement = {
  name: 'audit_checkpoints_add',
  text: `
    with last as (
      update audit_sealing set signed_size = $1, signed_root = $2, signed_key = $3, signed_note = $4, signed_at = $5 where id = 1)
    insert into audit_checkpoints (${COLUMNS})
    select $1, $2, $3, $4, $5
    where $6 or coalesce((
      select abs(extract(epoch from $5 - at)) >= ${KEPT_EVERY_SECONDS} from audit_checkpoints order by id desc limit 1), true)`,
};

const KEEP: Statement = {
  name: 'audit_checkpoints_keep',
  text: `
    insert into audit_checkpoints (${COLUMNS})
    select $1, $2, $3, $4, $5
    where not exists (select from audit_checkpoints where size = $1 and note = $4)`,
};

interface Row {
  size: string;
  root: Buffer;
  key: string;
  note: string;
  at: Date | string;
}

const checkpointOf = (row: Row): StoredCheckpoint => ({
  ...row,
  size: Number(row.size),
  at: new Date(row.at),
});

export interface CheckpointStore {
  newest(executor?: Executor): Promise<StoredCheckpoint | undefined>;
  /** The first checkpoint of a tree that has the leaf with this index. */
  covering(index: number): Promise<StoredCheckpoint | undefined>;
  /**
   * Notes what a round has signed: it is the newest from now on. It is kept when a later one comes where `always`, or where none
   * was kept in the last minute.
   */
  add(tx: Executor, checkpoint: StoredCheckpoint, always: boolean): Promise<void>;
  /** Keeps one that somebody else is about to get, so that it can be named for as long as there is the trail. */
  keep(checkpoint: StoredCheckpoint): Promise<void>;
}

export const createCheckpointStore = (database: Executor): CheckpointStore => ({
  async newest(executor = database) {
    const [row] = await executor.query<Row>(NEWEST);
    return row && checkpointOf(row);
  },
  async covering(index) {
    const [row] = await database.query<Row>(COVERING, [String(index)]);
    return row && checkpointOf(row);
  },
  async add(tx, checkpoint, always) {
    await tx.query(ADD, [...valuesOf(checkpoint), always]);
  },
  async keep(checkpoint) {
    await database.query(KEEP, valuesOf(checkpoint));
  },
});

const valuesOf = ({ size, root, key, note, at }: StoredCheckpoint) => [String(size), root, key, note, at];
