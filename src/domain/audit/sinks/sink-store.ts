import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Database, Statement } from '../../../storage/database.ts';
import { type TrailRow, toldColumns } from '../reading/event.ts';
import type { SealedEvent } from './ecs.ts';

/** How far a sink was given the sealed trail, and which node gives it on. */
export const AuditSinkRecord = defineEntity({
  name: 'AuditSinkRecord',
  tableName: 'audit_sinks',
  properties: {
    /** The entry of the setting, without what only says how it is reached. */
    name: p.text().primary(),
    /** Of the first leaf that it was not given. */
    position: p.bigint(),
    leaseBy: p.text().nullable(),
    leaseUntil: p.datetime().nullable(),
    failures: p.integer().default(0),
    problem: p.text().nullable(),
    retryAt: p.datetime().nullable(),
    sentAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
  },
});

/** How a sink stands. Times are judged by the clock of the database, which all nodes have in common. */
export interface SinkStanding {
  readonly position: number;
  /** Leaves that it was not given. */
  readonly waiting: number;
  /** For how long the first of them has waited, from its event on; 0 where none does. */
  readonly lagSeconds: number;
  /** Another node is giving it events. */
  readonly taken: boolean;
  /** For how long the asking node will have it, where it does. */
  readonly heldSeconds: number | null;
  /** Until it is tried again after a failure; 0 where that is now. */
  readonly retrySeconds: number;
  readonly failures: number;
  readonly problem: string | undefined;
  readonly sentAt: Date | undefined;
}

export interface AuditSinkStore {
  /** How a sink stands, as `node` sees it; undefined where there is no cursor of it yet. */
  standing(name: string, node: string): Promise<SinkStanding | undefined>;
  /** Makes the cursor of a new sink: it begins with what is sealed next. */
  begin(name: string): Promise<void>;
  /** Takes a sink for a node for so many seconds, or goes on to hold it; answers its position, undefined where another has it. */
  take(name: string, node: string, seconds: number): Promise<number | undefined>;
  /** The leaves from a position on, in order, with their events. */
  read(position: number, limit: number): Promise<SealedEvent[]>;
  /** Moves the cursor; nothing where another node has the sink by now, which gives the same events again. */
  sent(name: string, node: string, position: number): Promise<void>;
  /** Notes a failure and lets another node try, but nobody for so many seconds. */
  failed(name: string, node: string, problem: string, retrySeconds: number): Promise<void>;
  release(name: string, node: string): Promise<void>;
}

const STANDING: Statement = {
  name: 'audit_sinks_standing',
  text: `
    select position::float8 as position, (size.value - position)::float8 as waiting,
      greatest(0, coalesce(extract(epoch from now() - first.at), 0))::float8 as "lagSeconds",
      coalesce(lease_until > now() and lease_by <> $2, false) as taken,
      case when lease_by = $2 then greatest(0, extract(epoch from lease_until - now())) end::float8 as "heldSeconds",
      greatest(0, coalesce(extract(epoch from retry_at - now()), 0))::float8 as "retrySeconds",
      failures, problem, sent_at as "sentAt"
    from audit_sinks
    cross join (select coalesce(max(index) + 1, 0) as value from audit_leaves) as size
    left join audit_leaves first on first.index = position
    where name = $1`,
};

const BEGIN: Statement = {
  name: 'audit_sinks_begin',
  text: `
    insert into audit_sinks (name, position) select $1, coalesce(max(index) + 1, 0) from audit_leaves
    on conflict (name) do nothing`,
};

const TAKE: Statement = {
  name: 'audit_sinks_take',
  text: `
    update audit_sinks set lease_by = $2, lease_until = now() + $3 * interval '1 second'
    where name = $1 and (lease_by = $2 or lease_until is null or lease_until <= now())
      and (retry_at is null or retry_at <= now())
    returning position::float8 as position`,
};

const READ: Statement = {
  name: 'audit_sinks_read',
  text: `
    select leaf.index::float8 as leaf_index, encode(leaf.hash, 'hex') as leaf_hash, leaf.mac as leaf_mac, leaf.event as leaf_event,
      to_char(leaf.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as leaf_at, ${toldColumns('event')}
    from (select * from audit_leaves where index >= $1 order by index limit $2) as leaf
    left join audit_events event on event.id = leaf.event and event.at = leaf.at
    order by leaf.index`,
};

const SENT: Statement = {
  name: 'audit_sinks_sent',
  text: `
    update audit_sinks set position = greatest(position, $3), failures = 0, problem = null, retry_at = null, sent_at = now()
    where name = $1 and lease_by = $2`,
};

const FAILED: Statement = {
  name: 'audit_sinks_failed',
  text: `
    update audit_sinks set failures = failures + 1, problem = $3, retry_at = now() + $4 * interval '1 second',
      lease_by = null, lease_until = null
    where name = $1 and lease_by = $2`,
};

const RELEASE: Statement = {
  name: 'audit_sinks_release',
  text: 'update audit_sinks set lease_by = null, lease_until = null where name = $1 and lease_by = $2',
};

interface StandingRow {
  position: number;
  waiting: number;
  lagSeconds: number;
  taken: boolean;
  heldSeconds: number | null;
  retrySeconds: number;
  failures: number;
  problem: string | null;
  sentAt: Date | string | null;
}

type LeafRow = {
  leaf_index: number;
  leaf_hash: string;
  leaf_mac: SealedEvent['mac'];
  leaf_event: string;
  leaf_at: string | null;
} & (TrailRow | Record<keyof TrailRow, null>);

export const createAuditSinkStore = (database: Database): AuditSinkStore => ({
  async standing(name, node) {
    const [row] = await database.query<StandingRow>(STANDING, [name, node]);
    if (row === undefined) return undefined;
    const { problem, sentAt, ...rest } = row;
    return {
      ...rest,
      problem: problem ?? undefined,
      sentAt: sentAt === null ? undefined : new Date(sentAt),
    };
  },
  async begin(name) {
    await database.query(BEGIN, [name]);
  },
  async take(name, node, seconds) {
    const [row] = await database.query<{ position: number }>(TAKE, [name, node, seconds]);
    return row?.position;
  },
  async read(position, limit) {
    const rows = await database.query<LeafRow>(READ, [position, limit]);
    return rows.map((row) => ({
      index: row.leaf_index,
      hash: row.leaf_hash,
      mac: row.leaf_mac,
      id: row.leaf_event,
      leafAt: row.leaf_at,
      row: row.id === null ? null : row,
    }));
  },
  async sent(name, node, position) {
    await database.query(SENT, [name, node, position]);
  },
  async failed(name, node, problem, retrySeconds) {
    await database.query(FAILED, [name, node, problem, retrySeconds]);
  },
  async release(name, node) {
    await database.query(RELEASE, [name, node]);
  },
});
