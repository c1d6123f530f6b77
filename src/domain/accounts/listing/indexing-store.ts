import type { AttributeValues } from '../../../kernel/attributes.ts';
import type { Database, Executor, Statement } from '../../../storage/database.ts';
import { attributeKeys } from './attribute-keys.ts';
import { nameKey, wordsOf } from './words.ts';

/** Keeps what is folded of people up with their names, addresses and user names. Triggers keep the rest. */

/** Of accounts as `$1` describes them. What stays as it was is not written. */
const WRITE: Statement = {
  name: 'account_words_write',
  text: `
    with given as materialized (
      select * from jsonb_to_recordset($1::jsonb) as row(id uuid, name_key text, words jsonb, attribute_keys jsonb)),
    wanted as materialized (
      select given.id, each.word collate "C" as word from given, jsonb_array_elements_text(given.words) as each(word)),
    gone as (
      delete from account_words using given
      where account = given.id and not exists (
        select from wanted where wanted.id = account and wanted.word = account_words.word)),
    made as (
      insert into account_words (account, word, unit)
      select id, wanted.word, unit from wanted join accounts using (id) on conflict do nothing),
    keyed as materialized (
      select given.id, each.name, each.value collate "C" as value
      from given, jsonb_to_recordset(given.attribute_keys) as each(name text, value text)),
    unkeyed as (
      delete from account_attributes using given
      where account = given.id and not exists (
        select from keyed where keyed.id = account and keyed.name = account_attributes.name and keyed.value = account_attributes.value)),
    keyed_anew as (
      insert into account_attributes (account, name, value, unit)
      select id, keyed.name, keyed.value, unit from keyed join accounts using (id) on conflict do nothing)
    update accounts set name_key = given.name_key, listing_due = false from given
    where accounts.id = given.id and (accounts.name_key <> given.name_key or listing_due)`,
};

const DESCRIBED: Statement = {
  name: 'account_words_described',
  text: 'select id, name, email, username, attributes from accounts where id = any($1::uuid[]) order by id for no key update',
};

const DUE: Statement = {
  name: 'account_words_due',
  text: `
    select id, name, email, username, attributes from accounts where listing_due order by id limit $1 for no key update skip locked`,
};

/** What triggers keep, for accounts that were there before them. First the rows, so that a trigger waits for what is counted. */
const ROWS: Statement = {
  name: 'account_listings_rows',
  text: `
    insert into account_listings (account, unit, last_sign_in, factors)
    select id, unit, '-infinity', '{}' from accounts where id = any($1::uuid[]) order by id on conflict do nothing`,
};

const COUNTED: Statement = {
  name: 'account_listings_counted',
  text: `
    with roles as (
      insert into account_roles (account, role, unit)
      select id, given.role, unit from accounts, unnest(roles) as given(role) where id = any($1::uuid[]) on conflict do nothing)
    update account_listings set unit = accounts.unit, factors = account_factor_kinds(account),
      last_sign_in = greatest(last_sign_in, (select max(at) from sign_ins where account_id = account_listings.account::text))
    from accounts where account = any($1::uuid[]) and accounts.id = account`,
};

interface DescribedRow {
  id: string;
  name: string;
  email: string;
  username: string | null;
  attributes: AttributeValues;
}

/** What is stored of the folded forms of a person. */
export const foldedOf = (person: {
  name: string;
  email: string;
  username?: string | null | undefined;
  attributes: AttributeValues;
}) => ({
  name_key: nameKey(person.name),
  words: wordsOf({ ...person, username: person.username ?? undefined }),
  attribute_keys: attributeKeys(person.attributes),
});

async function write(tx: Executor, rows: readonly DescribedRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(WRITE, [JSON.stringify(rows.map((row) => ({ id: row.id, ...foldedOf(row) })))]);
}

/**
 * Has lists find an account by what it is called since this transaction. For every change of a name, an address or a user name; one
 * that does not call it is followed up by {@link indexDuePeople}, a moment later.
 */
export async function indexPerson(tx: Executor, id: string): Promise<void> {
  await write(tx, await tx.query<DescribedRow>(DESCRIBED, [[id]]));
}

/** The same for up to `limit` accounts for which nobody has done it, and what triggers had no chance to. Answers how many. */
export const indexDuePeople = (database: Pick<Database, 'transaction'>, limit: number): Promise<number> =>
  database.transaction(async (tx) => {
    const due = await tx.query<DescribedRow>(DUE, [limit]);
    if (due.length === 0) return 0;
    const ids = due.map(({ id }) => id);
    await tx.query(ROWS, [ids]);
    await tx.query(COUNTED, [ids]);
    await write(tx, due);
    return due.length;
  });
