/**
 * Bulk jobs: one act about many people, done one after the other by whichever node comes to it. This folder owns which people are left,
 * what has become of the others, and that each is done once. What is done, and with whose right, it leaves to `administration`.
 */
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { MOST_TRIES, pauseAfter } from '../../kernel/tries.ts';
import type { Executor, Statement } from '../../storage/database.ts';

export type BulkState = 'running' | 'done' | 'cancelled';
export type RowState = 'waiting' | 'done' | 'refused' | 'failed';

export interface NewBulk {
  readonly act: string;
  readonly options: object;
  readonly asker: object;
  readonly askedBy: string;
  readonly accounts: readonly string[];
}

export interface Bulk extends Omit<NewBulk, 'accounts'> {
  readonly id: string;
  readonly people: number;
  readonly state: BulkState;
  readonly createdAt: Date;
  readonly finishedAt: Date | undefined;
}

export interface Progress {
  readonly waiting: number;
  readonly done: number;
  readonly refused: number;
  /** Given up, after it had failed too often. */
  readonly failed: number;
}

export interface BulkRow {
  readonly place: number;
  readonly account: string;
  readonly state: RowState;
  readonly code: string | null;
  readonly doneAt: Date | null;
}

/** Somebody about whom something is left to do. */
export interface WaitingRow {
  readonly bulk: Bulk;
  readonly place: number;
  readonly account: string;
  /** How often it has failed. */
  readonly attempts: number;
}

export interface BulkStore {
  create(tx: Executor, bulk: NewBulk): Promise<Bulk>;
  find(executor: Executor, id: string): Promise<Bulk | undefined>;
  progress(executor: Executor, id: string): Promise<Progress>;
  /** Up to `limit` rows behind a place, in their order; the other way, where places are negative. */
  rows(
    executor: Executor,
    id: string,
    page: {
      readonly after: number | undefined;
      readonly descending: boolean;
      readonly limit: number;
      readonly state: RowState | undefined;
    },
  ): Promise<BulkRow[]>;
  /** What is left to do now of bulks that run, those of the oldest first. */
  waiting(executor: Executor, limit: number): Promise<WaitingRow[]>;
  /**
   * In the transaction in which it is done: nobody else does it, and nobody cancels the bulk before its end. False where somebody has
   * done it, or has cancelled.
   */
  take(tx: Executor, row: WaitingRow): Promise<boolean>;
  refuse(executor: Executor, row: WaitingRow, code: string): Promise<void>;
  /** It has failed for a reason of ours: tried again later, or given up with this code. */
  retryLater(executor: Executor, row: WaitingRow, code: string): Promise<void>;
  /** Those that run and have nothing left to do. */
  emptied(executor: Executor): Promise<string[]>;
  /** Ends a bulk of which nothing is left. False where it is not so, or has ended already. */
  finish(tx: Executor, id: string): Promise<boolean>;
  /** False where it has ended already. */
  cancel(tx: Executor, id: string): Promise<boolean>;
  /** The roles of an account, which nobody changes before the end of the transaction. */
  lockRoles(tx: Executor, account: string): Promise<readonly string[] | undefined>;
  /** Of an account that is deleted: what it has asked for, and what was done about it. */
  forgetAccount(tx: Executor, account: string): Promise<void>;
  /** Removes up to `limit` that ended before; answers how many. */
  sweep(executor: Executor, before: Date, limit: number): Promise<number>;
}

const COLUMNS = 'id, act, options, asker, asked_by, people, state, created_at, finished_at';

interface Row {
  id: string;
  act: string;
  options: object;
  asker: object;
  asked_by: string;
  people: number;
  state: BulkState;
  created_at: Date | string;
  finished_at: Date | string | null;
}

const bulkOf = (row: Row): Bulk => ({
  id: row.id,
  act: row.act,
  options: row.options,
  asker: row.asker,
  askedBy: row.asked_by,
  people: row.people,
  state: row.state,
  createdAt: new Date(row.created_at),
  finishedAt: row.finished_at === null ? undefined : new Date(row.finished_at),
});

const CREATE: Statement = {
  name: 'bulk_jobs_create',
  text: `
    with made as (
      insert into bulk_jobs (id, act, options, asker, asked_by, people, state, created_at)
      values ($1, $2, $3, $4, $5, cardinality($6::uuid[]), 'running', $7) returning ${COLUMNS}),
    listed as (
      insert into bulk_rows (bulk, place, account, state)
      select $1, given.place, given.account, 'waiting' from unnest($6::uuid[]) with ordinality as given(account, place))
    select * from made`,
};

const FIND: Statement = { name: 'bulk_jobs_find', text: `select ${COLUMNS} from bulk_jobs where id = $1` };

const PROGRESS: Statement = {
  name: 'bulk_rows_progress',
  text: `
    select count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'done')::int as done,
      count(*) filter (where state = 'refused' and not failed)::int as refused, count(*) filter (where failed)::int as failed
    from bulk_rows where bulk = $1`,
};

const ROW_STATE = `case when failed then 'failed' else state end`;

const ROWS: Statement = {
  name: 'bulk_rows_page',
  text: `
    select place * $5::int as place, account, ${ROW_STATE} as state, code, done_at as "doneAt" from bulk_rows
    where bulk = $1 and ($2::int is null or place * $5::int > $2) and ($4::text is null or ${ROW_STATE} = $4)
    order by place * $5::int limit $3`,
};

const EMPTIED: Statement = {
  name: 'bulk_jobs_emptied',
  text: `
    select id from bulk_jobs where state = 'running'
      and not exists (select from bulk_rows where bulk = bulk_jobs.id and bulk_rows.state = 'waiting') limit 100`,
};

const WAITING: Statement = {
  name: 'bulk_rows_waiting',
  text: `
    select job.*, left_over.place, left_over.account, left_over.attempts from (select ${COLUMNS} from bulk_jobs where state = 'running') as job,
      lateral (select place, account, attempts from bulk_rows where bulk = job.id and state = 'waiting'
        and (next_attempt_at is null or next_attempt_at <= $2) order by place limit $1) as left_over
    order by job.created_at, job.id, left_over.place limit $1`,
};

const TAKE: Statement = {
  name: 'bulk_rows_take',
  text: `
    with running as materialized (select id from bulk_jobs where id = $1 and state = 'running' for share)
    update bulk_rows set state = 'done', done_at = $3 from running
    where bulk = running.id and place = $2 and bulk_rows.state = 'waiting' returning place`,
};

const REFUSE: Statement = {
  name: 'bulk_rows_refuse',
  text: `
    update bulk_rows set state = 'refused', code = $4, done_at = $3
    where bulk = $1 and place = $2 and state = 'waiting'`,
};

const RETRY_LATER: Statement = {
  name: 'bulk_rows_retry_later',
  text: `
    update bulk_rows set attempts = $3, next_attempt_at = $4
    where bulk = $1 and place = $2 and state = 'waiting' and attempts = $3 - 1`,
};

const GIVE_UP: Statement = {
  name: 'bulk_rows_give_up',
  text: `
    update bulk_rows set state = 'refused', failed = true, code = $4, done_at = $3, attempts = attempts + 1
    where bulk = $1 and place = $2 and state = 'waiting'`,
};

const FINISH: Statement = {
  name: 'bulk_jobs_finish',
  text: `
    update bulk_jobs set state = 'done', finished_at = $2
    where id = $1 and state = 'running' and not exists (select from bulk_rows where bulk = $1 and bulk_rows.state = 'waiting')
    returning id`,
};

const CANCEL: Statement = {
  name: 'bulk_jobs_cancel',
  text: `update bulk_jobs set state = 'cancelled', finished_at = $2 where id = $1 and state = 'running' returning id`,
};

const LOCK_ROLES: Statement = {
  name: 'bulk_lock_roles',
  text: 'select roles from accounts where id = $1 for update',
};

const SWEEP: Statement = {
  name: 'bulk_jobs_sweep',
  text: `
    delete from bulk_jobs where id in (select id from bulk_jobs where finished_at < $1 limit $2 for update skip locked)
    returning id`,
};

export const createBulkStore = (clock: Clock, random: Randomness): BulkStore => ({
  async create(tx, { act, options, asker, askedBy, accounts }) {
    const [given, by] = [JSON.stringify(options), JSON.stringify(asker)];
    const [row] = await tx.query<Row>(CREATE, [
      random.uuid(),
      act,
      given,
      by,
      askedBy,
      accounts,
      clock.now(),
    ]);
    return bulkOf(row as Row);
  },
  async find(executor, id) {
    const [row] = await executor.query<Row>(FIND, [id]);
    return row && bulkOf(row);
  },
  async progress(executor, id) {
    const [row] = await executor.query<Progress>(PROGRESS, [id]);
    return row ?? { waiting: 0, done: 0, refused: 0, failed: 0 };
  },
  rows: (executor, id, { after, descending, limit, state }) =>
    executor.query<BulkRow>(ROWS, [id, after ?? null, limit, state ?? null, descending ? -1 : 1]),
  async waiting(executor, limit) {
    const rows = await executor.query<Row & { place: number; account: string; attempts: number }>(WAITING, [
      limit,
      clock.now(),
    ]);
    return rows.map((row) => ({
      ...{ bulk: bulkOf(row), place: row.place, account: row.account, attempts: row.attempts },
    }));
  },
  take: async (tx, { bulk, place }) => (await tx.query(TAKE, [bulk.id, place, clock.now()])).length === 1,
  async refuse(executor, { bulk, place }, code) {
    await executor.query(REFUSE, [bulk.id, place, clock.now(), code]);
  },
  emptied: async (executor) => (await executor.query<{ id: string }>(EMPTIED, [])).map(({ id }) => id),
  async retryLater(executor, { bulk, place, attempts }, code) {
    const [now, failures] = [clock.now(), attempts + 1];
    if (failures >= MOST_TRIES) await executor.query(GIVE_UP, [bulk.id, place, now, code]);
    else await executor.query(RETRY_LATER, [bulk.id, place, failures, addSeconds(now, pauseAfter(failures))]);
  },
  finish: async (tx, id) => (await tx.query(FINISH, [id, clock.now()])).length === 1,
  cancel: async (tx, id) => (await tx.query(CANCEL, [id, clock.now()])).length === 1,
  async lockRoles(tx, account) {
    const [row] = await tx.query<{ roles: string[] }>(LOCK_ROLES, [account]);
    return row?.roles;
  },
  async forgetAccount(tx, account) {
    await tx.query('delete from bulk_rows where account = $1', [account]);
    await tx.query('delete from bulk_jobs where asked_by = $1', [`person ${account}`]);
  },
  sweep: async (executor, before, limit) => (await executor.query(SWEEP, [before, limit])).length,
});
