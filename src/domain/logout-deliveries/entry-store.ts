/**
 * Logout deliveries: the notices by which clients learn that a session has ended (OpenID Connect Back-Channel Logout
 * 1.0). This room owns how they wait, who has one in hand, when it is tried again and how it is posted. It leaves deciding
 * that a session ends, and making the token, to the protocol.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';

/** A row for every client of every session that ended, made in the statement that ended it, and kept for some days. */
export const LogoutDeliveryRecord = defineEntity({
  name: 'LogoutDeliveryRecord',
  tableName: 'logout_deliveries',
  properties: {
    id: p.uuid().primary(),
    clientId: p.text(),
    accountId: p.uuid().index('logout_deliveries_account_id_index'),
    sessionUid: p.text().nullable(),
    sid: p.text(),
    uri: p.text(),
    state: p.enum(['waiting', 'delivered', 'given_up']),
    attempts: p.integer(),
    refusals: p.integer(),
    /** Who is at it. Its time ends at `nextAttemptAt`. */
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

export interface LogoutEntry {
  readonly id: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly sessionUid?: string;
  readonly sid: string;
  /** Where the client took notices when the session ended. */
  readonly uri: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly refusals: number;
  /** Whether a node is at it now. */
  readonly sending: boolean;
  readonly createdAt: Date;
  /** When it is tried, or tried by somebody else if who is at it does not finish. */
  readonly nextAttemptAt: Date;
  readonly finishedAt?: Date;
  /** What went wrong last. */
  readonly problem?: string;
}

export const COLUMNS = `id, client_id, account_id, session_uid, sid, uri, state, attempts, refusals, lease is not null as sending,
  created_at, next_attempt_at, finished_at, problem`;

/** {@link COLUMNS}, as the database answers. */
export interface Row {
  id: string;
  client_id: string;
  account_id: string;
  session_uid: string | null;
  sid: string;
  uri: string;
  state: DeliveryState;
  attempts: number;
  refusals: number;
  sending: boolean;
  created_at: Date | string;
  next_attempt_at: Date | string;
  finished_at: Date | string | null;
  problem: string | null;
}

export const fromRow = (row: Row): LogoutEntry => ({
  id: row.id,
  clientId: row.client_id,
  accountId: row.account_id,
  ...(row.session_uid === null ? {} : { sessionUid: row.session_uid }),
  sid: row.sid,
  uri: row.uri,
  state: row.state,
  attempts: row.attempts,
  refusals: row.refusals,
  sending: row.sending,
  createdAt: new Date(row.created_at),
  nextAttemptAt: new Date(row.next_attempt_at),
  ...(row.finished_at === null ? {} : { finishedAt: new Date(row.finished_at) }),
  ...(row.problem === null ? {} : { problem: row.problem }),
});
