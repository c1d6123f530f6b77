import { z } from 'zod';
import type { AdminScope } from '../domain/clients/admin-scopes.ts';
import { ROWS } from './about.ts';
import { type Act, defineRead, type HttpFace } from './act.ts';
import { type Actor, nameOfReader } from './actor.ts';
import type { AdmissionDependencies } from './admission.ts';
import { type Cursors, LONGEST_CURSOR } from './list-cursors.ts';
import type { Limit } from './rights/limit.ts';

/** The most items of one page. */
export const MOST_ITEMS = 200;

interface ListDefinition<
  Filters extends z.ZodRawShape,
  Sort extends string,
  Item extends z.ZodType,
  Place extends z.ZodType,
  Dependencies,
> {
  readonly name: string;
  readonly scope: AdminScope;
  readonly summary?: string;
  readonly http?: HttpFace;
  /** What may be asked for, each optional. */
  readonly filters: Filters;
  /** The orders that there are, the usual one first; with `-` before it, each goes the other way. */
  readonly sorts: readonly [Sort, ...Sort[]];
  /** The usual order goes the other way: the newest first. */
  readonly newestFirst?: boolean;
  readonly item: Item;
  /** The values by which rows are ordered, of the last one of a page. */
  readonly place: Place;
  readonly run: (
    dependencies: Dependencies,
    query: ListQuery<z.output<z.ZodObject<Filters>>, Sort, z.output<Place>>,
  ) => Promise<ListPage<z.input<Item>, z.input<Place>>>;
}

export interface ListQuery<Filters, Sort extends string, Place> {
  readonly filters: Filters;
  readonly sort: Sort;
  readonly descending: boolean;
  /** The page begins behind it. */
  readonly after: Place | undefined;
  /** How many items at most. */
  readonly most: number;
  /** How far the actor may look: a condition of the SQL. */
  readonly limit: Limit;
  readonly actor: Actor;
}

export interface ListPage<Item, Place> {
  readonly items: readonly Item[];
  /** The last row that was looked at; undefined where there are no more. A page may be short, or empty, and have one. */
  readonly next: Place | undefined;
}

const pageInput = {
  cursor: z.string().max(LONGEST_CURSOR).optional(),
  limit: z.int().min(1).max(MOST_ITEMS).default(50),
};

/**
 * A list in pages, by keyset. A cursor goes on behind the last row of a page, so that nothing is skipped or told twice while rows come
 * and go; it belongs to who reads, filters and order. The last page has the cursor null. Throws `cursor_invalid` (400).
 */
export function defineList<
  Filters extends z.ZodRawShape,
  const Sort extends string,
  Item extends z.ZodType,
  Place extends z.ZodType,
  Dependencies = unknown,
>(
  definition: ListDefinition<Filters, Sort, Item, Place, Dependencies>,
): Act<
  AdmissionDependencies & Dependencies & { readonly cursors: Cursors },
  ReturnType<typeof inputOf<Filters, Sort>>,
  ReturnType<typeof resultOf<Item>>
> {
  const { filters, sorts, newestFirst = false, item, place, run, ...described } = definition;
  return defineRead({
    ...described,
    about: ROWS,
    input: inputOf(filters, sorts, newestFirst),
    result: resultOf(item),
    async run(
      dependencies: Dependencies & { readonly cursors: Cursors },
      input,
      { actor, limit }: { readonly actor: Actor; readonly limit: Limit },
    ) {
      const { cursor, limit: most, sort: order, ...asked } = input as PageInput<Filters>;
      const identity = { list: described.name, reader: nameOfReader(actor), query: { ...asked, order } };
      const { cursors } = dependencies;
      const after = cursor === undefined ? undefined : cursors.read(cursor, place, identity);
      const descending = order.startsWith('-');
      const sort = (descending ? order.slice(1) : order) as Sort;
      const query = { filters: asked, sort, descending, after, most, limit, actor };
      const { items, next } = await run(dependencies, query as never);
      return {
        items: [...items],
        next: next === undefined ? null : cursors.issue(next, identity),
      } as never;
    },
  }) as never;
}

type PageInput<Filters extends z.ZodRawShape> = z.output<z.ZodObject<Filters>> & {
  readonly cursor?: string;
  readonly limit: number;
  readonly sort: string;
};

const inputOf = <Filters extends z.ZodRawShape, Sort extends string>(
  filters: Filters,
  sorts: readonly [Sort, ...Sort[]],
  newestFirst: boolean,
) =>
  z.strictObject({
    ...filters,
    ...pageInput,
    sort: z
      .enum([...sorts, ...sorts.map((sort): `-${Sort}` => `-${sort}`)] as [Sort | `-${Sort}`])
      .default((newestFirst ? `-${sorts[0]}` : sorts[0]) as never),
  });

const resultOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    /** Where the next page begins; null at the end. */
    next: z.string().nullable(),
  });
