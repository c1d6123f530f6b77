import {
  type Bind,
  inRange,
  type Order,
  type PeoplePageOptions,
  type PeopleSearch,
  WALKS,
} from './filters.ts';
import type { WordRange } from './words.ts';

/** The statements of a page of people. */

/** Values, each bound once, and their placeholders. */
export function parameters(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  const placeholders = new Map<unknown, string>();
  const bind = (value: unknown) => {
    const placeholder = placeholders.get(value) ?? `$${values.push(value)}`;
    placeholders.set(value, placeholder);
    return placeholder;
  };
  return { values, bind };
}

const isTime = (order: Order) => order === 'created' || order === 'last_sign_in';

/** A time as cursors have it: microseconds, which is more than a `Date` holds. */
const toldKey = (order: Order, key: string): string =>
  isTime(order)
    ? `case when isfinite(${key}) then (extract(epoch from ${key}) * 1000000)::bigint::text else ${key}::text end`
    : key;

const readKey = (order: Order, key: string, bind: Bind): string => {
  if (!isTime(order)) return `${bind(key)}::text`;
  return key.endsWith('infinity')
    ? `${bind(key)}::timestamptz`
    : `(timestamptz 'epoch' + ${bind(key)}::bigint * interval '1 microsecond')`;
};

function behind(
  order: Order,
  { sort, after }: PeoplePageOptions,
  key: string,
  id: string,
  bind: Bind,
): string[] {
  if (after === undefined) return [];
  const operator = sort.descending ? '<' : '>';
  return [`(${key}, ${id}) ${operator} (${readKey(order, after.key, bind)}, ${bind(after.id)}::uuid)`];
}

const inOrder = ({ sort }: PeoplePageOptions, key: string, id: string): string =>
  sort.descending ? `order by ${key} desc, ${id} desc` : `order by ${key}, ${id}`;

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;

/**
 * Only the tables that the conditions ask. OFFSET 0 has each row looked up by itself, in the order of the walk, so that it can be left
 * as soon as the page is full; what PostgreSQL expects the conditions to leave does not matter then.
 */
function joined(id: string, conditions: readonly string[]): string {
  const asked = conditions.join(' ');
  const lookup = (table: string, key: string, as: string) =>
    `cross join lateral (select * from ${table} where ${key} = ${id} offset 0) as ${as}`;
  return [
    /\ba\./.test(asked) ? lookup('accounts', 'id', 'a') : '',
    /\bl\./.test(asked) ? lookup('account_listings', 'account', 'l') : '',
  ].join(' ');
}

/** Everybody whom one filter leaves (`found`, SQL), judged by the others and sorted. */
export function sortedText(
  found: string,
  search: PeopleSearch,
  options: PeoplePageOptions,
  bind: Bind,
): string {
  const { sort, units, limit } = options;
  const key = sort.by === 'last_sign_in' ? 'l.last_sign_in' : `a.${WALKS[sort.by].column}`;
  const conditions = [
    ...search.conditions.map((condition) => condition(bind)),
    ...search.bounds.map((bound) => bound(key, bind)),
    ...(units === undefined ? [] : [`a.unit = any (${bind(units)}::uuid[])`]),
    ...behind(sort.by, options, key, 'a.id', bind),
  ];
  return `
    with candidates as materialized (select distinct id as of_id from (${found}) as driven)
    select a.id, ${toldKey(sort.by, key)} as key, null as edge_id, null as edge_key
    from candidates ${joined('of_id', ['a.', key, ...conditions])} ${where(conditions)}
    ${inOrder(options, key, 'a.id')} limit ${bind(limit + 1)}`;
}

/**
 * Everybody in an order, `ofEach` of every unit at most. A unit that has more says nothing of what is behind the last of them: the
 * page ends where the first such unit was left off.
 */
export function walkedText(
  order: Order,
  ofEach: number,
  search: PeopleSearch,
  options: PeoplePageOptions,
  bind: Bind,
): string {
  const { units, limit } = options;
  const { table, id, column } = WALKS[order];
  const word = order === 'word' ? search.word : undefined;
  const bounds = [
    ...search.bounds.map((bound) => bound(column, bind)),
    ...(word === undefined ? [] : [inRange(word, bind)]),
    ...behind(order, options, column, id, bind),
  ];
  const walk = (unit: readonly string[]) => `
    select ${id} as of_id, ${column} as key from ${table} ${where([...unit, ...bounds])}
    ${inOrder(options, column, id)} limit ${bind(ofEach)}`;
  const conditions = [
    ...search.conditions.map((condition) => condition(bind)),
    ...(word === undefined ? [] : [firstWord(word, bind)]),
  ];
  const [only, ...more] = units ?? [];
  const looked =
    more.length === 0
      ? walkedAtOnce(walk(only === undefined ? [] : [`unit = ${bind(only)}::uuid`]))
      : walkedTogether(
          (numbered) => `
        select walked.* from unnest(${bind(units)}::uuid[]) as wanted(unit),
          lateral (${numbered} from (${walk(['unit = wanted.unit'])}) as unit_walked) as walked`,
          options,
          bind(ofEach),
        );
  return `
    with ${looked.tables}
    edge as materialized (${looked.edge(bind(ofEach))}),
    shown as (
      select looked_at.of_id as id, looked_at.key from ${looked.rows} as looked_at ${joined('looked_at.of_id', conditions)}
      ${where([...looked.within, ...conditions])} ${inOrder(options, 'looked_at.key', 'looked_at.of_id')} limit ${bind(limit + 1)})
    select shown.id, ${toldKey(order, 'shown.key')} as key, edge.of_id as edge_id, ${toldKey(order, 'edge.key')} as edge_key
    from (select) as always left join edge on true left join shown on true ${inOrder(options, 'shown.key', 'shown.id')}`;

  /** One way through an index, which is left as soon as the page is full. */
  function walkedAtOnce(text: string) {
    return {
      tables: '',
      rows: `(${text})`,
      edge: (each: string) => `
        select key, of_id from (${text}) as walked ${inOrder(options, 'key', 'of_id')} limit 1 offset ${each}::integer - 1`,
      within: [],
    };
  }
}

function walkedTogether(looked: (numbered: string) => string, options: PeoplePageOptions, each: string) {
  const comparison = options.sort.descending ? '>=' : '<=';
  const numbered = `select of_id, key, row_number() over (${inOrder(options, 'key', 'of_id')}) as number`;
  return {
    tables: `looked_at as materialized (${looked(numbered)}),`,
    rows: `(select * from looked_at ${inOrder(options, 'key', 'of_id')})`,
    edge: () => `
      select key, of_id from looked_at where number = ${each} ${inOrder(options, 'key', 'of_id')} limit 1`,
    within: [
      `((select of_id from edge) is null or (looked_at.key, looked_at.of_id) ${comparison} (select key, of_id from edge))`,
    ],
  };
}

/** Whoever has several words of the range comes with the first of them. */
const firstWord = (word: WordRange, bind: Bind): string =>
  `looked_at.key = (select min(word) from account_words where account = looked_at.of_id and ${inRange(word, bind)})`;
