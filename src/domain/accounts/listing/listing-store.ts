import type { Executor } from '../../../storage/database.ts';
import { type Driver, type Order, type PeopleFilters, type PeopleSearch, type PeopleSort, searchFor } from './filters.ts';
import { parameters, sortedText, walkedText } from './page-text.ts';

/** Behind which person a page begins. */
export interface PeoplePlace {
  /** By what the page before was ordered. */
  readonly by: Order;
  /** A folded name or word; of times, microseconds since the epoch or `-infinity`. */
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
/** Of one filter by itself: where it leaves more than are sorted at once, so many are looked at. */
export const LOOKED_AT_ALONE = 5_000;
/** So many a filter may leave to be sorted at once. */
export const SORTED_AT_ONCE = 2_000;
/** Without a filter, of several units together. */
const MERGED = 10_000;
/** Of a unit at least, however many there are. */
const LEAST_OF_UNIT = 10;

/**
 * A page of people, in one or two statements that look at a bounded number of rows. Where a filter leaves few, those are sorted.
 * Otherwise everybody is gone through in the order of the sort, as far as the bound, and the page may be short; or, where text is
 * searched for and the sort is by name, whoever has such a word in the order of the words.
 */
export async function pageOfPeople(executor: Executor, options: PeoplePageOptions): Promise<FoundPeople> {
  const { sort, limit, units, after, now } = options;
  if (units?.length === 0) return { ids: [], next: undefined };
  const search = searchFor(options.filters, sort, now);
  const filtered = search.conditions.length > 0;
  const { values, bind } = parameters();
  const byWord = sort.by === 'name' && search.word !== undefined;
  const driver =
    !filtered || (byWord && after?.by === 'word') ? undefined : await smallest(executor, search, units);
  if (driver !== undefined) {
    const rows = await executor.query<PageRow>(sortedText(driver, search, options, bind), values);
    return found(rows, sort.by, limit);
  }
  const order = byWord && after?.by !== 'name' ? 'word' : sort.by;
  const looked = !filtered ? limit + 1 : search.drivers.length <= 1 ? LOOKED_AT_ALONE : LOOKED_AT;
  const ofEach = order === 'word' ? looked : share(looked, filtered ? looked : MERGED, units?.length ?? 1);
  const rows = await executor.query<PageRow>(walkedText(order, ofEach, search, options, bind), values);
  return found(rows, order, limit);
}

/** How many rows of each unit are looked at. */
const share = (looked: number, together: number, units: number): number =>
  Math.max(Math.min(looked, Math.floor(together / units)), Math.min(looked, LEAST_OF_UNIT));

/** A person; and of a walk, where it was left off. */
interface PageRow {
  id: string | null;
  key: string | null;
  edge_id: string | null;
  edge_key: string | null;
}

function found(rows: readonly PageRow[], by: Order, limit: number): FoundPeople {
  const people = rows.filter(({ id }) => id !== null);
  const page = people.slice(0, limit);
  const place = (id: string | null | undefined, key: string | null | undefined): PeoplePlace | undefined =>
    id == null || key == null ? undefined : { by, id, key };
  const next =
    people.length > limit
      ? place(page.at(-1)?.id, page.at(-1)?.key)
      : place(rows[0]?.edge_id, rows[0]?.edge_key);
  return { ids: page.map(({ id }) => String(id)), next };
}

const ofUnits =
  (units: readonly string[]): Driver =>
  (bind) =>
    `select id from accounts where unit = any (${bind(units)}::uuid[])`;

/** The filter, or the units, that leave the fewest people, and no more than are sorted at once. */
async function smallest(
  executor: Executor,
  { drivers }: PeopleSearch,
  units: readonly string[] | undefined,
): Promise<Driver | undefined> {
  const all = units === undefined ? drivers : [...drivers, ofUnits(units)];
  if (all.length === 0) return undefined;
  const { values, bind } = parameters();
  const counts = all.map(
    (driver) =>
      `(select count(*)::int from (${driver(bind)} limit ${bind(SORTED_AT_ONCE + 1)}) as counted)`,
  );
  const [row] = await executor.query<{ counts: number[] }>(
    `select array[${counts.join(', ')}] as counts`,
    values,
  );
  const least = Math.min(...(row?.counts ?? []));
  return least > SORTED_AT_ONCE ? undefined : all[row?.counts.indexOf(least) ?? 0];
}
