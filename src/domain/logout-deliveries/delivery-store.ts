import type { Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { toStorable } from '../../kernel/text.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { COLUMNS, fromRow, type LogoutEntry, type Row } from './entry-store.ts';

/** How notices leave: each is claimed for a time, and its claimant says what became of it. */

/** The code with which a unit fails that would mark as delivered what was, or what is gone. */
export const DELIVERED_ALREADY = 'logout_delivered_already';

/** A notice that is the caller's to deliver until `nextAttemptAt`. */
export interface ClaimedLogout extends LogoutEntry {
  readonly lease: string;
}

/** What a deliverer needs of those that wait. */
export interface LogoutDelivery {
  /**
   * Takes up to `limit` notices that are due, for so many seconds, and of no client more than `perClient` at the same
   * time, whichever nodes have them.
   */
  claim(limit: number, perClient: number, seconds: number): Promise<ClaimedLogout[]>;
  /** When the next notice is due, or the claim of one ends. */
  nextDue(): Promise<Date | undefined>;
  /** The client has it: a fact, whoever has claimed the notice since. Throws {@link DELIVERED_ALREADY} when that was known. */
  delivered(id: string): Write;
  /** Puts the notice back. False when the claim was over and it is somebody else's. */
  putBack(notice: ClaimedLogout, refusals: number, at: Date, problem: string): Promise<boolean>;
  /** Puts back unharmed what was not really tried. */
  release(notice: ClaimedLogout): Promise<boolean>;
  /** False as in `putBack`. */
  giveUp(tx: Executor, notice: ClaimedLogout, refusals: number, problem: string): Promise<boolean>;
}

// Goes from client to client through the index (a "loose index scan"), and takes of each what it may take: however much
// waits for one, none waits for it. Clients in no order, so that none is always first.
const CLAIM: Statement = {
  name: 'logout_deliveries_claim',
  text: `
    with recursive waiting (client_id) as (
      (select client_id from logout_deliveries where state = 'waiting' order by client_id limit 1)
      union all
      select (select later.client_id from logout_deliveries later
        where later.state = 'waiting' and later.client_id > waiting.client_id order by later.client_id limit 1)
      from waiting where waiting.client_id is not null),
    due as (
      select mine.id from waiting cross join lateral (
        select id from logout_deliveries
        where client_id = waiting.client_id and state = 'waiting' and next_attempt_at <= $1
        order by next_attempt_at
        limit greatest(0, $5 - (
          select count(*) from logout_deliveries busy
          where busy.client_id = waiting.client_id and busy.lease is not null and busy.next_attempt_at > $1))
      ) as mine
      order by random() limit $4)
    update logout_deliveries set lease = $2, next_attempt_at = $3, attempts = attempts + 1
    where id in (select id from due) and state = 'waiting'
    returning ${COLUMNS}`,
};

const NEXT_DUE: Statement = {
  name: 'logout_deliveries_next_due',
  text: `select next_attempt_at from logout_deliveries where state = 'waiting' order by next_attempt_at limit 1`,
};

const PUT_BACK: Statement = {
  name: 'logout_deliveries_put_back',
  text: `
    update logout_deliveries set lease = null, refusals = $3, next_attempt_at = $4, problem = $5
    where id = $1 and lease = $2 returning id`,
};

const RELEASE: Statement = {
  name: 'logout_deliveries_release',
  text: `
    update logout_deliveries set lease = null, next_attempt_at = $3, attempts = attempts - 1
    where id = $1 and lease = $2 returning id`,
};

const GIVE_UP: Statement = {
  name: 'logout_deliveries_give_up',
  text: `
    update logout_deliveries set state = 'given_up', lease = null, refusals = $3, finished_at = $4, problem = $5
    where id = $1 and lease = $2 returning id`,
};

const MAX_PROBLEM = 200;
const cut = (problem: string) => toStorable(problem.slice(0, MAX_PROBLEM));

export function createLogoutDelivery(database: Database, clock: Clock, random: Randomness): LogoutDelivery {
  const changed = async (executor: Executor, statement: Statement, values: readonly unknown[]) =>
    (await executor.query(statement, values)).length > 0;

  return {
    async claim(limit, perClient, seconds) {
      const lease = random.uuid();
      return database.transaction(async (tx) => {
        // One claim at a time, on all nodes: two that count at once would both find room.
        await lock(tx, 'logout-deliveries');
        const now = clock.now();
        const until = new Date(now.getTime() + seconds * 1000);
        const rows = await tx.query<Row>(CLAIM, [now, lease, until, limit, perClient]);
        return rows.map((row) => ({ ...fromRow(row), lease }));
      });
    },

    async nextDue() {
      const [row] = await database.query<Pick<Row, 'next_attempt_at'>>(NEXT_DUE);
      return row && new Date(row.next_attempt_at);
    },

    delivered: (id) => ({
      otherwise: DELIVERED_ALREADY,
      sql: (parameter) => `
        update logout_deliveries set state = 'delivered', lease = null, problem = null,
          finished_at = ${parameter(clock.now())}
        where id = ${parameter(id)} and state <> 'delivered' returning 1`,
    }),
    putBack: ({ id, lease }, refusals, at, problem) =>
      changed(database, PUT_BACK, [id, lease, refusals, at, cut(problem)]),
    release: ({ id, lease }) => changed(database, RELEASE, [id, lease, clock.now()]),
    giveUp: (tx, { id, lease }, refusals, problem) =>
      changed(tx, GIVE_UP, [id, lease, refusals, clock.now(), cut(problem)]),
  };
}
