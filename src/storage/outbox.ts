import type { Clock } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/ids.ts';
import { toStorable } from '../kernel/text.ts';
import { type Backlog, readBacklog } from './backlogs.ts';
import type { Database, Executor, Statement } from './database.ts';
import { lock } from './locks.ts';
import type { Write } from './unit-of-work.ts';

/**
 * An outbox: a table whose rows are effects on the outside that wait for a worker. A worker claims a row for a time, and says
 * what became of it; a claim whose node died ends by itself. A row is done at least once: where a worker dies between the
 * effect and its mark, or stands still for longer than its claim, it is done again.
 *
 * Such a table has the columns `id`, `state`, `attempts`, `lease`, `next_attempt_at`, `problem`, `created_at`, `finished_at`.
 */

/** What tells one outbox from another. All of it is SQL of our own, never anybody's input. */
export interface OutboxTable {
  readonly name: string;
  /** Its states, beside `waiting`. */
  readonly states: { readonly done: string; readonly givenUp: string };
  /** What is read of a row; {@link WAITING_COLUMNS} among it. */
  readonly columns: string;
  /**
   * The rows that may be claimed, as a query of their ids: `$1` is the time, `$2` how many at most, further values are those that
   * `claim` is given. It may be what follows `with recursive`, up to a query named `due`.
   */
  readonly due: string;
  /** Takes claims one at a time, on all nodes, by the lock of this name: for a `due` that counts what others have. */
  readonly claimsAlone?: Parameters<typeof lock>[1];
  /** What else a claimant gets to read. */
  readonly claimedColumns?: string;
  /** Assignments that go with the mark of what is done, and with another beginning. */
  readonly onDone?: string;
  readonly onRetry?: string;
  /** What else must hold of a row that is to be tried again; `$2` is the time. */
  readonly retriable?: string;
  /** Characters that are kept of a problem. */
  readonly problemLength: number;
  readonly keptDays: number;
}

/** A row that is the caller's until its claim ends. */
export interface Claim {
  readonly id: string;
  readonly lease: string;
}

/** SQL about the columns of a row; `parameter` takes a value and answers how the statement refers to it. */
export type RowCondition = (parameter: (value: unknown) => string) => string;

/** Further columns that an outcome sets, by name. */
export type AlsoSet = Readonly<Record<string, number | string | null>>;

export interface Outbox<Row> {
  /** Takes up to `limit` rows that are due, for so many seconds, under one lease. No two claims get the same one. */
  claim(limit: number, seconds: number, ...more: unknown[]): Promise<{ lease: string; rows: Row[] }>;
  /** When the next row is due, or the claim of one ends. */
  nextDue(): Promise<Date | undefined>;
  /** The claim holds for so many seconds from now on. False when it was over and the row is somebody else's. */
  renew(claim: Claim, seconds: number): Promise<boolean>;
  /** It is done: a fact, whoever has claimed the row since. The unit fails with {@link DONE_ALREADY} when that was known. */
  done(id: string): Write;
  /** Puts the row back. False when the claim was over and the row is somebody else's. */
  putBack(claim: Claim, at: Date, problem: string, also?: AlsoSet): Promise<boolean>;
  /** Puts back unharmed what was not really tried. False as in `putBack`. */
  release(claim: Claim): Promise<boolean>;
  /** False as in `putBack`. */
  giveUp(tx: Executor, claim: Claim, problem: string, also?: AlsoSet): Promise<boolean>;
  /**
   * Has one that was given up, or waits for its next attempt, tried at once; without `id` all that were given up. `only` is a condition
   * that a row has to keep.
   */
  retry(tx: Executor, id?: string, only?: RowCondition): Promise<Row[]>;
  /** What waits, and since when. */
  backlog(): Promise<Backlog>;
  /** Removes up to `limit` that were finished `keptDays` ago. Returns how many. */
  clear(limit: number): Promise<number>;
}

/** The code with which a unit fails that would mark as done what was, or what is gone. */
export const DONE_ALREADY = 'outbox_done_already';

/** What an outbox says of every row, beside what is its own. */
export const WAITING_COLUMNS =
  'id, state, attempts, lease is not null as sending, created_at, next_attempt_at, finished_at, problem';

/** {@link WAITING_COLUMNS}, as the database answers. */
export interface WaitingRow<State extends string> {
  id: string;
  state: State;
  attempts: number;
  sending: boolean;
  created_at: Date | string;
  next_attempt_at: Date | string;
  finished_at: Date | string | null;
  problem: string | null;
}

/** What is known of every entry of an outbox. */
export interface WaitingEntry<State extends string> {
  readonly id: string;
  readonly state: State;
  readonly attempts: number;
  /** Whether a node has claimed it now. */
  readonly sending: boolean;
  readonly createdAt: Date;
  /** When it is tried, or tried by another worker if the one at it does not finish. */
  readonly nextAttemptAt: Date;
  readonly finishedAt?: Date;
  /** What went wrong last. */
  readonly problem?: string;
}

export const waitingEntry = <State extends string>(row: WaitingRow<State>): WaitingEntry<State> => ({
  id: row.id,
  state: row.state,
  attempts: row.attempts,
  sending: row.sending,
  createdAt: new Date(row.created_at),
  nextAttemptAt: new Date(row.next_attempt_at),
  ...(row.finished_at === null ? {} : { finishedAt: new Date(row.finished_at) }),
  ...(row.problem === null ? {} : { problem: row.problem }),
});

/** The statements of an outbox, from its table. */
function outboxStatements(table: OutboxTable) {
  const { name, states, columns, claimedColumns, due } = table;
  const statement = (what: string, text: string): Statement => ({ name: `${name}_${what}`, text });
  const recursive = /^\s*recursive\b/.test(due);
  return {
    // The claim is a time: whoever dies with it loses the row to the next one at its end, without anybody's doing.
    claim: statement(
      'claim',
      `
      with ${recursive ? due : `due as (${due})`}
      update ${name} set lease = $3, next_attempt_at = $4, attempts = attempts + 1
      where id in (select id from due) and state = 'waiting'
      returning ${claimedColumns === undefined ? columns : `${columns}, ${claimedColumns}`}`,
    ),
    nextDue: statement(
      'next_due',
      `select next_attempt_at from ${name} where state = 'waiting' order by next_attempt_at limit 1`,
    ),
    renew: statement(
      'renew',
      `update ${name} set next_attempt_at = $3 where id = $1 and lease = $2 returning id`,
    ),
    release: statement(
      'release',
      `
      update ${name} set lease = null, next_attempt_at = $3, attempts = attempts - 1
      where id = $1 and lease = $2 returning id`,
    ),
    // A notification is sent for new rows only, so that workers do not wake each other with what they do.
    retry: (only = '') => `
      with again as (
        update ${name} set state = 'waiting', next_attempt_at = $2, finished_at = null,
          attempts = case when state = '${states.givenUp}' then 0 else attempts end
          ${table.onRetry === undefined ? '' : `, ${table.onRetry}`}
        where state <> '${states.done}' and lease is null
          ${table.retriable === undefined ? '' : `and ${table.retriable}`}
          and (id = $1 or ($1 is null and state = '${states.givenUp}')) ${only}
        returning ${columns})
      select again.*, pg_notify('gatehouse_changes', '${name}') from again`,
    clear: statement(
      'clear',
      `
      delete from ${name} where ctid = any (array(
        select ctid from ${name} where finished_at < $1 limit $2 for update skip locked))
      returning 1`,
    ),
  };
}

export function createOutbox<Row extends object>(
  database: Database,
  clock: Clock,
  random: Randomness,
  table: OutboxTable,
): Outbox<Row> {
  const { name, states, claimsAlone } = table;
  const statements = outboxStatements(table);
  const changed = async (executor: Executor, statement: Statement, values: readonly unknown[]) =>
    (await executor.query(statement, values)).length > 0;
  const fromNow = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000);
  /** An attempt ends without success: `$1` and `$2` are the claim, `$3` is the time, `$4` the problem. */
  const ending =
    (what: string, set: string) =>
    (executor: Executor, { id, lease }: Claim, at: Date, problem: string, also: AlsoSet = {}) => {
      const added = Object.keys(also).map((column, index) => `, ${column} = $${index + 5}`);
      const text = `
        update ${name} set lease = null, ${set}, problem = $4${added.join('')}
        where id = $1 and lease = $2 returning id`;
      const told = toStorable(problem.slice(0, table.problemLength));
      const values = [id, lease, at, told, ...Object.values(also)];
      return changed(executor, { name: [name, what, ...Object.keys(also)].join('_'), text }, values);
    };
  const putBack = ending('put_back', 'next_attempt_at = $3');
  const giveUp = ending('give_up', `state = '${states.givenUp}', finished_at = $3`);

  return {
    async claim(limit, seconds, ...more) {
      const lease = random.uuid();
      const take = (executor: Executor) =>
        executor.query<Row>(statements.claim, [clock.now(), limit, lease, fromNow(seconds), ...more]);
      if (claimsAlone === undefined) return { lease, rows: await take(database) };
      const rows = await database.transaction(async (tx) => {
        await lock(tx, claimsAlone);
        return take(tx);
      });
      return { lease, rows };
    },

    async nextDue() {
      const [row] = await database.query<{ next_attempt_at: Date | string }>(statements.nextDue);
      return row && new Date(row.next_attempt_at);
    },

    renew: ({ id, lease }, seconds) => changed(database, statements.renew, [id, lease, fromNow(seconds)]),

    done: (id) => ({
      otherwise: DONE_ALREADY,
      sql: (parameter) => `
        update ${name} set state = '${states.done}', lease = null, problem = null,
          finished_at = ${parameter(clock.now())} ${table.onDone === undefined ? '' : `, ${table.onDone}`}
        where id = ${parameter(id)} and state <> '${states.done}' returning 1`,
    }),

    putBack: (claim, at, problem, also) => putBack(database, claim, at, problem, also),
    release: ({ id, lease }) => changed(database, statements.release, [id, lease, clock.now()]),
    giveUp: (tx, claim, problem, also) => giveUp(tx, claim, clock.now(), problem, also),

    retry(tx, id, only) {
      const values: unknown[] = [id ?? null, clock.now()];
      const condition = only && `and (${only((value) => `$${values.push(value)}`)})`;
      return tx.query<Row>(statements.retry(condition), values);
    },
    backlog: () => readBacklog(database, name),

    async clear(limit) {
      const before = new Date(clock.now().getTime() - table.keptDays * 86_400_000);
      return (await database.query(statements.clear, [before, limit])).length;
    },
  };
}
