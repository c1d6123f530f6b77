import type { Executor } from '../../../storage/database.ts';
import { DECIDED_TYPES } from '../activity.ts';
import type { PlaceToward } from './cursors.ts';
import { microsOf, TRAIL_COLUMNS, type TrailRow, toldColumns } from './event.ts';
import {
  type AuditFilters,
  type Bind,
  isPrefix,
  isWithin,
  LOOKED_AT,
  type Search,
  searchFor,
  type Within,
} from './filters.ts';

/** An event with what is kept beside it. */
export interface FoundEvent extends TrailRow {
  /** Its index in the tree of the proof; null where it is not sealed yet. */
  readonly leaf: string | null;
  /** In hexadecimal digits. */
  readonly leaf_hash: string | null;
  /** What the sealer found of its MAC. */
  readonly mac: 'valid' | 'none' | 'invalid' | null;
}

export interface Found<Toward extends 'older' | 'newer'> {
  readonly events: readonly FoundEvent[];
  /** Where the next page begins; toward older ones undefined where there is none. */
  readonly next: Toward extends 'newer' ? PlaceToward<Toward> : PlaceToward<Toward> | undefined;
}

export interface PageOptions {
  readonly filters: AuditFilters;
  readonly limit: number;
  readonly after?: PlaceToward<'older'> | undefined;
  /** Only events of transactions before this one, as {@link AuditReader.horizon} answers it. */
  readonly horizon?: string | undefined;
}

/** Reads the trail. Every method is one or two statements that look at a bounded number of rows. */
export interface AuditReader {
  /**
   * A page, the newest first. Where filters are combined it may be short, or empty, and have a next one: {@link LOOKED_AT} rows are
   * looked at, and no more.
   */
  page(executor: Executor, options: PageOptions): Promise<Found<'older'>>;
  /** One event by its id, or by its index in the tree of the proof; only where it is within. */
  find(
    executor: Executor,
    which: { id: string } | { leaf: string },
    within?: Within,
  ): Promise<FoundEvent | undefined>;
  /**
   * The transaction before which nothing can be added to the trail any more. Where transactions run on, it stays behind, and so
   * does whoever follows.
   */
  horizon(executor: Executor): Promise<string>;
  /**
   * What came behind a place and before the horizon, in the causal order. Nobody misses an event so: not one of a transaction that
   * took long, nor one whose node's clock is behind.
   */
  following(executor: Executor, filters: AuditFilters, after: PlaceToward<'newer'>): Promise<Found<'newer'>>;
}

export const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** This connection's cluster, as rows get it by default: transactions are numbered by each cluster for itself. */
const OWN_CLUSTER = `coalesce(nullif(current_setting('gatehouse.cluster', true), ''), audit_cluster())`;

/**
 * The types that begin so, each found by one look into the index. Where they end is not asked by a comparison: in the order of most
 * languages a dot stands elsewhere than in ASCII.
 */
const TYPES = {
  name: 'audit_types_of_prefix',
  text: `
    with recursive found(type) as (
      select min(type) from audit_events where type >= $1
      union all
      select (select min(type) from audit_events where type > found.type) from found where starts_with(type, $1))
    select type from found where starts_with(type, $1)`,
};

const HORIZON = {
  name: 'audit_horizon',
  text: 'select pg_snapshot_xmin(pg_current_snapshot())::text as xid',
};

export const createAuditReader = (): AuditReader => ({
  async page(executor, { filters, limit, after, horizon }) {
    const types = await typesOf(executor, filters);
    const { values, bind } = parameters();
    const search = searchFor(filters, types, bind);
    const others = [...search.others, ...(horizon === undefined ? [] : [beforeHorizon(bind(horizon))])];
    const looked = others.length === 0 ? limit + 1 : LOOKED_AT;
    const bounds = boundsOf(filters, after, bind);
    const text = pageText({ ...search, others }, bounds, { looked, shown: limit + 1 }, bind);
    const rows = await executor.query<PageRow>(text, values);
    const found = rows.filter((row): row is PageRow & FoundEvent => row.id !== null);
    const events = found.slice(0, limit);
    const edge = rows[0];
    if (found.length > limit) return { events, next: placeOf(events.at(-1)) };
    if (edge === undefined || edge.looked < looked) return { events, next: undefined };
    return { events, next: placeOf({ micros: edge.edge_micros, id: edge.edge_id }) };
  },

  async find(executor, which, within) {
    const { values, bind } = parameters();
    const named =
      'id' in which ? `event.id = ${bind(which.id)}::uuid` : `leaf.index = ${bind(which.leaf)}::bigint`;
    const where = [named, ...(within === undefined ? [] : [isWithin(within, bind)])].join(' and ');
    const [found] = await executor.query<FoundEvent>(
      `select ${toldColumns('event')}, leaf.index::text as leaf, encode(leaf.hash, 'hex') as leaf_hash, leaf.mac
       from audit_events event left join audit_leaves leaf on leaf.event = event.id where ${where}`,
      values,
    );
    return found;
  },

  async horizon(executor) {
    const [found] = await executor.query<{ xid: string }>(HORIZON);
    return found?.xid ?? '0';
  },

  async following(executor, filters, after) {
    const types = await typesOf(executor, filters);
    const { values, bind } = parameters();
    const text = followingText(filters, types, after, bind);
    const rows = await executor.query<FollowingRow>(text, values);
    const [edge] = rows;
    const events = rows.filter((row): row is FollowingRow & FoundEvent => row.id !== null);
    const cut = edge !== undefined && edge.looked === LOOKED_AT;
    const next = cut
      ? { xid: edge.edge_xid, id: edge.edge_id }
      : { xid: edge?.horizon ?? after.xid, id: NIL_ID };
    return { events, next: { toward: 'newer', ...next } };
  },
});

/** A row of a page; its event is absent where nothing was found, but the edge of what was looked at is there. */
type PageRow = (FoundEvent | Record<keyof FoundEvent, null>) & {
  looked: number;
  edge_micros: string;
  edge_id: string;
};

type FollowingRow = (FoundEvent | Record<keyof FoundEvent, null>) & {
  looked: number;
  edge_xid: string;
  edge_id: string;
  horizon: string;
};

function parameters(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

async function typesOf(executor: Executor, { action }: AuditFilters): Promise<readonly string[]> {
  if (action === undefined) return [];
  if (!isPrefix(action)) return [action];
  const found = await executor.query<{ type: string }>(TYPES, [action]);
  // Some orders put others between them: what this version knows is found in any.
  const known = DECIDED_TYPES.filter((type) => type.startsWith(action));
  return [...new Set([...known, ...found.map(({ type }) => type)])];
}

const placeOf = (row: { micros: string; id: string } | undefined): PlaceToward<'older'> | undefined =>
  row && { toward: 'older', micros: row.micros, id: row.id };

interface Bounds {
  /** The first and the last moment, both included, as far as they are bounded. */
  readonly from: string;
  readonly until: string;
  /** The bounds exactly; partitions that cannot hold any of it are not opened. */
  readonly others: readonly string[];
}

function boundsOf({ from, to }: AuditFilters, after: PlaceToward<'older'> | undefined, bind: Bind): Bounds {
  const others: string[] = [];
  const first = from === undefined ? `timestamptz '-infinity'` : `${bind(from)}::timestamptz`;
  let until = `timestamptz 'infinity'`;
  if (from !== undefined) others.push(`at >= ${first}`);
  if (to !== undefined) {
    until = `${bind(to)}::timestamptz`;
    others.push(`at < ${until}`);
  }
  if (after !== undefined) {
    until = after.micros.endsWith('infinity')
      ? `${bind(after.micros)}::timestamptz`
      : `(timestamptz 'epoch' + ${bind(after.micros)}::bigint * interval '1 microsecond')`;
    others.push(`at <= ${until}`, `(at, id) < (${until}, ${bind(after.id)}::uuid)`);
  }
  return { from: first, until, others };
}

const whereOf = (conditions: readonly string[]): string => {
  const given = conditions.filter((condition) => condition !== '');
  return given.length === 0 ? '' : `where ${given.join(' and ')}`;
};

const NEWEST_FIRST = 'order by at desc, id desc';

const beforeHorizon = (horizon: string) =>
  `(xid is null or xid < ${horizon}::xid8 or cluster is distinct from ${OWN_CLUSTER})`;

/**
 * Rows of an index that has the time behind other columns, the newest first. As comparisons of rows and in the order of all its
 * columns, which no other index has: given an equation, PostgreSQL may walk through the index of the time instead, where a value
 * that is rare there is found after a million others.
 */
function walkText(
  columns: readonly string[],
  values: readonly string[],
  { from, until, others }: Bounds,
  looked: string,
): string {
  const of = [...columns.map((column) => `(${column})`), 'at'].join(', ');
  return `select ${COLUMNS} from audit_events
    where (${of}) <= (${[...values, until].join(', ')}) and (${of}) >= (${[...values, from].join(', ')})
      and ${[...columns.map((column) => `(${column}) is not null`), ...others].join(' and ')}
    order by ${columns.map((column) => `(${column}) desc`).join(', ')}, at desc, id desc limit ${looked}`;
}

const COLUMNS = `${TRAIL_COLUMNS}, cluster`;

/** What is looked at. Several types are looked up one by one, since no index has them in the order of time together. */
function lookedAtText(
  { types, outcomes, driver, key }: Search,
  bounds: Bounds,
  looked: string,
  bind: Bind,
): string {
  if (types !== undefined) {
    return `
    select each.* from
      unnest(${bind(types)}::text[]) as wanted(type), unnest(${bind(outcomes)}::text[]) as ended(outcome),
      lateral (${walkText(['type', 'outcome'], ['wanted.type', 'ended.outcome'], bounds, looked)}) as each
    ${NEWEST_FIRST} limit ${looked}`;
  }
  if (key !== undefined) return walkText([key.column], [key.value], bounds, looked);
  return `select ${COLUMNS} from audit_events ${whereOf([driver, ...bounds.others])} ${NEWEST_FIRST} limit ${looked}`;
}

const pageText = (
  search: Search,
  bounds: Bounds,
  { looked, shown }: { looked: number; shown: number },
  bind: Bind,
): string => `
  with looked_at as materialized (${lookedAtText(search, bounds, bind(looked), bind)}),
  shown as (select * from looked_at ${whereOf(search.others)} ${NEWEST_FIRST} limit ${bind(shown)}),
  edge as (
    select counted.looked, last.micros as edge_micros, last.id as edge_id
    from (select count(*)::integer as looked from looked_at) as counted
    left join (select ${microsOf('at')} as micros, id
      from looked_at order by at, id limit 1) as last on true)
  select edge.*, ${toldColumns('shown')}, leaf.index::text as leaf, encode(leaf.hash, 'hex') as leaf_hash, leaf.mac
  from edge left join shown on true left join audit_leaves leaf on leaf.event = shown.id
  order by shown.at desc, shown.id desc`;

function followingText(
  filters: AuditFilters,
  types: readonly string[],
  { xid, id }: PlaceToward<'newer'>,
  bind: Bind,
): string {
  const { driver, others, types: wanted, outcomes } = searchFor(filters, types, bind);
  const conditions = [
    driver,
    ...others,
    ...(wanted === undefined
      ? []
      : [`type = any (${bind(wanted)}::text[])`, `outcome = any (${bind(outcomes)}::text[])`]),
    ...boundsOf(filters, undefined, bind).others,
  ];
  return `
  with until as (select pg_snapshot_xmin(pg_current_snapshot()) as xid),
  looked_at as materialized (
    select ${TRAIL_COLUMNS} from audit_events
    where (xid, id) > (${bind(xid)}::xid8, ${bind(id)}::uuid) and xid < (select until.xid from until) and cluster = ${OWN_CLUSTER}
    order by xid, id limit ${LOOKED_AT}),
  shown as (select * from looked_at ${whereOf(conditions)}),
  edge as (
    select counted.looked, last.xid::text as edge_xid, last.id as edge_id, until.xid::text as horizon
    from until, (select count(*)::integer as looked from looked_at) as counted
    left join (select xid, id from looked_at order by xid desc, id desc limit 1) as last on true)
  select edge.*, ${toldColumns('shown')}, leaf.index::text as leaf, encode(leaf.hash, 'hex') as leaf_hash, leaf.mac
  from edge left join shown on true left join audit_leaves leaf on leaf.event = shown.id
  order by shown.xid, shown.id`;
}
