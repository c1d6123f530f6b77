import type { Executor } from '../../../storage/database.ts';
import type { PlaceToward } from './cursors.ts';
import { TRAIL_COLUMNS, type TrailRow, toldColumns } from './event.ts';
import { type AuditFilters, type Bind, isPrefix, LOOKED_AT, type Search, searchFor } from './filters.ts';

/** An event with what is kept beside it. */
export interface FoundEvent extends TrailRow {
  /** Its index in the tree of the proof; null where it is not sealed yet. */
  readonly leaf: string | null;
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
  /** One event by its id, or by its index in the tree of the proof. */
  find(executor: Executor, which: { id: string } | { leaf: string }): Promise<FoundEvent | undefined>;
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

/** The types that begin so, each found by one look into the index. */
const TYPES = {
  name: 'audit_types_of_prefix',
  text: `
    with recursive found(type) as (
      select min(type) from audit_events where type >= $1 and type < $2
      union all
      select (select min(type) from audit_events where type > found.type and type < $2) from found where type is not null)
    select type from found where type is not null`,
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

  async find(executor, which) {
    const where = 'id' in which ? 'event.id = $1::uuid' : 'leaf.index = $1::bigint';
    const [found] = await executor.query<FoundEvent>(
      `select ${toldColumns('event')}, leaf.index::text as leaf, leaf.mac
       from audit_events event left join audit_leaves leaf on leaf.event = event.id where ${where}`,
      ['id' in which ? which.id : which.leaf],
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
  // The end of what begins so: the character behind the dot.
  const found = await executor.query<{ type: string }>(TYPES, [action, `${action.slice(0, -1)}/`]);
  return found.map(({ type }) => type);
}

const placeOf = (row: { micros: string; id: string } | undefined): PlaceToward<'older'> | undefined =>
  row && { toward: 'older', micros: row.micros, id: row.id };

/** The bounds of time, which every index answers with its condition: partitions that cannot hold any of it are not opened. */
function boundsOf(
  { from, to }: AuditFilters,
  after: PlaceToward<'older'> | undefined,
  bind: Bind,
): readonly string[] {
  const bounds: string[] = [];
  if (from !== undefined) bounds.push(`at >= ${bind(from)}::timestamptz`);
  if (to !== undefined) bounds.push(`at < ${bind(to)}::timestamptz`);
  if (after !== undefined) {
    const at = `timestamptz 'epoch' + ${bind(after.micros)}::bigint * interval '1 microsecond'`;
    bounds.push(`at <= ${at}`, `(at, id) < (${at}, ${bind(after.id)}::uuid)`);
  }
  return bounds;
}

const whereOf = (conditions: readonly string[]): string => {
  const given = conditions.filter((condition) => condition !== '');
  return given.length === 0 ? '' : `where ${given.join(' and ')}`;
};

const NEWEST_FIRST = 'order by at desc, id desc';

const beforeHorizon = (horizon: string) =>
  `(xid is null or xid < ${horizon}::xid8 or cluster is distinct from ${OWN_CLUSTER})`;

/** What is looked at. Several types are looked up one by one, since no index has them in the order of time together. */
function lookedAtText(
  { types, outcomes, driver }: Search,
  bounds: readonly string[],
  looked: string,
  bind: Bind,
): string {
  const columns = `${TRAIL_COLUMNS}, cluster`;
  if (types === undefined)
    return `select ${columns} from audit_events ${whereOf([driver, ...bounds])} ${NEWEST_FIRST} limit ${looked}`;
  return `
    select each.* from
      unnest(${bind(types)}::text[]) as wanted(type), unnest(${bind(outcomes)}::text[]) as ended(outcome),
      lateral (
        select ${columns} from audit_events
        ${whereOf(['audit_events.type = wanted.type', 'audit_events.outcome = ended.outcome', ...bounds])}
        ${NEWEST_FIRST} limit ${looked}) as each
    ${NEWEST_FIRST} limit ${looked}`;
}

const pageText = (
  search: Search,
  bounds: readonly string[],
  { looked, shown }: { looked: number; shown: number },
  bind: Bind,
): string => `
  with looked_at as materialized (${lookedAtText(search, bounds, bind(looked), bind)}),
  shown as (select * from looked_at ${whereOf(search.others)} ${NEWEST_FIRST} limit ${bind(shown)}),
  edge as (
    select counted.looked, last.micros as edge_micros, last.id as edge_id
    from (select count(*)::integer as looked from looked_at) as counted
    left join (select (extract(epoch from at) * 1000000)::bigint::text as micros, id
      from looked_at order by at, id limit 1) as last on true)
  select edge.*, ${toldColumns('shown')}, leaf.index::text as leaf, leaf.mac
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
    ...boundsOf(filters, undefined, bind),
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
  select edge.*, ${toldColumns('shown')}, leaf.index::text as leaf, leaf.mac
  from edge left join shown on true left join audit_leaves leaf on leaf.event = shown.id
  order by shown.xid, shown.id`;
}
