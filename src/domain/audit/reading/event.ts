import { isUuid } from '../../../kernel/ids.ts';
import { storedActor } from '../actor.ts';

/** A row of the trail as the queries of this folder select it. */
export interface TrailRow {
  readonly id: string;
  /** `2026-11-30T02:15:09.123456Z`, as `told_at`; null where somebody has written the row by hand, with an infinite time. */
  readonly at: string | null;
  /** Microseconds since the epoch; `infinity` or `-infinity`. */
  readonly micros: string;
  readonly told_at: string | null;
  readonly xid: string | null;
  readonly type: string;
  readonly version: number | null;
  readonly outcome: 'success' | 'failure';
  readonly actor_kind: string | null;
  readonly actor: string | null;
  readonly account: string | null;
  readonly client: string | null;
  readonly session: string | null;
  readonly factor: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly command: string | null;
  readonly operator: string | null;
  readonly reason: string | null;
  /** An object, unless somebody has written the row by hand: see `leafDetails`. */
  readonly details: unknown;
}

/** Columns of {@link TrailRow}. */
export const TRAIL_COLUMNS = `id, at, told_at, xid, type, version, outcome, actor_kind, actor, account, client, session, factor, ip,
  user_agent, request_id, command, operator, reason, details`;

/** A time as cursors have it. */
export const microsOf = (at: string): string =>
  `case when isfinite(${at}) then (extract(epoch from ${at}) * 1000000)::bigint::text else ${at}::text end`;

const UTC = `at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** The same as they are told: times as text, since a `Date` holds no microseconds. `of` is the alias of the rows. */
export const toldColumns = (of: string): string => `${of}.id, to_char(${of}.at ${UTC}) as at,
  ${microsOf(`${of}.at`)} as micros, to_char(${of}.told_at ${UTC}) as told_at, ${of}.xid::text as xid,
  ${of}.type, ${of}.version, ${of}.outcome, ${of}.actor_kind, ${of}.actor, ${of}.account, ${of}.client, ${of}.session, ${of}.factor,
  ${of}.ip, ${of}.user_agent, ${of}.request_id, ${of}.command, ${of}.operator, ${of}.reason, ${of}.details`;

export type ReadActorKind = 'person' | 'client' | 'command' | 'system';

export interface ReadActor {
  readonly kind: ReadActorKind;
  /** Of a person or a client. */
  readonly id: string | null;
}

const KINDS: ReadonlySet<string> = new Set([
  'person',
  'client',
  'command',
  'system',
] satisfies ReadActorKind[]);

type ActorRow = Pick<
  TrailRow,
  'actor_kind' | 'actor' | 'account' | 'client' | 'command' | 'operator' | 'reason' | 'details'
>;

/**
 * Who acted. Rows of before do not tell people from applications: an id is that of the account or the client that the row names, or
 * is taken by its look.
 */
export function actorOf(row: ActorRow): ReadActor | null {
  const { actor_kind: kind, actor: id } = storedActor(row);
  if (kind !== null) return KINDS.has(kind) ? { kind: kind as ReadActorKind, id } : null;
  if (id === null) return null;
  if (id === row.account) return { kind: 'person', id };
  if (id === row.client) return { kind: 'client', id };
  return { kind: isUuid(id) ? 'person' : 'client', id };
}

/** The user of the operating system, and why. */
export function operatorOf(row: ActorRow): {
  readonly operator: string | null;
  readonly reason: string | null;
} {
  const { operator, reason } = storedActor(row);
  return { operator, reason };
}
