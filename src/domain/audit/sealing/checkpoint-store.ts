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

const COLUMNS = 'size, root, key, note, at';

const NEWEST: Statement = {
  name: 'audit_checkpoints_newest',
  text: `select ${COLUMNS} from audit_checkpoints order by size desc, id desc limit 1`,
};

/** The first one that covers a leaf, by the key that was valid then. */
const COVERING: Statement = {
  name: 'audit_checkpoints_covering',
  text: `select ${COLUMNS} from audit_checkpoints where size > $1 order by size, id limit 1`,
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
  add(tx: Executor, checkpoint: StoredCheckpoint): Promise<void>;
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
  async add(tx, { size, root, key, note, at }) {
    await tx.query('insert into audit_checkpoints (size, root, key, note, at) values ($1, $2, $3, $4, $5)', [
      String(size),
      root,
      key,
      note,
      at,
    ]);
  },
});
