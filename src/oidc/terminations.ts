import { person } from '../domain/audit/actor.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import { PENDING_EVENTS } from '../domain/audit/pending-events.ts';
import {
  type AuditRow,
  type AuditStamp,
  auditRowOfEach,
  auditRows,
  insertAuditRowOfEach,
  insertAuditRows,
} from '../domain/audit/row-store.ts';
import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import { type EndReason, endsOfflineAccess } from '../domain/sessions/policy.ts';
import type { EndedBy, HeldSession, SessionStore } from '../domain/sessions/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites, currentUnit, type Write } from '../storage/unit-of-work.ts';
import { revokeSessions, revokeSessionsNow } from './revocation-store.ts';

export interface Ending extends HeldSession {
  readonly reason: EndReason;
}

/**
 * The one way in which a session ends, whatever the reason: its record ends, what was issued in it is revoked, its clients
 * are to be told, and the audit trail says why. All of it is one statement, and of two that end the same session at the
 * same moment one does.
 */
export interface Terminations {
  /** The person of the session has signed out of it: part of the running unit. */
  signedOut(session: HeldSession): Write[];
  /** Ends the sessions by which `room` has freed slots: part of the unit in which the new session of the person begins. */
  evicted(newcomer: HeldSession, room: (name: string) => Write): Write[];
  /**
   * Ends sessions that are held by the transaction. `taking` revokes more than what was issued in them. The reasons must be
   * alike in what they mean for access without the person.
   */
  end(executor: Executor, endings: readonly Ending[], by: EndedBy, taking?: readonly Write[]): Promise<void>;
}

export interface TerminationDependencies {
  readonly sessions: Pick<SessionStore, 'end' | 'hold'>;
  readonly logouts: Pick<LogoutDeliveries, 'enqueue'>;
  readonly clock: Clock;
  readonly stamp: AuditStamp;
  /** Told of so many sessions that have ended. */
  readonly onEnded?: (reason: EndReason, sessions: number) => void;
}

export function createTerminations({
  sessions,
  logouts,
  clock,
  stamp,
  onEnded = () => undefined,
}: TerminationDependencies): Terminations {
  /** `rows` tell of the endings; those of sessions that somebody else has ended first are left out. */
  function writes(endings: readonly Ending[], rows: readonly AuditRow[], name: string): Write[] {
    const wanted = endings.map(({ uid, reason }) => ({ uid, reason }));
    const offline = endings.some(({ reason }) => endsOfflineAccess(reason));
    return [
      sessions.end(wanted, clock.now(), name),
      ...revokeSessions(name, offline),
      logouts.enqueue(() => clientsOf(name)),
      {
        sql: (parameter) =>
          `${insertAuditRows(parameter(JSON.stringify(rows)))} where row.session in (select uid from ${name})`,
      },
    ];
  }

  /** Of the running request, where there is one. */
  const rowsOf = (event: AuditEvent): AuditRow[] =>
    currentUnit()?.part(PENDING_EVENTS).prepare(event) ?? auditRows([event], stamp);

  return {
    evicted(newcomer, room) {
      const name = 'ended_for_room';
      const event = eventOf({ ...newcomer, reason: 'evicted' }, { actor: person(newcomer.accountId) });
      const rows = currentUnit()?.part(PENDING_EVENTS).prepareForEach(event) ?? auditRowOfEach(event, stamp);
      return [
        // Counted, and therefore run before anything that hangs on a session is touched: see commitWrites.
        { ...room(name), counted: (rows) => onEnded('evicted', rows) },
        revokeSessionsNow(name, endsOfflineAccess('evicted')),
        logouts.enqueue(() => clientsNowOf(name)),
        { sql: (parameter) => insertAuditRowOfEach(parameter(JSON.stringify(rows)), name) },
      ];
    },

    signedOut(session) {
      const ending = { ...session, reason: 'signed_out' } as const;
      const rows = rowsOf(eventOf(ending, { actor: person(session.accountId) }));
      // A client that begins to use it at this moment is either refused or told.
      const first = (executor: Executor) => sessions.hold(executor, session.uid);
      const counted = (ended: number) => onEnded('signed_out', ended);
      return writes([ending], rows, 'ended_by_sign_out').map((write, index) =>
        index === 0 ? { ...write, first, counted } : write,
      );
    },

    async end(executor, endings, by, taking = []) {
      if (endings.length === 0 && taking.length === 0) return;
      const events = endings.map((ending) => eventOf(ending, by));
      const ending = endings.length === 0 ? [] : writes(endings, auditRows(events, stamp), 'ended');
      await commitWrites(executor, [...ending, ...taking]);
      // They are held: no one else has ended any of them.
      for (const [reason, ended] of Map.groupBy(endings, (one) => one.reason)) onEnded(reason, ended.length);
    },
  };
}

const clientsOf = (ended: string): string => `
  select client.session_uid, client.client_id, ended.account_id, client.sid
  from ${ended} as ended join session_clients client on client.session_uid = ended.uid`;

/** The same of sessions that the statement has waited for, and therefore does not know, or not as they were at their end. */
const clientsNowOf = (ended: string): string => `
  select ended.uid as session_uid, client.client_id, ended.account_id, client.sid
  from ${ended} as ended cross join lateral clients_of_session(ended.uid) as client`;

const eventOf = (
  { uid, accountId, reason }: Ending,
  { actor, origin, reason: why }: EndedBy,
): AuditEvent => ({
  type: 'session.ended',
  outcome: 'success',
  actor,
  account: accountId,
  session: uid,
  ...(origin === undefined ? {} : { origin }),
  ...(why === undefined ? {} : { reason: why }),
  details: { reason, offline: endsOfflineAccess(reason) },
});
