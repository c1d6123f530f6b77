import type { Clock } from '../../kernel/clock.ts';
import { type Randomness, uuidV7 } from '../../kernel/ids.ts';
import { toStorable } from '../../kernel/text.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { actorColumns } from './actor.ts';
import { stampDetails } from './details.ts';
import { versionOf } from './events/versions.ts';
import type { AuditEvent } from './events.ts';
import { type AuditMac, KEYED_ID_LENGTH, MAC_DOMAIN, MAC_FIELDS, sixDigits } from './mac.ts';

/** What events get when they are made into rows. */
export interface AuditStamp {
  readonly clock: Clock;
  readonly random: Randomness;
  readonly mac: AuditMac;
  /**
   * How far the clock may be from the database's, in seconds: beyond, `at` is the latter, and `told_at` what the clock said.
   * Undefined where the clock is meant to differ.
   */
  readonly toleranceSeconds?: number | undefined;
}

/** A node's clock may be off so far. */
export const CLOCK_TOLERANCE_SECONDS = 300;

/** A row as the database takes it, column for column: what {@link auditRows} prepares. */
export type AuditRow = Record<string, unknown>;

/** Longest text that a client may have put into a field (a user agent, an identifier): the rest is cut. */
const MAX_TEXT = 512;

const cut = (text: string | null | undefined): string | null =>
  text == null ? null : toStorable(text.slice(0, MAX_TEXT));

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

function stamped(event: AuditEvent, at: Date, { clock, random }: AuditStamp, text = sixDigits(at)) {
  const { actor_kind, actor, command, operator } = actorColumns(event.actor);
  const { text: details, personal } = stampDetails(event.details, random);
  const fields = {
    id: uuidV7(random, at, nextSequence(clock, at)),
    at: text,
    type: event.type,
    version: String(versionOf(event.type)),
    outcome: event.outcome,
    actor_kind,
    actor: cut(actor),
    account: cut(event.account),
    client: cut(event.client),
    session: cut(event.session),
    factor: cut(event.factor),
    ip: cut(event.origin?.ip),
    user_agent: cut(event.origin?.userAgent),
    request_id: cut(event.origin?.requestId),
    command: cut(command),
    operator: cut(operator),
    reason: cut(event.reason),
    details,
  };
  return { fields, personal };
}

const toleranceOf = ({ toleranceSeconds }: AuditStamp) =>
  toleranceSeconds === undefined ? {} : { tolerance: `${toleranceSeconds} s` };

/**
 * Stamps events with the time, an id that keeps them in the order in which they were stamped, and a MAC. Writes nothing, so that a
 * caller can put the rows into a statement of its own. Whatever a stranger had written down is made fit to be stored: one
 * row that PostgreSQL refuses would cost every event of its group.
 */
export function auditRows(events: readonly AuditEvent[], stamp: AuditStamp): AuditRow[] {
  const at = stamp.clock.now();
  const text = sixDigits(at);
  return events.map((event) => {
    const { fields, personal } = stamped(event, at, stamp, text);
    return {
      ...fields,
      ...toleranceOf(stamp),
      mac: `\\x${stamp.mac.of(fields)}`,
      ...(personal.length === 0 ? {} : { personal }),
    };
  });
}

/**
 * The same for a row that is written only where a statement finds that it is to be. Throws where the event has personal values:
 * they could not be kept beside it.
 */
export function conditionalAuditRows(event: AuditEvent, stamp: AuditStamp): AuditRow[] {
  const rows = auditRows([event], stamp);
  if (rows.some(hasPersonal)) throw personalRefused(event);
  return rows;
}

/** A pattern for {@link insertAuditRowOfEach}: its rows get their MAC in SQL, by pads of a key for their ids. */
export function auditRowOfEach(event: AuditEvent, stamp: AuditStamp): AuditRow[] {
  const { fields, personal } = stamped(event, stamp.clock.now(), stamp);
  if (personal.length > 0) throw personalRefused(event);
  const { ipad, opad } = stamp.mac.pads(fields.id);
  return [{ ...fields, ...toleranceOf(stamp), ipad: `\\x${ipad}`, opad: `\\x${opad}` }];
}

const personalRefused = ({ type }: AuditEvent) =>
  new Error(`audit event ${type}: an event that depends on a condition cannot have personal values`);

export const hasPersonal = (row: AuditRow): boolean => row.personal !== undefined;

const isOff =
  'row.at::timestamptz not between statement_timestamp() - row.tolerance and statement_timestamp() + row.tolerance';

const COLUMNS = `
    (id, at, told_at, type, version, outcome, actor_kind, actor, account, client, session, factor, ip, user_agent, request_id,
    command, operator, reason, details, mac)`;

const AT = `case when ${isOff} then statement_timestamp() else row.at::timestamptz end,
    case when ${isOff} then row.at::timestamptz end`;

/** The INSERT of rows given as one JSON array; `placeholder` is that parameter's name in the surrounding statement. */
export const insertAuditRows = (placeholder: string): string => `
  insert into audit_events ${COLUMNS}
  select id, ${AT}, type, version, outcome, actor_kind, actor, account, client, session, factor, ip, user_agent, request_id,
    command, operator, reason, details::jsonb, mac
  from jsonb_to_recordset(${placeholder}::jsonb) as row(
    id uuid, at timestamptz, tolerance interval, type text, version smallint, outcome text, actor_kind text, actor text,
    account text, client text, session text, factor text, ip text, user_agent text, request_id text, command text,
    operator text, reason text, details text, mac bytea)`;

/** The INSERT of the personal values of the same rows. */
export const insertPersonalRows = (placeholder: string): string => `
  insert into audit_personal (event, path, account, salt, value)
  select row.id, held.path, row.account, held.salt, held.value
  from jsonb_to_recordset(${placeholder}::jsonb) as row(id uuid, account text, personal jsonb),
    jsonb_to_recordset(row.personal) as held(path text, salt bytea, value text)`;

/** Both as parts of a unit. */
export function writesOf(rows: readonly AuditRow[]): Write[] {
  const text = JSON.stringify(rows);
  const events: Write = { sql: (parameter) => insertAuditRows(parameter(text)) };
  return rows.some(hasPersonal)
    ? [events, { sql: (parameter) => insertPersonalRows(parameter(text)) }]
    : [events];
}

const EACH_MAC = ['id', 'at', ...MAC_FIELDS.slice(2)].map((field) =>
  field === 'id' ? 'row.event::text' : field === 'session' ? 'row.ended' : `row.${field}`,
);

/**
 * The same of one row for each session that a write of the statement, called `sessions`, has ended (its `uid`). Each has the
 * time and the sequence of the id that the row was given, and random digits of its own (RFC 9562, section 5.7); so they have the
 * key of their MAC in common.
 */
export const insertAuditRowOfEach = (placeholder: string, sessions: string): string => `
  insert into audit_events ${COLUMNS}
  select row.event, ${AT}, type, version::smallint, outcome, actor_kind, actor, account, client, row.ended, factor, ip, user_agent,
    request_id, command, operator, reason, details::jsonb,
    audit_row_mac(row.ipad, row.opad, array['${MAC_DOMAIN}', ${EACH_MAC.join(', ')}])
  from (
    select (left(each.id, ${KEYED_ID_LENGTH}) || substr(gen_random_uuid()::text, ${KEYED_ID_LENGTH + 1}))::uuid as event,
      ended.uid as ended, each.*
    from ${sessions} as ended, jsonb_to_recordset(${placeholder}::jsonb) as each(
      id text, at text, tolerance interval, type text, version text, outcome text, actor_kind text, actor text, account text,
      client text, factor text, ip text, user_agent text, request_id text, command text, operator text, reason text,
      details text, ipad bytea, opad bytea)
    offset 0) as row`;
