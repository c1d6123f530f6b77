/**
 * Logout deliveries: the notices by which clients learn that a session has ended (OpenID Connect Back-Channel Logout
 * 1.0). This folder owns how they wait, who has one in hand, when it is tried again and how it is posted. It leaves deciding
 * that a session ends, and making the token, to the protocol.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import {
  type OutboxTable,
  WAITING_COLUMNS,
  type WaitingEntry,
  type WaitingRow,
  waitingEntry,
} from '../../storage/outbox.ts';
import { KEPT_DAYS } from './policy.ts';

/** A row for every client of every session that ended, made in the statement that ended it, and kept for some days. */
export const LogoutDeliveryRecord = defineEntity({
  name: 'LogoutDeliveryRecord',
  tableName: 'logout_deliveries',
  properties: {
    id: p.uuid().primary(),
    clientId: p.text(),
    accountId: p.uuid().index('logout_deliveries_account_id_index'),
    /** What the client knows the person by: the account may be gone when it is told. None: its id. */
    subject: p.text().nullable(),
    sessionUid: p.text().nullable(),
    sid: p.text(),
    uri: p.text(),
    state: p.enum(['waiting', 'delivered', 'given_up']),
    attempts: p.integer(),
    refusals: p.integer(),
    /** The claim of the node that delivers it. It ends at `nextAttemptAt`. */
    lease: p.uuid().nullable(),
    nextAttemptAt: p.datetime(),
    problem: p.text().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
  indexes: [
    {
      name: 'logout_deliveries_due_index',
      properties: ['clientId', 'nextAttemptAt'],
      where: `state = 'waiting'`,
    },
    { name: 'logout_deliveries_next_index', properties: ['nextAttemptAt'], where: `state = 'waiting'` },
    { name: 'logout_deliveries_lease_index', properties: ['clientId'], where: 'lease is not null' },
    {
      name: 'logout_deliveries_finished_at_index',
      properties: ['finishedAt'],
      where: 'finished_at is not null',
    },
    { name: 'logout_deliveries_created_at_index', properties: ['createdAt'] },
  ],
});

/** The table whose changes wake the deliverers. */
export const LOGOUTS_TABLE = 'logout_deliveries';

export type DeliveryState = 'waiting' | 'delivered' | 'given_up';

export interface LogoutEntry extends WaitingEntry<DeliveryState> {
  readonly clientId: string;
  readonly accountId: string;
  /** What the client knows the person by. */
  readonly subject: string;
  readonly sessionUid?: string;
  readonly sid: string;
  /** Where the client took notices when the session ended. */
  readonly uri: string;
  readonly refusals: number;
}

export const OUTBOX: OutboxTable = {
  name: LOGOUTS_TABLE,
  states: { done: 'delivered', givenUp: 'given_up' },
  columns: `${WAITING_COLUMNS}, client_id, account_id, subject, session_uid, sid, uri, refusals`,
  // Goes from client to client through the index (a "loose index scan"), and takes of each what it may take, `$5` at a time:
  // however much waits for one, none waits for it. Clients in no order, so that none is always first.
  due: `
    recursive waiting (client_id) as (
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
      order by random() limit $2)`,
  // Two that count at once would both find something free.
  claimsAlone: 'logout-deliveries',
  onRetry: 'refusals = 0',
  problemLength: 200,
  keptDays: KEPT_DAYS,
};

/** The columns of {@link OUTBOX}, as the database answers. */
export interface Row extends WaitingRow<DeliveryState> {
  client_id: string;
  account_id: string;
  subject: string | null;
  session_uid: string | null;
  sid: string;
  uri: string;
  refusals: number;
}

export const fromRow = (row: Row): LogoutEntry => ({
  ...waitingEntry(row),
  clientId: row.client_id,
  accountId: row.account_id,
  subject: row.subject ?? row.account_id,
  ...(row.session_uid === null ? {} : { sessionUid: row.session_uid }),
  sid: row.sid,
  uri: row.uri,
  refusals: row.refusals,
});
