import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { type Randomness, uuidV7 } from '../../kernel/ids.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import { type Account, AccountRecord } from './record-store.ts';

/** What an account's passwords were before the present one: hashes, which only the hasher can compare with anything. */
export const PasswordHistoryRecord = defineEntity({
  name: 'PasswordHistoryRecord',
  tableName: 'password_history',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(AccountRecord).deleteRule('cascade').updateRule('no action').index(false),
    passwordHash: p.text(),
    /** When it was set. */
    changedAt: p.datetime(),
  },
  indexes: [{ name: 'password_history_account_id_id_index', properties: ['account', 'id'] }],
});

/** Why a password has to be changed, of what is kept with the account. */
export type PasswordFlag = 'must_change' | 'compromised';

/** The password that an account had when another one was checked for it. */
export type PresentPassword = Pick<
  Account,
  'id' | 'passwordHash' | 'passwordChangedAt' | 'accessEpoch' | 'createdAt'
>;

/** What is true of a password that has to be changed. */
export type FlaggedPassword = Pick<
  Account,
  'passwordChangedAt' | 'passwordMustChange' | 'passwordCompromised'
>;

/** How the password of an account is changed. Its replacement by another hash of the same is the account store's. */
export interface AccountPasswordStore {
  /** The hashes of the last `limit` passwords before the present one, the latest first. */
  former(accountId: string, limit: number): Promise<string[]>;
  /**
   * Compare-and-set: the new hash, changed now, with which nothing is wrong, takes the place of the one that `account` has;
   * that one goes to the last `keep` former ones. Answers when that was; undefined, and nothing is changed, when another one
   * is stored by now, the account is no longer active, or its access was ended since.
   */
  replace(tx: Executor, account: PresentPassword, hash: string, keep: number): Promise<Date | undefined>;
  /**
   * Asks for another password at the next sign-in. Answers what is true of the password now; undefined when that was asked already,
   * or there is none to change.
   */
  flag(tx: Executor, accountId: string, flag: PasswordFlag): Promise<FlaggedPassword | undefined>;
}

const FORMER: Statement = {
  name: 'password_history_former',
  text: 'select password_hash from password_history where account_id = $1 order by id desc limit $2',
};

const REPLACE: Statement = {
  name: 'accounts_set_password',
  text: `
    update accounts set password_hash = $2, password_changed_at = $3, updated_at = $3, version = version + 1, password_must_change = false,
      password_compromised = false
    where id = $1 and status = 'active' and password_hash is not distinct from $4 and access_epoch = $5 returning id`,
};

const PUSH: Statement = {
  name: 'password_history_push',
  text: 'insert into password_history (id, account_id, password_hash, changed_at) values ($1, $2, $3, $4)',
};

const TRIM: Statement = {
  name: 'password_history_trim',
  text: `
    delete from password_history where id in (
      select id from password_history where account_id = $1 order by id desc offset $2)`,
};

const FLAGS = 'password_changed_at, password_must_change, password_compromised';

const FLAG: Record<PasswordFlag, Statement> = {
  must_change: {
    name: 'accounts_flag_must_change',
    text: `
      update accounts set password_must_change = true, updated_at = $2, version = version + 1
      where id = $1 and not break_glass and password_hash is not null and not password_must_change returning ${FLAGS}`,
  },
  compromised: {
    name: 'accounts_flag_compromised',
    text: `
      update accounts set password_compromised = true, updated_at = $2, version = version + 1
      where id = $1 and not break_glass and password_hash is not null and not password_compromised returning ${FLAGS}`,
  },
};

interface FlagsRow {
  password_changed_at: Date | string | null;
  password_must_change: boolean;
  password_compromised: boolean;
}

export function createAccountPasswordStore(
  database: Database,
  clock: Clock,
  random: Randomness,
): AccountPasswordStore {
  return {
    async former(accountId, limit) {
      if (limit <= 0) return [];
      const rows = await database.query<{ password_hash: string }>(FORMER, [accountId, limit]);
      return rows.map((row) => row.password_hash);
    },

    async replace(tx, account, hash, keep) {
      const { id, passwordHash, passwordChangedAt, accessEpoch, createdAt } = account;
      const now = clock.now();
      const replaced = await tx.query(REPLACE, [id, hash, now, passwordHash ?? null, accessEpoch]);
      if (replaced.length === 0) return undefined;
      if (passwordHash !== undefined && keep > 0) {
        await tx.query(PUSH, [uuidV7(random, now), id, passwordHash, passwordChangedAt ?? createdAt]);
      }
      await tx.query(TRIM, [id, keep]);
      return now;
    },

    async flag(tx, accountId, flag) {
      const [row] = await tx.query<FlagsRow>(FLAG[flag], [accountId, clock.now()]);
      if (row === undefined) return undefined;
      const { password_changed_at: at, password_must_change, password_compromised } = row;
      return {
        ...(at === null ? {} : { passwordChangedAt: new Date(at) }),
        passwordMustChange: password_must_change,
        passwordCompromised: password_compromised,
      };
    },
  };
}
