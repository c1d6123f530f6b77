/**
 * Sessions: how long somebody stays signed in. This folder owns the record of each session: whose it is, when it was last
 * used, when it ends and why it has ended; the record decides whether the session lasts. It leaves what the protocol
 * keeps of a session, and what the end of one takes along, to `oidc`.
 */
import { MOST_COUNTED } from '../../storage/backlogs.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';
import type { AuditActor, Origin } from '../audit/events.ts';
import type { EndReason } from './policy.ts';
import { sessionLasts } from './record-store.ts';
import { type SessionUses, sessionUses } from './use-store.ts';

export {
  SESSION_CAP_REACHED,
  SESSION_ENDED,
  type SessionSignIn,
  type SessionUse,
  type Slots,
} from './use-store.ts';

/** Who ends a session, and from where. */
export interface EndedBy {
  readonly actor: AuditActor;
  readonly origin?: Origin;
  readonly reason?: string;
}

/** How modules that know nothing of the protocol end what a person has open. Best in a transaction. */
export interface SessionEndings {
  /** Ends every session of the account and everything that it was ever issued. */
  endAll(executor: Executor, accountId: string, reason: EndReason, by: EndedBy): Promise<void>;
  /** The same, but for one session and what was issued in it. */
  endOthers(
    executor: Executor,
    accountId: string,
    sessionUid: string,
    reason: EndReason,
    by: EndedBy,
  ): Promise<void>;
}

/** A session that is held until the end of the transaction, and not yet ended. */
export interface HeldSession {
  readonly uid: string;
  readonly accountId: string;
}

export interface OpenSession extends HeldSession {
  readonly createdAt: Date;
  readonly lastActiveAt: Date;
  readonly idleExpiresAt: Date;
  readonly absoluteExpiresAt: Date;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly acr: string | undefined;
  readonly shared: boolean;
  readonly clients: readonly string[];
}

export interface SessionStore extends SessionUses {
  /** Ends sessions, whatever hangs on them. Under `name` those that had not ended: uid, account_id. */
  end(ends: readonly { readonly uid: string; readonly reason: EndReason }[], at: Date, name: string): Write;
  /** Holds the account's sessions but one; in a transaction, none of the account begins before its end. */
  holdAll(executor: Executor, accountId: string, except?: string): Promise<HeldSession[]>;
  hold(executor: Executor, uid: string): Promise<HeldSession | undefined>;
  /** The account of a session that has not ended. */
  ownerOf(uid: string): Promise<string | undefined>;
  /** In a transaction: holds up to `limit` whose time is over, and which nobody else holds, the first that ended first. */
  holdExpired(
    executor: Executor,
    now: Date,
    limit: number,
  ): Promise<(HeldSession & { readonly reason: 'idle' | 'absolute' })[]>;
  /** Those that last at that time, the last used first. */
  openOf(accountId: string, now: Date): Promise<OpenSession[]>;
  /** How many last, counted up to {@link MOST_COUNTED}, and the first deadline of those that have not been ended. */
  standing(now: Date): Promise<{ readonly open: number; readonly firstDeadline: Date | undefined }>;
  /** Forgets the account's sessions and everything about them. */
  forgetAccount(executor: Executor, accountId: string): Promise<void>;
  /** Deletes up to `limit` of those that ended before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

/** As `make_room_for_session` does: those that begin or end sessions of a person come one after the other, then hold rows. */
const LOCK_PERSON: Statement = {
  name: 'sessions_lock_person',
  text: `select pg_advisory_xact_lock(hashtextextended('gatehouse-sessions ' || $1, 0))`,
};

const HOLD_ALL: Statement = {
  name: 'sessions_hold_all',
  text: `
    select uid, account_id from sessions
    where account_id = $1 and uid is distinct from $2 and ended_at is null order by uid for update`,
};

const HOLD: Statement = {
  name: 'sessions_hold',
  text: 'select uid, account_id from sessions where uid = $1 and ended_at is null for update',
};

const OWNER_OF: Statement = {
  name: 'sessions_owner_of',
  text: 'select account_id from sessions where uid = $1 and ended_at is null',
};

const HOLD_EXPIRED: Statement = {
  name: 'sessions_hold_expired',
  text: `
    select uid, account_id, absolute_expires_at <= idle_expires_at as absolute from sessions
    where ended_at is null and idle_expires_at <= $1
    order by idle_expires_at limit $2 for update skip locked`,
};

/** Until the end of the transaction: the planner, which cannot know how many are over, may not gather and sort them all. */
const BY_THE_INDEX = 'set local enable_sort = off';

const OPEN_OF: Statement = {
  name: 'sessions_open_of',
  text: `
    select uid, account_id, created_at, last_active_at, idle_expires_at, absolute_expires_at, ip, user_agent, acr,
      shared, array(select client_id from session_clients
        where session_uid = sessions.uid order by first_used_at, client_id) as clients
    from sessions where account_id = $1 and ${sessionLasts('sessions', '$2')}
    order by last_active_at desc, uid`,
};

const STANDING: Statement = {
  name: 'sessions_standing',
  text: `
    select (select min(idle_expires_at) from sessions where ended_at is null) as first_deadline,
      (select count(*) from (
        select from sessions where ${sessionLasts('sessions', '$1')} limit ${MOST_COUNTED}) as counted)::integer as open`,
};

const FORGET_ACCOUNT: Statement = {
  name: 'sessions_forget_account',
  text: `
    with forgotten as (delete from sessions where account_id = $1 returning uid)
    delete from session_clients where session_uid in (select uid from forgotten)`,
};

const SWEEP: Statement = {
  name: 'sessions_sweep',
  text: `
    with swept as (
      delete from sessions where uid = any (array(
        select uid from sessions where ended_at < $1 limit $2 for update skip locked)) returning uid),
    clients as (delete from session_clients where session_uid in (select uid from swept))
    select uid from swept`,
};

interface HeldRow {
  uid: string;
  account_id: string;
}

interface OpenRow extends HeldRow {
  created_at: Date | string;
  last_active_at: Date | string;
  idle_expires_at: Date | string;
  absolute_expires_at: Date | string;
  ip: string | null;
  user_agent: string | null;
  acr: string | null;
  shared: boolean;
  clients: string[];
}

const held = ({ uid, account_id: accountId }: HeldRow): HeldSession => ({ uid, accountId });

export function createSessionStore(database: Database): SessionStore {
  return {
    ...sessionUses,

    end: (ends, at, name) => ({
      name,
      // The array keeps the planner to the key, however many sessions it takes to be open.
      sql: (parameter) => `
        update sessions set ended_at = ${parameter(at)}, end_reason = wanted.reason
        from jsonb_to_recordset(${parameter(JSON.stringify(ends))}::jsonb) as wanted (uid text, reason text)
        where sessions.uid = any (${parameter(ends.map(({ uid }) => uid))}::text[]) and sessions.uid = wanted.uid
          and sessions.ended_at is null
        returning sessions.uid, sessions.account_id`,
    }),

    async holdAll(executor, accountId, except) {
      await executor.query(LOCK_PERSON, [accountId]);
      return (await executor.query<HeldRow>(HOLD_ALL, [accountId, except ?? null])).map(held);
    },

    async hold(executor, uid) {
      const [row] = await executor.query<HeldRow>(HOLD, [uid]);
      return row && held(row);
    },

    async ownerOf(uid) {
      const [row] = await database.query<{ account_id: string }>(OWNER_OF, [uid]);
      return row?.account_id;
    },

    async holdExpired(executor, now, limit) {
      await executor.query(BY_THE_INDEX);
      const rows = await executor.query<HeldRow & { absolute: boolean }>(HOLD_EXPIRED, [now, limit]);
      return rows.map((row) => ({ ...held(row), reason: row.absolute ? 'absolute' : 'idle' }));
    },

    async openOf(accountId, now) {
      const rows = await database.query<OpenRow>(OPEN_OF, [accountId, now]);
      return rows.map((row) => ({
        ...held(row),
        createdAt: new Date(row.created_at),
        lastActiveAt: new Date(row.last_active_at),
        idleExpiresAt: new Date(row.idle_expires_at),
        absoluteExpiresAt: new Date(row.absolute_expires_at),
        ip: row.ip ?? undefined,
        userAgent: row.user_agent ?? undefined,
        acr: row.acr ?? undefined,
        shared: row.shared,
        clients: row.clients,
      }));
    },

    async standing(now) {
      const [row] = await database.query<{ open: number; first_deadline: Date | string | null }>(STANDING, [
        now,
      ]);
      const deadline = row?.first_deadline;
      return { open: row?.open ?? 0, firstDeadline: deadline ? new Date(deadline) : undefined };
    },

    async forgetAccount(executor, accountId) {
      await executor.query(FORGET_ACCOUNT, [accountId]);
    },

    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,
  };
}

/** As SQL: the sessions of a person that have not ended and that a client uses, as those need it who tell the client. */
export const usesOf =
  (accountId: string, clientId: string): Condition =>
  (parameter) =>
    `
    select client.session_uid, client.client_id, sessions.account_id, client.sid
    from sessions join session_clients client on client.session_uid = sessions.uid
    where sessions.account_id = ${parameter(accountId)} and client.client_id = ${parameter(clientId)}
      and sessions.ended_at is null`;
