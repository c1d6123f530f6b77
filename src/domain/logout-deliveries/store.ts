import type { Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { type Backlog, readBacklog } from '../../storage/backlogs.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';
import { createLogoutDelivery, type LogoutDelivery } from './delivery-store.ts';
import {
  COLUMNS,
  type DeliveryState,
  fromRow,
  LOGOUTS_TABLE,
  type LogoutEntry,
  type Row,
} from './entry-store.ts';
import { KEPT_DAYS } from './policy.ts';

/**
 * SQL that yields what has ended, a row for each session and client: `session_uid`, `client_id`, `account_id` and `sid`, all
 * of them text.
 */
export type EndedSessions = Condition;

/** The notices as those need them who end sessions, and those who run them. */
export interface LogoutDeliveries extends LogoutDelivery {
  /** Has the clients of what ended told of it, once this is committed: those that are registered and take notices. */
  enqueue(ended: EndedSessions): Write;
  /** What waits, and since when. */
  backlog(): Promise<Backlog>;
  /** Newest first. */
  list(options: { state?: DeliveryState; clientId?: string; limit: number }): Promise<LogoutEntry[]>;
  /** Has one that was given up, or waits for its next attempt, tried at once; without `id` all that were given up. */
  retry(tx: Executor, id?: string): Promise<LogoutEntry[]>;
  /** Removes what is known of somebody's past sessions. Notices that wait still go out: applications have to end theirs. */
  forgetAccount(tx: Executor, accountId: string): Promise<void>;
  /** Removes everything for a client that is no more: nothing of anybody is to be sent to where it was. */
  forgetClient(tx: Executor, clientId: string): Promise<void>;
  /** Removes up to `limit` that were finished `KEPT_DAYS` ago. Returns how many. */
  clear(limit: number): Promise<number>;
}

const LIST: Statement = {
  name: 'logout_deliveries_list',
  text: `
    select ${COLUMNS} from logout_deliveries
    where ($1::text is null or state = $1) and ($2::text is null or client_id = $2)
    order by created_at desc, id limit $3`,
};

// A notification is sent for new rows only, so that deliverers do not wake each other with what they do.
const RETRY: Statement = {
  name: 'logout_deliveries_retry',
  text: `
    with again as (
      update logout_deliveries set state = 'waiting', next_attempt_at = $2, finished_at = null,
        attempts = case when state = 'given_up' then 0 else attempts end, refusals = 0
      where state <> 'delivered' and lease is null and (id = $1 or ($1 is null and state = 'given_up'))
      returning ${COLUMNS})
    select again.*, pg_notify('gatehouse_changes', '${LOGOUTS_TABLE}') from again`,
};

const CLEAR: Statement = {
  name: 'logout_deliveries_clear',
  text: `
    delete from logout_deliveries where ctid = any (array(
      select ctid from logout_deliveries where finished_at < $1 limit $2 for update skip locked))
    returning 1`,
};

export function createLogoutDeliveries(
  database: Database,
  clock: Clock,
  random: Randomness,
): LogoutDeliveries {
  return {
    ...createLogoutDelivery(database, clock, random),

    enqueue: (ended) => ({
      sql: (parameter) => {
        const now = `${parameter(clock.now())}::timestamptz`;
        return `
          insert into logout_deliveries
            (id, client_id, account_id, session_uid, sid, uri, state, attempts, refusals, next_attempt_at, created_at)
          select gen_random_uuid(), ended.client_id, ended.account_id::uuid, ended.session_uid, ended.sid,
            clients.metadata ->> 'backchannel_logout_uri', 'waiting', 0, 0, ${now}, ${now}
          from (${ended(parameter)}) as ended join clients on clients.id = ended.client_id
          where clients.metadata ->> 'backchannel_logout_uri' is not null`;
      },
    }),

    backlog: () => readBacklog(database, LOGOUTS_TABLE),

    async list({ state, clientId, limit }) {
      return (await database.query<Row>(LIST, [state ?? null, clientId ?? null, limit])).map(fromRow);
    },

    async retry(tx, id) {
      return (await tx.query<Row>(RETRY, [id ?? null, clock.now()])).map(fromRow);
    },

    async forgetAccount(tx, accountId) {
      await tx.query(`delete from logout_deliveries where account_id = $1 and state <> 'waiting'`, [
        accountId,
      ]);
    },

    async forgetClient(tx, clientId) {
      await tx.query('delete from logout_deliveries where client_id = $1', [clientId]);
    },

    async clear(limit) {
      const before = new Date(clock.now().getTime() - KEPT_DAYS * 86_400_000);
      return (await database.query(CLEAR, [before, limit])).length;
    },
  };
}
