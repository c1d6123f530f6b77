import type { Database, Executor, Statement } from '../../storage/database.ts';

/** Where password hashes are stored: of accounts, and of the passwords that they had before. */
export type HashTable = 'accounts' | 'password_history';

export interface StoredHash {
  readonly id: string;
  readonly hash: string;
}

export interface HashReplacement {
  readonly id: string;
  /** What was read; when another one is stored by now, nothing is replaced. */
  readonly from: string;
  readonly to: string;
}

/** Goes through hashes that are stored, whoever's they are. */
export interface StoredHashStore {
  /** Those that are neither argon2id nor wrapped, in the order of their ids, after the one named. */
  others(table: HashTable, limit: number, after?: string): Promise<StoredHash[]>;
  /** Compare-and-set, row by row; nothing else of an account changes. Answers how many were replaced. */
  replace(tx: Executor, table: HashTable, replacements: readonly HashReplacement[]): Promise<number>;
}

const others = (table: HashTable): Statement => ({
  name: `${table}_other_hashes`,
  text: `
    select id, password_hash as hash from ${table}
    where password_hash !~ '^([{]pepper=[^}]*[}])?[$](argon2id|wrapped)[$]' and ($2::uuid is null or id > $2)
    order by id limit $1`,
});

// Held in the order of their ids, so that two who do this do not wait for each other.
const replace = (table: HashTable): Statement => ({
  name: `${table}_replace_hashes`,
  text: `
    with row as (
      select id, was, becomes from jsonb_to_recordset($1::jsonb) as given(id uuid, was text, becomes text)),
    held as materialized (
      select id from ${table} where id in (select id from row) order by id for no key update)
    update ${table} t set password_hash = row.becomes from row
    where t.id = row.id and t.password_hash = row.was and t.id in (select id from held) returning t.id`,
});

const STATEMENTS = {
  accounts: { others: others('accounts'), replace: replace('accounts') },
  password_history: { others: others('password_history'), replace: replace('password_history') },
} as const;

export const createStoredHashStore = (database: Database): StoredHashStore => ({
  others: (table, limit, after) =>
    database.query<StoredHash>(STATEMENTS[table].others, [limit, after ?? null]),

  async replace(tx, table, replacements) {
    const rows = replacements.map(({ id, from, to }) => ({ id, was: from, becomes: to }));
    return (await tx.query(STATEMENTS[table].replace, [JSON.stringify(rows)])).length;
  },
});
