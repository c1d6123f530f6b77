import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { type Randomness, uuidV7 } from '../../kernel/ids.ts';
import { toStorable, toStorableJson } from '../../kernel/text.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import type { AuditEvent } from './events.ts';
import { IS_CLIENT_PROBLEM } from './problem-store.ts';

export const AuditEventRecord = defineEntity({
  name: 'AuditEventRecord',
  tableName: 'audit_events',
  properties: {
    // Of a table that is partitioned by time, the key contains the time.
    id: p.uuid().primary(),
    at: p.datetime(6).primary(),
    type: p.text(),
    outcome: p.text(),
    actor: p.text().nullable(),
    account: p.text().nullable(),
    client: p.text().nullable(),
    session: p.text().nullable(),
    factor: p.text().nullable(),
    ip: p.text().nullable(),
    userAgent: p.text().nullable(),
    requestId: p.text().nullable(),
    command: p.text().nullable(),
    details: p.json(),
  },
  indexes: [
    { properties: ['account', 'at'] },
    { properties: ['at'] },
    {
      name: 'audit_events_client_problems_index',
      expression: `create index audit_events_client_problems_index on audit_events (client, at) where ${IS_CLIENT_PROBLEM}`,
    },
  ],
  checks: [{ name: 'audit_events_outcome_check', expression: `outcome in ('success', 'failure')` }],
});

/** A row as the database takes it, column for column: what {@link auditRows} prepares. */
export type AuditRow = Record<string, unknown>;

/** Longest text that a client may have put into a field (a user agent, an identifier): the rest is cut. */
const MAX_TEXT = 512;

const cut = (text: string | undefined) => (text === undefined ? null : toStorable(text.slice(0, MAX_TEXT)));

const detailsOf = ({ details, origin }: AuditEvent) =>
  origin?.operator === undefined ? details : { ...details, operator: origin.operator };

/** The last event of each clock's process: a transaction may write several in one millisecond, each by itself. */
const last = new WeakMap<Clock, { readonly time: number; readonly sequence: number }>();

/** Orders the events that a process writes in the same millisecond (RFC 9562, section 6.2, method 1). */
function nextSequence(clock: Clock, at: Date): number {
  const time = at.getTime();
  const before = last.get(clock);
  const sequence = before?.time === time ? before.sequence + 1 : 0;
  last.set(clock, { time, sequence });
  return sequence;
}

/**
 * Stamps events with the time and an id that keeps them in the order in which they were stamped. Writes nothing, so that a
 * caller can put the rows into a statement of its own. Whatever a stranger had written down is made fit to be stored: one
 * row that PostgreSQL refuses would cost every event of its group.
 */
export function auditRows(events: readonly AuditEvent[], clock: Clock, random: Randomness): AuditRow[] {
  const at = clock.now();
  return events.map((event) => ({
    id: uuidV7(random, at, nextSequence(clock, at)),
    at: at.toISOString(),
    type: event.type,
    outcome: event.outcome,
    actor: cut(event.actor),
    account: cut(event.account),
    client: cut(event.client),
    session: cut(event.session),
    factor: cut(event.factor),
    ip: cut(event.origin?.ip),
    user_agent: cut(event.origin?.userAgent),
    request_id: cut(event.origin?.requestId),
    command: cut(event.origin?.command),
    details: toStorableJson(detailsOf(event)),
  }));
}

/** The INSERT of rows given as one JSON array; `placeholder` is that parameter's name in the surrounding statement. */
export const insertAuditRows = (placeholder: string): string => `
  insert into audit_events
    (id, at, type, outcome, actor, account, client, session, factor, ip, user_agent, request_id, command, details)
  select id, at, type, outcome, actor, account, client, session, factor, ip, user_agent, request_id, command, details
  from jsonb_to_recordset(${placeholder}::jsonb) as row(
    id uuid, at timestamptz, type text, outcome text, actor text, account text, client text, session text,
    factor text, ip text, user_agent text, request_id text, command text, details jsonb)`;

/**
 * The same of one row for each session that a write of the statement, called `sessions`, has ended (its `uid`). Each has the
 * time and the sequence of the id that the row was given, and random digits of its own (RFC 9562, section 5.7).
 */
export const insertAuditRowOfEach = (placeholder: string, sessions: string): string => `
  insert into audit_events
    (id, at, type, outcome, actor, account, client, session, factor, ip, user_agent, request_id, command, details)
  select (left(id, 18) || substr(gen_random_uuid()::text, 19))::uuid, at, type, outcome, actor, account, client, ended.uid, factor, ip, user_agent, request_id,
    command, details
  from ${sessions} as ended, jsonb_to_recordset(${placeholder}::jsonb) as row(
    id text, at timestamptz, type text, outcome text, actor text, account text, client text,
    factor text, ip text, user_agent text, request_id text, command text, details jsonb)`;

const INSERT: Statement = { name: 'audit_insert', text: insertAuditRows('$1') };

/** The one writer of the trail. */
export interface AuditLog {
  /** Writes prepared rows as a transaction of their own. */
  insert(executor: Executor, rows: readonly AuditRow[]): Promise<void>;
  /** Writes events inside the caller's transaction (or as a transaction of their own, given the database itself). */
  record(executor: Executor, ...events: AuditEvent[]): Promise<void>;
  /** The same as a part of a statement of the caller's. */
  write(...events: AuditEvent[]): Write;
}

/** Hears of what was written. */
export type OnRecorded = (event: AuditEvent) => void;

/** `onRecorded` is told once an event is written by itself or inside a transaction, which may still be undone. */
export function createAuditLog(
  clock: Clock,
  random: Randomness,
  onRecorded: OnRecorded = () => undefined,
): AuditLog {
  const insert = async (executor: Executor, rows: readonly AuditRow[]) => {
    if (rows.length > 0) await executor.query(INSERT, [JSON.stringify(rows)]);
  };
  return {
    insert,
    async record(executor, ...events) {
      await insert(executor, auditRows(events, clock, random));
      for (const event of events) onRecorded(event);
    },
    write: (...events) => {
      const rows = JSON.stringify(auditRows(events, clock, random));
      return { sql: (parameter) => insertAuditRows(parameter(rows)) };
    },
  };
}
