import type { Executor } from '../../../storage/database.ts';
import {
  type Bind,
  type Driver,
  type PeopleFilters,
  type PeopleSearch,
  type PeopleSort,
  searchFor,
  WALKS,
} from './filters.ts';

/** Behind which person a page begins: what they are sorted by, and their id. */
export interface PeoplePlace {
  /** A folded name; of times, microseconds since the epoch or `-infinity`. */
  readonly key: string;
  readonly id: string;
}

export interface PeoplePageOptions {
  readonly filters: PeopleFilters;
  readonly sort: PeopleSort;
  readonly limit: number;
  readonly after?: PeoplePlace | undefined;
  /** Only people of these units, and of no others; with all below already. None: everybody. */
  readonly units?: readonly string[] | undefined;
  readonly now: Date;
}

export interface FoundPeople {
  readonly ids: readonly string[];
  /** Where the next page begins; undefined at the end. */
  readonly next: PeoplePlace | undefined;
}

/** Of filters that are combined, so many rows are looked at for one page, which may be short and have a next one. */
export const LOOKED_AT = 2_000;
/** Of one filter by itself: so many it may leave to be sorted at once; where it leaves more, so many are looked at. */
const SORTED_AT_ONCE = 10_000;
const LOOKED_AT_ALONE = 5_000;
/** Without a filter, of several units together. */
const MERGED = 10_000;
/** Of a unit at least, however many there are. */
const LEAST_OF_UNIT = 10;

/**
 * A page of people, in one or two statements that look at a bounded number of rows. Where a filter leaves few, those are sorted;
 * otherwise everybody is gone through in the order of the sort, as far as the bound, and the page may be short.
 */
export async function pageOfPeople(executor: Executor, options: PeoplePageOptions): Promise<FoundPeople> {
  if (options.units?.length === 0) return { ids: [], next: undefined };
  const search = searchFor(options.filters, options.sort, options.now);
  const alone = search.drivers.length <= 1;
  const few = alone ? SORTED_AT_ONCE : LOOKED_AT;
  const driver = search.conditions.length === 0 ? undefined : await smallest(executor, search, options, few);
  const { values, bind } = parameters();
  if (driver !== undefined) {
    const rows = await executor.query<PageRow>(sortedText(driver, search, options, bind), values);
    return found(rows, options.limit, undefined);
  }
  const looked = search.conditions.length === 0 ? options.limit + 1 : alone ? LOOKED_AT_ALONE : LOOKED_AT;
  const each = share(looked, search.conditions.length === 0 ? MERGED : looked, options.units?.length ?? 1);
  const rows = await executor.query<PageRow>(walkedText(each, search, options, bind), values);
  return found(
    rows.filter(({ id }) => id !== null),
    options.limit,
    placeOf(rows[0]?.edge_id ?? null, rows[0]?.edge_key ?? null),
  );
}

/** How many rows of each unit are looked at. */
const share = (looked: number, together: number, units: number): number =>
  Math.max(Math.min(looked, Math.floor(together / units)), Math.min(looked, LEAST_OF_UNIT));

interface PageRow {
  id: string | null;
  key: string | null;
  edge_id: string | null;
  edge_key: string | null;
}

const placeOf = (id: string | null, key: string | null): PeoplePlace | undefined =>
  id === null || key === null ? undefined : { id, key };

function found(rows: readonly PageRow[], limit: number, edge: PeoplePlace | undefined): FoundPeople {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit ? placeOf(last?.id ?? null, last?.key ?? null) : edge;
  return { ids: page.map(({ id }) => String(id)), next };
}

function parameters(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  const placeholders = new Map<unknown, string>();
  const bind = (value: unknown) => {
    const placeholder = placeholders.get(value) ?? `$${values.push(value)}`;
    placeholders.set(value, placeholder);
    return placeholder;
  };
  return { values, bind };
}

const ofUnits = (units: readonly string[]): Driver => (bind) =>
  `select id from accounts where unit = any (${bind(units)}::uuid[])`;

/** The filter, or the units, that leave the fewest people, and no more than `few`. */
async function smallest(
  executor: Executor,
  { drivers }: PeopleSearch,
  { units }: PeoplePageOptions,
  few: number,
): Promise<Driver | undefined> {
  const all = units === undefined ? drivers : [...drivers, ofUnits(units)];
  if (all.length === 0) return undefined;
  const { values, bind } = parameters();
  const counts = all.map(
    (driver) => `(select count(*)::int from (${driver(bind)} limit ${bind(few + 1)}) as counted)`,
  );
  const [row] = await executor.query<{ counts: number[] }>(`select array[${counts.join(', ')}] as counts`, values);
  const least = Math.min(...(row?.counts ?? []));
  return least > few ? undefined : all[row?.counts.indexOf(least) ?? 0];
}

const JOINED = 'join accounts a on a.id = of_id join account_listings l on l.account = of_id';

const isTime = ({ by }: PeopleSort) => by !== 'name';

/** A time as cursors have it: microseconds, which is more than a `Date` holds. */
const toldKey = (sort: PeopleSort, key: string): string =>
  isTime(sort)
    ? `case when isfinite(${key}) then (extract(epoch from ${key}) * 1000000)::bigint::text else ${key}::text end`
    : key;

const readKey = (sort: PeopleSort, key: string, bind: Bind): string => {
  if (!isTime(sort)) return `${bind(key)}::text`;
  return key.endsWith('infinity')
    ? `${bind(key)}::timestamptz`
    : `(timestamptz 'epoch' + ${bind(key)}::bigint * interval '1 microsecond')`;
};

function behind({ sort, after }: PeoplePageOptions, key: string, id: string, bind: Bind): string[] {
  if (after === undefined) return [];
  const operator = sort.descending ? '<' : '>';
  return [`(${key}, ${id}) ${operator} (${readKey(sort, after.key, bind)}, ${bind(after.id)}::uuid)`];
}

const ordered = ({ descending }: PeopleSort, key: string, id: string): string =>
  descending ? `order by ${key} desc, ${id} desc` : `order by ${key}, ${id}`;

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;

/** Everybody whom one filter leaves, judged by the others and sorted. */
function sortedText(driver: Driver, search: PeopleSearch, options: PeoplePageOptions, bind: Bind): string {
  const { sort, units, limit } = options;
  const key = sort.by === 'last_sign_in' ? 'l.last_sign_in' : `a.${WALKS[sort.by].column}`;
  const conditions = [
    ...search.conditions.map((condition) => condition(bind)),
    ...search.bounds.map((bound) => bound(key, bind)),
    ...(units === undefined ? [] : [`a.unit = any (${bind(units)}::uuid[])`]),
    ...behind(options, key, 'a.id', bind),
  ];
  return `
    with candidates as materialized (select distinct id as of_id from (${driver(bind)}) as driven)
    select a.id, ${toldKey(sort, key)} as key, null as edge_id, null as edge_key
    from candidates ${JOINED} ${where(conditions)} ${ordered(sort, key, 'a.id')} limit ${bind(limit + 1)}`;
}

/**
 * Everybody in the order of the sort, `each` of every unit at most. A unit that has more says nothing of what is behind the last of
 * them: the page ends where the first such unit was left off.
 */
function walkedText(each: number, search: PeopleSearch, options: PeoplePageOptions, bind: Bind): string {
  const { sort, units, limit } = options;
  const { table, id, column } = WALKS[sort.by];
  const walk = (unit: readonly string[]) => `
    select ${id} as of_id, ${column} as key from ${table}
    ${where([...unit, ...search.bounds.map((bound) => bound(column, bind)), ...behind(options, column, id, bind)])}
    ${ordered(sort, column, id)} limit ${bind(each)}`;
  const numbered = `select of_id, key, row_number() over (${ordered(sort, 'key', 'of_id')}) as number`;
  const looked =
    units === undefined
      ? `${numbered} from (${walk([])}) as walked`
      : `select walked.* from unnest(${bind(units)}::uuid[]) as wanted(unit),
           lateral (${numbered} from (${walk(['unit = wanted.unit'])}) as unit_walked) as walked`;
  const comparison = sort.descending ? '>=' : '<=';
  const shown = [
    `((select of_id from edge) is null or (looked_at.key, of_id) ${comparison} (select key, of_id from edge))`,
    ...search.conditions.map((condition) => condition(bind)),
  ];
  return `
    with looked_at as materialized (${looked}),
    edge as materialized (
      select key, of_id from looked_at where number = ${bind(each)} ${ordered(sort, 'key', 'of_id')} limit 1),
    shown as (
      select of_id as id, looked_at.key from looked_at ${search.conditions.length === 0 ? '' : JOINED} ${where(shown)}
      ${ordered(sort, 'looked_at.key', 'of_id')} limit ${bind(limit + 1)})
    select shown.id, ${toldKey(sort, 'shown.key')} as key, edge.of_id as edge_id, ${toldKey(sort, 'edge.key')} as edge_key
    from (select) as always left join edge on true left join shown on true ${ordered(sort, 'shown.key', 'shown.id')}`;
}
