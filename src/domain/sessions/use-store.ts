import { toStorable } from '../../kernel/text.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { COALESCED_SECONDS, idleEnd, type Refresh, type SessionLimits } from './policy.ts';
import { idleEndSql, sessionLasts } from './record-store.ts';

/** What requests write of a session's life, as parts of their units: its beginning, each use of it, and who uses it. */

/** The code with which a unit fails that follows a session which has ended meanwhile. */
export const SESSION_ENDED = 'session_ended';

/** The code with which a unit fails that begins a session of somebody who may have no more of them. */
export const SESSION_CAP_REACHED = 'session_cap_reached';

/** The sign-in by which a session came to be, or was confirmed. */
export interface SessionSignIn {
  readonly acr: string | undefined;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  /** A temporary code stood in for the second factor. */
  readonly byTemporaryCode: boolean;
}

/** What a request does with a session. */
export interface SessionUse {
  readonly uid: string;
  readonly accountId: string;
  readonly signedInAt: Date;
  readonly limits: SessionLimits;
  /** It is at a workstation that people share, from here on at the latest. */
  readonly shared: boolean;
  readonly at: Date;
}

/** How a new session finds its place among those of its person. */
export interface Slots {
  readonly most: number;
  readonly evict: boolean;
  /** What the person has chosen to end for it. */
  readonly chosen: readonly string[];
}

export interface SessionUses {
  /** Begins the record. Fails with {@link SESSION_ENDED} where the uid is that of another one, or of one that has ended. */
  start(use: SessionUse, signIn: SessionSignIn): Write;
  /**
   * Ends those sessions of its person that are `chosen`, and then as many, those used longest ago first, as are too many
   * with the new one. Under `name` those that it has ended: uid, account_id. Without `evict` it fails with
   * {@link SESSION_CAP_REACHED} where the chosen ones are not enough. One at a time for each person, on all nodes.
   */
  freeSlots(use: SessionUse, room: Slots, name: string): Write;
  /**
   * Its person has used it, which is written every time, and guarded: fails with {@link SESSION_ENDED}. With `signIn`,
   * they have proven who they are once more.
   */
  use(use: SessionUse, signIn?: SessionSignIn): Write;
  /**
   * Its person has used it: written where the last time is long enough ago, and of no consequence where it has ended, or
   * where somebody else is at it.
   */
  touch(uid: string, at: Date): Write;
  /**
   * A client has refreshed its tokens in it, whose refreshes count: its end is put off, and nothing else of it changes. Of no
   * consequence where it has ended, is one of a shared workstation, or may go without its person for less than `leastIdleSeconds`.
   */
  keep(uid: string, refresh: Refresh, leastIdleSeconds: number): Write;
  /**
   * Its person has used it at a workstation that people share: from here on it is one of such a workstation, with no more
   * time without its person than that. Of no consequence where it has ended.
   */
  becomeShared(uid: string, idleSeconds: number, at: Date): Write;
  /**
   * A client with stricter limits uses it, or a workstation that people share. With `active`, its person does. Guarded as
   * `use`.
   */
  narrow(use: SessionUse, active: boolean): Write;
  /** It has not ended, and does not before the unit is committed. Guarded as `use`. */
  lasts(uid: string): Write;
  /**
   * Clients use it, each knowing it by its `sid`. In a unit with a guarded write before it: whoever ends the session waits for
   * that, and so tells these clients, too.
   */
  join(uid: string, clients: Readonly<Record<string, string>>, at: Date): Write;
  /** Clients use it no more. Under `name` the rows that were there: client_id, sid. */
  leave(uid: string, clientIds: readonly string[], name: string): Write;
}

const MAX_TEXT = 512;
const cut = (text: string | undefined) => (text === undefined ? null : toStorable(text.slice(0, MAX_TEXT)));

type Parameter = (value: unknown) => string;

/**
 * The columns of mode and deadlines, within the limits that the session has by now and those of this use. Where that is no use
 * of its person, the time without them goes on from when they were there.
 */
function deadlines(
  { signedInAt, limits, shared, at }: SessionUse,
  active: boolean,
  parameter: Parameter,
): string {
  const since = active ? `${parameter(at)}::timestamptz` : 'sessions.last_active_at';
  const signedIn = `${parameter(signedInAt)}::timestamptz`;
  const idle = `least(sessions.idle_seconds, ${parameter(limits.idleSeconds)}::integer)`;
  const absolute = `least(sessions.absolute_seconds, ${parameter(limits.absoluteSeconds)}::integer)`;
  const end = `${signedIn} + make_interval(secs => ${absolute})`;
  return `
    last_active_at = ${since}, ${shared ? 'shared = true,' : ''} signed_in_at = ${signedIn}, idle_seconds = ${idle},
    absolute_seconds = ${absolute}, absolute_expires_at = ${end},
    idle_expires_at = ${idleEndSql(since, idle, end)}`;
}

/** What is over is not brought back by a request that began before. */
const lastsFor = ({ uid, accountId, at }: SessionUse, parameter: Parameter): string =>
  `uid = ${parameter(uid)} and account_id = ${parameter(accountId)} and ${sessionLasts('sessions', `${parameter(at)}::timestamptz`)}`;

const ofSignIn = ({ acr, ip, userAgent, byTemporaryCode }: SessionSignIn, parameter: Parameter): string => `
  by_temporary_code = ${parameter(byTemporaryCode)}, acr = ${parameter(acr ?? null)}, ip = ${parameter(cut(ip))}, user_agent = ${parameter(cut(userAgent))}`;

export const sessionUses: SessionUses = {
  start: (use, signIn) => ({
    otherwise: SESSION_ENDED,
    sql: (parameter) => {
      const { uid, accountId, signedInAt, limits, shared, at } = use;
      const end = new Date(signedInAt.getTime() + limits.absoluteSeconds * 1000);
      const values = [
        uid,
        accountId,
        at,
        at,
        signedInAt,
        limits.idleSeconds,
        limits.absoluteSeconds,
        idleEnd(at, limits.idleSeconds, end),
        end,
        signIn.acr ?? null,
        cut(signIn.ip),
        cut(signIn.userAgent),
        shared,
        signIn.byTemporaryCode,
      ];
      return `
        insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds,
          absolute_seconds, idle_expires_at, absolute_expires_at, acr, ip, user_agent, shared, by_temporary_code)
        values (${values.map(parameter).join(', ')})
        on conflict (uid) do update set ${deadlines(use, true, parameter)}, ${ofSignIn(signIn, parameter)}
        where sessions.account_id = excluded.account_id and sessions.ended_at is null returning 1`;
    },
  }),

  freeSlots: ({ uid, accountId, at }, { most, evict, chosen }, name) => ({
    name,
    sql: (parameter) => `
      select uid, account_id from make_room_for_session(${parameter(accountId)}, ${parameter(uid)},
        ${parameter(most)}::integer, ${parameter(evict)}::boolean, ${parameter([...chosen])}::text[],
        ${parameter(at)}::timestamptz)`,
  }),

  use: (use, signIn) => ({
    otherwise: SESSION_ENDED,
    sql: (parameter) => `
      update sessions set ${deadlines(use, true, parameter)}
        ${signIn === undefined ? '' : `, ${ofSignIn(signIn, parameter)}`}
      where ${lastsFor(use, parameter)} returning 1`,
  }),

  touch: (uid, at) => ({
    sql: (parameter) => {
      const now = `${parameter(at)}::timestamptz`;
      return `
        update sessions set last_active_at = ${now},
          idle_expires_at = ${idleEndSql(now, 'idle_seconds', 'absolute_expires_at')}
        where uid = (
          select uid from sessions
          where uid = ${parameter(uid)} and ${sessionLasts('sessions', now)}
            and last_active_at <= ${now} - interval '${COALESCED_SECONDS} seconds'
          for update skip locked)`;
    },
  }),

  keep: (uid, { at, keepsSeconds }, leastIdleSeconds) => ({
    // Counted, so that the session is held before what hangs on it: see commitWrites.
    counted: () => undefined,
    sql: (parameter) => {
      const now = `${parameter(at)}::timestamptz`;
      const refresh = { at: now, keepsSeconds: `${parameter(keepsSeconds)}::integer` };
      const end = idleEndSql('last_active_at', 'idle_seconds', 'absolute_expires_at', refresh);
      return `
        update sessions set refreshed_at = ${now}, idle_expires_at = ${end}
        where uid = ${parameter(uid)} and ${sessionLasts('sessions', now)} and not shared
          and idle_seconds >= ${parameter(leastIdleSeconds)}::integer
          and ${end} >= idle_expires_at + interval '${COALESCED_SECONDS} seconds'
        returning 1`;
    },
  }),

  becomeShared: (uid, idleSeconds, at) => ({
    sql: (parameter) => {
      const now = `${parameter(at)}::timestamptz`;
      const idle = `least(idle_seconds, ${parameter(idleSeconds)}::integer)`;
      return `
        update sessions set shared = true, last_active_at = ${now}, idle_seconds = ${idle},
          idle_expires_at = ${idleEndSql(now, idle, 'absolute_expires_at')}
        where uid = ${parameter(uid)} and ${sessionLasts('sessions', now)}`;
    },
  }),

  narrow: (use, active) => ({
    otherwise: SESSION_ENDED,
    sql: (parameter) => `
      update sessions set ${deadlines(use, active, parameter)}
      where ${lastsFor(use, parameter)} returning 1`,
  }),

  lasts: (uid) => ({
    otherwise: SESSION_ENDED,
    sql: (parameter) => `select 1 from sessions where uid = ${parameter(uid)} and ended_at is null for share`,
  }),

  join: (uid, clients, at) => ({
    sql: (parameter) => `
      insert into session_clients (session_uid, client_id, sid, first_used_at)
      select ${parameter(uid)}, key, value, ${parameter(at)} from jsonb_each_text(${parameter(JSON.stringify(clients))})
      on conflict (session_uid, client_id) do update set sid = excluded.sid`,
  }),

  leave: (uid, clientIds, name) => ({
    name,
    sql: (parameter) => `
      delete from session_clients
      where session_uid = ${parameter(uid)} and client_id = any (${parameter([...clientIds])}::text[])
      returning client_id, sid`,
  }),
};
