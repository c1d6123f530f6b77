import type { Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Executor } from '../../storage/database.ts';
import { createOutbox, type Outbox, type RowCondition } from '../../storage/outbox.ts';
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
  /** The newest first, unless asked otherwise. */
  list(query: NoticeQuery): Promise<LogoutEntry[]>;
  /**
   * Has one that was given up, or waits for its next attempt, tried at once, where it keeps a condition; without `id` all that were
   * given up.
   */
  retry(tx: Executor, id?: string, only?: RowCondition): Promise<LogoutEntry[]>;
  /** Removes what is known of somebody's past sessions. Notices that wait still go out: applications have to end theirs. */
  forgetAccount(tx: Executor, accountId: string): Promise<void>;
  /** Removes everything for a client that was removed: nothing about anybody may be sent to its former address. */
  forgetClient(tx: Executor, clientId: string): Promise<void>;
}

/** Which notices are asked for. */
export interface NoticeQuery {
  readonly state?: DeliveryState | undefined;
  readonly clientId?: string | undefined;
  /** Behind this one. */
  readonly after?: NoticePlace | undefined;
  readonly ascending?: boolean;
  readonly limit: number;
  readonly only?: RowCondition | undefined;
}

/** By what notices are ordered. */
export interface NoticePlace {
  readonly createdAt: Date;
  readonly id: string;
}

function listText(
  { state, clientId, after, ascending = false, limit, only }: NoticeQuery,
  parameter: (value: unknown) => string,
): string {
  const order = ascending ? 'asc' : 'desc';
  const place = ({ createdAt, id }: NoticePlace) =>
    `(${parameter(createdAt)}::timestamptz, ${parameter(id)}::uuid)`;
  const conditions = [
    ...(state === undefined ? [] : [`state = ${parameter(state)}`]),
    ...(clientId === undefined ? [] : [`client_id = ${parameter(clientId)}`]),
    ...(after === undefined ? [] : [`(created_at, id) ${ascending ? '>' : '<'} ${place(after)}`]),
    ...(only === undefined ? [] : [only(parameter)]),
  ];
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  return `
    select ${OUTBOX.columns} from logout_deliveries ${where}
    order by created_at ${order}, id ${order} limit ${parameter(limit)}`;
}

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

    async list(query) {
      const values: unknown[] = [];
      const text = listText(query, (value) => `$${values.push(value)}`);
      return (await database.query<Row>(text, values)).map(fromRow);
    },

    async retry(tx, id, only) {
      return (await outbox.retry(tx, id, only)).map(fromRow);
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
