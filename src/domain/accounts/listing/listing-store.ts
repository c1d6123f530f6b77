import type { Executor } from '../../../storage/database.ts';
import {
  byIndex,
  type Driver,
  type Order,
  type PeoplePageOptions,
  type PeoplePlace,
  type PeopleSearch,
  searchFor,
} from './filters.ts';
import { parameters, sortedText, walkedText } from './page-text.ts';

export type { PeoplePageOptions, PeoplePlace } from './filters.ts';

export interface FoundPeople {
  readonly ids: readonly string[];
  /** Where the next page begins; undefined at the end. */
  readonly next: PeoplePlace | undefined;
}

/** How many rows are looked at for one page. */
export interface PageBounds {
  /** Where a filter, or the units, leave no more than these, they are sorted at once. */
  readonly sortedAtOnce: number;
  /** Otherwise, by one filter, so many are looked at in the order of the sort … */
  readonly alone: number;
  /** … and so many by filters that are combined. */
  readonly combined: number;
  /** Without a filter, of several units together. */
  readonly merged: number;
  /** Of one of several units, whatever the others have. */
  readonly ofUnit: number;
}

export const PAGE_BOUNDS: PageBounds = {
  sortedAtOnce: 2_000,
  alone: 5_000,
  combined: 2_000,
  merged: 10_000,
  ofUnit: 10,
};

/**
 * A page of people, in one or two statements that look at a bounded number of rows. Where a filter leaves few, those are sorted.
 * Otherwise everybody is gone through in the order of the sort, as far as the bound, and the page may be short; or, where text is
 * searched for and the sort is by name, whoever has such a word in the order of the words.
 */
export async function pageOfPeople(
  executor: Executor,
  options: PeoplePageOptions,
  bounds: PageBounds = PAGE_BOUNDS,
): Promise<FoundPeople> {
  const { sort, limit, units, after, now } = options;
  if (units?.length === 0) return { ids: [], next: undefined };
  const search = searchFor(options.filters, sort, now);
  const filtered = search.conditions.length > 0;
  const { values, bind } = parameters();
  const byWord = sort.by === 'name' && search.word !== undefined;
  const driver =
    !filtered || (byWord && after?.by === 'word')
      ? undefined
      : await smallest(executor, search, units, bounds);
  if (driver !== undefined) {
    const rows = await executor.query<PageRow>(
      sortedText(driver(bind, units, bounds.sortedAtOnce + 1), search, options, bind),
      values,
    );
    return found(rows, sort.by, limit);
  }
  const order = byWord && after?.by !== 'name' ? 'word' : sort.by;
  const looked = !filtered ? limit + 1 : search.drivers.length <= 1 ? bounds.alone : bounds.combined;
  const together = filtered ? looked : bounds.merged;
  const ofEach = Math.max(
    Math.min(looked, Math.floor(together / (units?.length ?? 1))),
    Math.min(looked, bounds.ofUnit),
  );
  const rows = await executor.query<PageRow>(walkedText(order, ofEach, search, options, bind), values);
  return found(rows, order, limit);
}

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

const everybodyOf = byIndex('accounts', 'id', () => 'true', 'id');

/** The filter, or the units, that leave the fewest people, and no more than are sorted at once. */
async function smallest(
  executor: Executor,
  { drivers }: PeopleSearch,
  units: readonly string[] | undefined,
  { sortedAtOnce }: PageBounds,
): Promise<Driver | undefined> {
  const all = units === undefined ? drivers : [...drivers, everybodyOf];
  if (all.length === 0) return undefined;
  const { values, bind } = parameters();
  const most = sortedAtOnce + 1;
  const counts = all.map(
    (driver) =>
      `(select count(*)::int from (select from (${driver(bind, units, most)}) as left_over limit ${bind(most)}) as counted)`,
  );
  const [row] = await executor.query<{ counts: number[] }>(
    `select array[${counts.join(', ')}] as counts`,
    values,
  );
  const least = Math.min(...(row?.counts ?? []));
  return least > sortedAtOnce ? undefined : all[row?.counts.indexOf(least) ?? 0];
}
