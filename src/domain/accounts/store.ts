/**
 * Accounts: the people who may sign in, under which address, with which roles, and whether they still may. This folder owns
 * the record and its import. How a password is hashed or compared, and ending the access of somebody who was disabled,
 * it leaves to others; its callers write the audit events.
 */
import type { Clock } from '../../kernel/clock.ts';
import { conflict } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import { gatherLookups } from '../../storage/lookups.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { type AccountCreation, createAccountCreation, type NewAccount } from './creation-store.ts';
import { isAccountId, isAddressKey, isPossibleIdentifier, isSubject, normaliseIdentifier } from './policy.ts';
import {
  ACCOUNT_COLUMNS,
  type Account,
  type AccountRow,
  type AccountStatus,
  accountOf,
} from './record-store.ts';

export type { NewAccount } from './creation-store.ts';
export type { Account, AccountStatus } from './record-store.ts';

export interface ListOptions {
  /** The address of the last account of the page before. */
  readonly after?: string;
  readonly limit: number;
  /** Part of an address or a name, in any case. */
  readonly search?: string;
}

export interface PasswordReplacement {
  /** The hash that was verified; when another one is stored by now, nothing is replaced. */
  readonly from: string;
  readonly to: string;
}

/** The code with which a unit fails when the person, or their password, was changed meanwhile. */
export const ACCOUNT_CHANGED = 'account_changed';

export const accountExists = () =>
  conflict('account_exists', 'An account with this e-mail address exists already.');

export interface AccountStore extends AccountCreation {
  /** One prepared statement at most, shared with those that ask meanwhile; undefined also for what is no account id at all. */
  findById(id: string): Promise<Account | undefined>;
  /** By an address or a user name. One prepared statement, whatever was typed. */
  findByIdentifier(identifier: string): Promise<Account | undefined>;
  /** By what applications know the person by. One prepared statement. */
  findBySub(sub: string): Promise<Account | undefined>;
  /** Throws `account_exists` (409; the transaction stays usable), `email_invalid`, `name_invalid` or `role_invalid` (400). */
  create(tx: Executor, input: NewAccount): Promise<Account>;
  /** False when there was nothing to change; a break-glass account that has ended stays so. */
  setStatus(tx: Executor, id: string, status: AccountStatus): Promise<boolean>;
  /** By address. */
  list(options: ListOptions): Promise<Account[]>;
  /** Whether an active account, break-glass accounts aside, has the role, whose time is not over. */
  anyoneHas(executor: Executor, role: string): Promise<boolean>;
  /** Compare-and-set: true when the new hash of the same password took the place of `from`. */
  replacePasswordHash(executor: Executor, id: string, replacement: PasswordReplacement): Promise<boolean>;
  /** The same as part of a larger statement; a lost race changes nothing and is no error. */
  passwordHashReplacement(id: string, replacement: PasswordReplacement): Write;
  /**
   * Fails the unit with {@link ACCOUNT_CHANGED} unless the account is active, has the password that it had when it was
   * read, which nobody has reported since, and its access was not ended since; whoever changes any of it meanwhile waits.
   */
  unchanged(account: Pick<Account, 'id' | 'passwordHash' | 'accessEpoch'>): Write;
  /** The same for what may happen while a reported password waits to be changed: nobody has reported it *since*. */
  asRead(account: Pick<Account, 'id' | 'passwordHash' | 'passwordCompromised' | 'accessEpoch'>): Write;
  /**
   * For the session of a sign-in that was completed earlier: fails the unit with {@link ACCOUNT_CHANGED} unless the account is
   * active and its access was not ended since.
   */
  inEpoch(id: string, epoch: number): Write;
}

const FIND_BY_IDS: Statement = {
  name: 'accounts_find_by_ids',
  text: `select ${ACCOUNT_COLUMNS} from accounts where id = any($1::uuid[])`,
};

const FIND_BY_EMAIL: Statement = {
  name: 'accounts_find_by_key',
  text: `select ${ACCOUNT_COLUMNS} from accounts where email_key = $1`,
};

const FIND_BY_USERNAME: Statement = {
  name: 'accounts_find_by_username',
  text: `select ${ACCOUNT_COLUMNS} from accounts where username_key = $1`,
};

const FIND_BY_SUB: Statement = {
  name: 'accounts_find_by_sub',
  text: `
    select ${ACCOUNT_COLUMNS} from accounts where sub = $1
    union all select ${ACCOUNT_COLUMNS} from accounts where id = $2::uuid and sub is null`,
};

const SET_STATUS: Statement = {
  name: 'accounts_set_status',
  text: `
    update accounts set status = $2, updated_at = $3, version = version + 1, disabled_at = case when $2 = 'disabled' then $3::timestamptz end,
      enabled_at = case when $2 = 'active' then $3::timestamptz else enabled_at end
    where id = $1 and status <> $2 and ($2 <> 'active' or not break_glass) returning id`,
};

const LIST: Statement = {
  name: 'accounts_list',
  text: `
    select ${ACCOUNT_COLUMNS} from accounts
    where ($1::text is null or email_key > $1) and ($2::text is null or email_key ilike $2 or name ilike $2)
    order by email_key limit $3`,
};

const ANYONE_HAS: Statement = {
  name: 'accounts_anyone_has',
  text: `
    select 1 from accounts where roles @> array[$1::text] and status = 'active' and not break_glass and not exists (
      select from account_role_terms terms where terms.account = accounts.id and terms.role = $1 and terms.until <= $2)
    limit 1`,
};

const replacePasswordHash = (id: string, to: string, at: string, from: string) => `
  update accounts set password_hash = ${to}, updated_at = ${at} where id = ${id} and password_hash = ${from}`;

const REPLACE_PASSWORD_HASH: Statement = {
  name: 'accounts_replace_password_hash',
  text: `${replacePasswordHash('$1', '$2', '$3', '$4')} returning id`,
};

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&');

export function createAccountStore(database: Database, clock: Clock, random: Randomness): AccountStore {
  async function findOne(statement: Statement, value: string): Promise<Account | undefined> {
    const [row] = await database.query<AccountRow>(statement, [value]);
    return row === undefined ? undefined : accountOf(row, clock.now());
  }

  const findById = gatherLookups<string, AccountRow>(async (ids) => {
    const rows = await database.query<AccountRow>(FIND_BY_IDS, [ids]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id.toLowerCase()));
  });

  const { createMany, taken } = createAccountCreation(clock, random);

  const asRead = ({
    id,
    passwordHash,
    passwordCompromised,
    accessEpoch,
  }: Parameters<AccountStore['asRead']>[0]): Write => ({
    otherwise: ACCOUNT_CHANGED,
    sql: (parameter) => `
      select 1 from accounts
      where id = ${parameter(id)} and status = 'active'
        and password_hash is not distinct from ${parameter(passwordHash ?? null)}
        and password_compromised = ${parameter(passwordCompromised)}
        and access_epoch = ${parameter(accessEpoch)}::integer for share`,
  });

  return {
    async findById(id) {
      const row = isAccountId(id) ? await findById(id) : undefined;
      return row && accountOf(row, clock.now());
    },

    async findByIdentifier(identifier) {
      const key = normaliseIdentifier(identifier);
      // The impossible costs the same round trip as the unknown.
      const statement = isAddressKey(key) ? FIND_BY_EMAIL : FIND_BY_USERNAME;
      return findOne(statement, isPossibleIdentifier(key) ? key : '');
    },

    async findBySub(sub) {
      if (!isSubject(sub)) return undefined;
      const [row] = await database.query<AccountRow>(FIND_BY_SUB, [sub, isAccountId(sub) ? sub : null]);
      // Subjects are compared letter by letter, and ids of accounts are written in small ones.
      return row === undefined || accountOf(row, clock.now()).sub !== sub
        ? undefined
        : accountOf(row, clock.now());
    },

    async create(tx, input) {
      const [account] = await createMany(tx, [input]);
      if (account === undefined) throw accountExists();
      return account;
    },

    createMany,
    taken,

    async setStatus(tx, id, status) {
      return (await tx.query(SET_STATUS, [id, status, clock.now()])).length === 1;
    },

    async list({ after, limit, search }) {
      const pattern = search === undefined ? null : `%${escapeLike(search.normalize('NFKC').trim())}%`;
      const key = after === undefined ? null : normaliseIdentifier(after);
      return (await database.query<AccountRow>(LIST, [key, pattern, limit])).map((row) =>
        accountOf(row, clock.now()),
      );
    },

    async anyoneHas(executor, role) {
      return (await executor.query(ANYONE_HAS, [role, clock.now()])).length > 0;
    },

    async replacePasswordHash(executor, id, { from, to }) {
      return (await executor.query(REPLACE_PASSWORD_HASH, [id, to, clock.now(), from])).length === 1;
    },

    passwordHashReplacement: (id, { from, to }) => ({
      sql: (parameter) =>
        replacePasswordHash(parameter(id), parameter(to), parameter(clock.now()), parameter(from)),
    }),

    unchanged: (account) => asRead({ ...account, passwordCompromised: false }),
    asRead,

    inEpoch: (id, epoch) => ({
      otherwise: ACCOUNT_CHANGED,
      sql: (parameter) => `
        select 1 from accounts
        where id = ${parameter(id)} and status = 'active' and access_epoch = ${parameter(epoch)}::integer for share`,
    }),
  };
}
