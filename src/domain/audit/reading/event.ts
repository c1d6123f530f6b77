import { isUuid } from '../../../kernel/ids.ts';

/** A row of the trail as the queries of this folder select it. */
export interface TrailRow {
  readonly id: string;
  /** `2026-11-30T02:15:09.123456Z`, as `told_at`. */
  readonly at: string;
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
  readonly details: Readonly<Record<string, unknown>>;
}

/** Columns of {@link TrailRow}. */
export const TRAIL_COLUMNS = `id, at, told_at, xid, type, version, outcome, actor_kind, actor, account, client, session, factor, ip,
  user_agent, request_id, command, operator, reason, details`;

const UTC = `at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** The same as they are told: times as text, since a `Date` holds no microseconds. `of` is the alias of the rows. */
export const toldColumns = (of: string): string => `${of}.id, to_char(${of}.at ${UTC}) as at,
  (extract(epoch from ${of}.at) * 1000000)::bigint::text as micros, to_char(${of}.told_at ${UTC}) as told_at, ${of}.xid::text as xid,
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

/**
 * Who acted. Rows of before have no kind: there `command` and `system` stand where others have the id, and an id is that of the
 * account or the client that the row names, or by its look.
 */
export function actorOf(
  row: Pick<TrailRow, 'actor_kind' | 'actor' | 'account' | 'client'>,
): ReadActor | null {
  const { actor_kind: kind, actor: id, account, client } = row;
  if (kind !== null && KINDS.has(kind)) return { kind: kind as ReadActorKind, id };
  if (id === null) return null;
  if (id === 'command' || id === 'system') return { kind: id, id: null };
  if (id === account) return { kind: 'person', id };
  if (id === client) return { kind: 'client', id };
  return { kind: isUuid(id) ? 'person' : 'client', id };
}

/** The user of the operating system, and why: rows of before have both in their details. */
export function operatorOf({
  operator,
  reason,
  details,
}: Pick<TrailRow, 'operator' | 'reason' | 'details'>): {
  readonly operator: string | null;
  readonly reason: string | null;
} {
  const before = details.operator;
  if (operator !== null || typeof before !== 'object' || before === null) return { operator, reason };
  const { user, reason: why } = before as { user?: unknown; reason?: unknown };
  return {
    operator: typeof user === 'string' ? user : null,
    reason: reason ?? (typeof why === 'string' ? why : null),
  };
}
