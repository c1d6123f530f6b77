import type { Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import { createOutbox, type Outbox } from '../../storage/outbox.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';
import { createLogoutDelivery, type LogoutDelivery } from './delivery-store.ts';
import { type DeliveryState, fromRow, type LogoutEntry, OUTBOX, type Row } from './entry-store.ts';

/**
 * SQL that yields what has ended, a row for each session and client: `session_uid`, `client_id`, `account_id` and `sid`, all
 * of them text.
 */
export type EndedSessions = Condition;

/** The notices as those need them who end sessions, and those who run them. */
export interface LogoutDeliveries extends LogoutDelivery, Pick<Outbox<Row>, 'backlog' | 'clear'> {
  /** Has the clients of what ended told of it, once this is committed: those that are registered and take notices. */
  enqueue(ended: EndedSessions): Write;
  /** Newest first. */
  list(options: { state?: DeliveryState; clientId?: string; limit: number }): Promise<LogoutEntry[]>;
  /** Has one that was given up, or waits for its next attempt, tried at once; without `id` all that were given up. */
  retry(tx: Executor, id?: string): Promise<LogoutEntry[]>;
  /** Removes what is known of somebody's past sessions. Notices that wait still go out: applications have to end theirs. */
  forgetAccount(tx: Executor, accountId: string): Promise<void>;
  /** Removes everything for a client that was removed: nothing about anybody may be sent to its former address. */
  forgetClient(tx: Executor, clientId: string): Promise<void>;
}

const LIST: Statement = {
  name: 'logout_deliveries_list',
  text: `
    select ${OUTBOX.columns} from logout_deliveries
    where ($1::text is null or state = $1) and ($2::text is null or client_id = $2)
    order by created_at desc, id limit $3`,
};

export function createLogoutDeliveries(
  database: Database,
  clock: Clock,
  random: Randomness,
): LogoutDeliveries {
  const outbox = createOutbox<Row>(database, clock, random, OUTBOX);
  return {
    ...createLogoutDelivery(outbox),
    backlog: outbox.backlog,
    clear: outbox.clear,

    enqueue: (ended) => ({
      sql: (parameter) => {
        const now = `${parameter(clock.now())}::timestamptz`;
        return `
          insert into logout_deliveries
            (id, client_id, account_id, subject, session_uid, sid, uri, state, attempts, refusals, next_attempt_at, created_at)
          select gen_random_uuid(), ended.client_id, ended.account_id::uuid,
            (select accounts.sub from accounts where accounts.id = ended.account_id::uuid), ended.session_uid, ended.sid,
            clients.metadata ->> 'backchannel_logout_uri', 'waiting', 0, 0, ${now}, ${now}
          from (${ended(parameter)}) as ended join clients on clients.id = ended.client_id
          where clients.metadata ->> 'backchannel_logout_uri' is not null`;
      },
    }),

    async list({ state, clientId, limit }) {
      return (await database.query<Row>(LIST, [state ?? null, clientId ?? null, limit])).map(fromRow);
    },

    async retry(tx, id) {
      return (await outbox.retry(tx, id)).map(fromRow);
    },

    async forgetAccount(tx, accountId) {
      await tx.query(`delete from logout_deliveries where account_id = $1 and state <> 'waiting'`, [
        accountId,
      ]);
    },

    async forgetClient(tx, clientId) {
      await tx.query('delete from logout_deliveries where client_id = $1', [clientId]);
    },
  };
}
