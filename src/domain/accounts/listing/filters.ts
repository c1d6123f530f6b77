import { dormancyDateOf } from '../dormancy-store.ts';
import { attributeKey } from './attribute-keys.ts';
import { searchedWords, type WordRange } from './words.ts';

/**
 * Finding people: which of them somebody asks for, and how they are found. This folder owns filters, pages and what lists go by.
 * Whom somebody may see, it leaves to `administration`, and is told as a list of units.
 */

/** What a person has to be like. Each one by itself is found by an index. */
export interface PeopleFilters {
  /** The beginnings of words of their name, of their address or their user name, each of these. */
  readonly text?: string | undefined;
  readonly status?: 'active' | 'disabled' | undefined;
  /** Their own, or one that a group gives. */
  readonly role?: string | undefined;
  /** The id of a group of which they are a member. */
  readonly group?: string | undefined;
  /** Failed sign-ins of theirs have begun a lock that lasts. */
  readonly locked?: boolean | undefined;
  /** A kind of factor that they have; `any`, `none`. */
  readonly factor?: string | undefined;
  /** Before this moment, or never. */
  readonly lastSignInBefore?: Date | undefined;
  /** At this moment or later. */
  readonly lastSignInAfter?: Date | undefined;
  /** Invited, or made without a password, and nobody has ever been able to sign in. */
  readonly invited?: boolean | undefined;
  /** They were told that they will be disabled as dormant before this moment, and nobody has signed in since. */
  readonly dormantBefore?: Date | undefined;
  /** A value that they have of an attribute, compared folded. */
  readonly attribute?: { readonly name: string; readonly value: string | number | boolean } | undefined;
}

export const SORTS = ['name', 'created', 'last_sign_in'] as const;
export type SortBy = (typeof SORTS)[number];

export interface PeopleSort {
  readonly by: SortBy;
  readonly descending: boolean;
}

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

/** Adds a parameter to the statement and answers its placeholder. */
export type Bind = (value: unknown) => string;

/** By what a page is ordered. `word`: a search by name that finds many, in the order of the words found. */
export type Order = SortBy | 'word';

/** How an order is gone through: `table` has an index of `column` and `id`, and one with the unit before them. */
export const WALKS = {
  name: { table: 'accounts', id: 'id', column: 'name_key' },
  created: { table: 'accounts', id: 'id', column: 'created_at' },
  last_sign_in: { table: 'account_listings', id: 'account', column: 'last_sign_in' },
  word: { table: 'account_words', id: 'account', column: 'word' },
} as const satisfies Record<Order, { table: string; id: string; column: string }>;

/**
 * SQL that answers the ids (`id`) of everybody whom one filter leaves, by an index, at least those of these units, up to `most` of each;
 * some may come twice.
 */
export type Driver = (bind: Bind, units: readonly string[] | undefined, most: number) => string;

export interface PeopleSearch {
  /** What can be begun with where it finds few. */
  readonly drivers: readonly Driver[];
  /** Of a search for text: what the first word is like. Where it is many people's, they come in the order of the words found. */
  readonly word: WordRange | undefined;
  /** What each row keeps, of `a` (accounts), `l` (account_listings), and `of_id`, whose they are. */
  readonly conditions: readonly ((bind: Bind) => string)[];
  /** Bounds of the sort's own column, which need no judgement row by row. */
  readonly bounds: readonly ((column: string, bind: Bind) => string)[];
}

const UNFINISHED = `status = 'active' and password_changed_at is null and not email_verified`;
/** As SQL: nobody has ever been able to sign in with this row of accounts (`lifecycle/links.ts` says the same of an account). */
export const isUnfinishedRow = (of: string): string =>
  `(${of}.status = 'active' and ${of}.password_changed_at is null and ${of}.password_hash is null and not ${of}.email_verified)`;

/** As SQL: until when sign-ins of the account have to wait. */
export const lockedUntil = (account: string, now: string): string =>
  `(select max(locked_until) from lockouts where account_id = ${account} and locked_until > ${now})`;

/** As SQL: the word is in the range. */
export const inRange = ({ from, to }: WordRange, bind: Bind, word = 'word'): string =>
  to === undefined ? `${word} >= ${bind(from)}` : `${word} >= ${bind(from)} and ${word} < ${bind(to)}`;

/**
 * The same in one table that has the unit in the index by which the condition is answered. The order is that of the index, so that
 * PostgreSQL goes along it: without one it may go through the table, which takes long where those who are meant are at its end.
 */
export const byIndex =
  (table: string, id: string, condition: (bind: Bind) => string, order: string): Driver =>
  (bind, units, most) => {
    const found = (unit: string) =>
      `select ${id} as id from ${table} where ${condition(bind)}${unit} order by ${order} limit ${bind(most)}`;
    return units === undefined
      ? found('')
      : `select of_unit.id from unnest(${bind(units)}::uuid[]) as wanted(unit), lateral (${found(' and unit = wanted.unit')}) as of_unit`;
  };

/** Whoever one of these leaves. */
const anyOf =
  (drivers: readonly Driver[]): Driver =>
  (...asked) =>
    drivers.map((driver) => `(${driver(...asked)})`).join(' union all ');

/** The kinds of factors as `account_factor_kinds` (SQL) answers them, in its order; of a few kinds there are few sets. */
const FACTOR_KINDS = ['passkey', 'totp'];
const FACTOR_SETS = Array.from({ length: 2 ** FACTOR_KINDS.length }, (_, set) =>
  FACTOR_KINDS.filter((_kind, index) => set & (2 ** index)),
);

export const FACTOR_FILTERS = ['none', 'any', ...FACTOR_KINDS] as const;

/** As equations, which an index answers; of a kind that there is not, one that nobody has. */
function factorSets(factor: string): string[] {
  const meant = FACTOR_SETS.filter((set) => {
    if (factor === 'none') return set.length === 0;
    return factor === 'any' ? set.length > 0 : set.includes(factor);
  });
  return meant.length === 0 ? ['null::text[]'] : meant.map((set) => `'{${set.join(',')}}'::text[]`);
}

/** As SQL: whoever has a role by a group. */
const givenByGroup = (role: string) =>
  `(select member.account from group_roles given join group_members member on member.group_id = given.group_id where given.role = ${role}) as by_group`;

/** What the filters mean. Pure but for the parameters that they bind. */
export function searchFor(filters: PeopleFilters, sort: PeopleSort, now: Date): PeopleSearch {
  const drivers: Driver[] = [];
  const conditions: ((bind: Bind) => string)[] = [];
  const bounds: ((column: string, bind: Bind) => string)[] = [];

  const words = filters.text === undefined ? [] : searchedWords(filters.text);
  for (const range of words) {
    drivers.push(byIndex('account_words', 'account', (bind) => inRange(range, bind), 'word, account'));
    // No EXISTS, of which PostgreSQL may make a join with everybody.
    conditions.push(
      (bind) => `(select true from account_words where account = of_id and ${inRange(range, bind)} limit 1)`,
    );
  }
  const {
    status,
    role,
    group,
    locked,
    factor,
    invited,
    lastSignInBefore: before,
    lastSignInAfter: after,
  } = filters;
  if (status !== undefined) {
    drivers.push(byIndex('accounts', 'id', (bind) => `status = ${bind(status)}`, 'unit, id'));
    conditions.push((bind) => `a.status = ${bind(status)}`);
  }
  if (role !== undefined) {
    drivers.push(
      anyOf([
        byIndex('account_roles', 'account', (bind) => `role = ${bind(role)}`, 'unit, account'),
        (bind, _units, most) => `select account as id from ${givenByGroup(bind(role))} limit ${bind(most)}`,
      ]),
    );
    conditions.push(
      (bind) => `(${bind(role)}::text = any (a.roles) and not exists (select from account_role_terms ended
        where ended.account = a.id and ended.role = ${bind(role)} and ended.until <= ${bind(now)})
        or (select true from ${givenByGroup(bind(role))} where account = of_id limit 1))`,
    );
  }
  if (group !== undefined) {
    // Members have no unit in their table: where there are many of other units, the units themselves are what leaves the fewest.
    drivers.push(
      (bind, _units, most) =>
        `select account as id from group_members where group_id = ${bind(group)} order by account limit ${bind(most)}`,
    );
    conditions.push(
      (bind) => `(select true from group_members where group_id = ${bind(group)} and account = of_id)`,
    );
  }
  if (locked !== undefined) {
    if (locked)
      drivers.push(
        (bind) =>
          `select account_id as id from lockouts where account_id is not null and locked_until > ${bind(now)}`,
      );
    const is = locked ? 'is not null' : 'is null';
    conditions.push((bind) => `${lockedUntil('of_id', bind(now))} ${is}`);
  }
  if (factor !== undefined) {
    const sets = factorSets(factor);
    drivers.push(
      anyOf(
        sets.map((set) => byIndex('account_listings', 'account', () => `factors = ${set}`, 'unit, account')),
      ),
    );
    conditions.push(() => `l.factors in (${sets.join(', ')})`);
  }
  if (invited !== undefined) {
    if (invited) drivers.push(byIndex('accounts', 'id', () => UNFINISHED, 'unit, id'));
    conditions.push(() => (invited ? isUnfinishedRow('a') : `not ${isUnfinishedRow('a')}`));
  }
  const { dormantBefore } = filters;
  if (dormantBefore !== undefined) {
    drivers.push(
      (bind, _units, most) =>
        `select account as id from dormancy_notices where disable_at < ${bind(dormantBefore)} order by disable_at, account limit ${bind(most)}`,
    );
    conditions.push((bind) => `${dormancyDateOf('a', 'l.last_sign_in')} < ${bind(dormantBefore)}`);
  }
  const { attribute } = filters;
  if (attribute !== undefined) {
    const { name, value } = { ...attribute, value: attributeKey(attribute.value) };
    const is = (bind: Bind) => `name = ${bind(name)} and value = ${bind(value)}`;
    drivers.push(byIndex('account_attributes', 'account', is, 'unit, account'));
    conditions.push((bind) => `(select true from account_attributes where account = of_id and ${is(bind)})`);
  }
  const range = [
    ...(before === undefined
      ? []
      : [(column: string, bind: Bind) => `${column} < ${bind(before)}::timestamptz`]),
    ...(after === undefined
      ? []
      : [(column: string, bind: Bind) => `${column} >= ${bind(after)}::timestamptz`]),
  ];
  if (range.length > 0) {
    const all = (column: string, bind: Bind) => range.map((each) => each(column, bind)).join(' and ');
    if (sort.by === 'last_sign_in') bounds.push(...range);
    else conditions.push((bind) => all('l.last_sign_in', bind));
    drivers.push(
      byIndex('account_listings', 'account', (bind) => all('last_sign_in', bind), 'last_sign_in, account'),
    );
  }
  return { drivers, word: words[0], conditions, bounds };
}
