import { defineEntity, p } from '@mikro-orm/postgresql';
import { type Deadlines, END_REASONS } from './policy.ts';

/**
 * A person's session. It lasts while `endedAt` is null and `idleExpiresAt` is ahead, which never lies after
 * `absoluteExpiresAt`.
 */
export const SessionRecord = defineEntity({
  name: 'SessionRecord',
  tableName: 'sessions',
  properties: {
    /** The provider's name of the session, which stays while its id changes. */
    uid: p.text().primary(),
    accountId: p.text().index('sessions_account_id_index'),
    createdAt: p.datetime(),
    lastActiveAt: p.datetime(),
    /** When a refresh has last put off its end; no use of its person. */
    refreshedAt: p.datetime().nullable(),
    signedInAt: p.datetime(),
    idleSeconds: p.integer(),
    absoluteSeconds: p.integer(),
    idleExpiresAt: p.datetime(),
    absoluteExpiresAt: p.datetime(),
    ip: p.text().nullable(),
    userAgent: p.text().nullable(),
    acr: p.text().nullable(),
    /** At a workstation that people share. It never becomes false again. */
    shared: p.boolean().default(false),
    byTemporaryCode: p.boolean().default(false),
    endedAt: p.datetime().nullable(),
    endReason: p.enum(END_REASONS).nullable(),
  },
  indexes: [
    {
      name: 'sessions_idle_expires_at_index',
      properties: ['idleExpiresAt'],
      where: 'ended_at is null',
    },
    { name: 'sessions_ended_at_index', properties: ['endedAt'], where: 'ended_at is not null' },
  ],
  checks: [
    { name: 'sessions_end_check', expression: '(ended_at is null) = (end_reason is null)' },
    { name: 'sessions_deadlines_check', expression: 'idle_expires_at <= absolute_expires_at' },
  ],
});

/** What is told of the end of a session to whom: the clients that have used it, and by which name they know it. */
export const SessionClientRecord = defineEntity({
  name: 'SessionClientRecord',
  tableName: 'session_clients',
  properties: {
    sessionUid: p.text().primary(),
    clientId: p.text().primary(),
    sid: p.text(),
    firstUsedAt: p.datetime(),
  },
});

/** As SQL: whether a row of `sessions` that is called `record` lasts at the time that `now` is an expression of. */
export const sessionLasts = (record: string, now: string): string =>
  `(${record}.ended_at is null and ${record}.idle_expires_at > ${now})`;

/** Expressions of a `timestamptz` and of an `integer`. */
export interface RefreshSql {
  readonly at: string;
  readonly keepsSeconds: string;
}

/** As SQL: `idleEnd` of the policy, of expressions of a `timestamptz`, an `integer` and a `timestamptz`. */
export function idleEndSql(
  since: string,
  idleSeconds: string,
  absoluteExpiresAt: string,
  refresh?: RefreshSql,
): string {
  const after = (moment: string, seconds: string) => `${moment} + make_interval(secs => ${seconds})`;
  const own = after(since, idleSeconds);
  if (refresh === undefined) return `least(${own}, ${absoluteExpiresAt})`;
  const kept = `least(${after(refresh.at, idleSeconds)}, ${after(since, refresh.keepsSeconds)})`;
  return `least(greatest(${own}, ${kept}), ${absoluteExpiresAt})`;
}

/** As SQL: the columns of {@link DeadlineRow}, of a row of `sessions` that is called `record`. */
export const deadlineColumns = (record: string): string =>
  ['last_active_at', 'idle_seconds', 'idle_expires_at', 'absolute_expires_at']
    .map((column) => `${record}.${column}`)
    .join(', ');

export interface DeadlineRow {
  readonly last_active_at: Date | string;
  readonly idle_seconds: number;
  readonly idle_expires_at: Date | string;
  readonly absolute_expires_at: Date | string;
}

export const deadlinesOf = (row: DeadlineRow): Deadlines => ({
  lastActiveAt: new Date(row.last_active_at),
  idleSeconds: row.idle_seconds,
  idleExpiresAt: new Date(row.idle_expires_at),
  absoluteExpiresAt: new Date(row.absolute_expires_at),
});
