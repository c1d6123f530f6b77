import type { Clock } from '../../kernel/clock.ts';
import { badRequest, conflict } from '../../kernel/errors.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { isAccountId, isEmail, isPersonName, normaliseIdentifier } from './policy.ts';
import type { AccountStatus } from './record-store.ts';

/** What changes in the life of an account. Every change is part of a transaction that holds the lock of its row. */

/** An account as it stands in the caller's transaction. */
export interface AccountState {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly locale?: string;
  readonly zoneinfo?: string;
  readonly roles: string[];
  readonly status: AccountStatus;
  readonly passwordHash?: string;
  readonly passwordChangedAt?: Date;
  /** How often everything that was proven for the account has been ended. */
  readonly accessEpoch: number;
  readonly createdAt: Date;
}

export interface Profile {
  readonly name: string;
  /** A BCP 47 tag; none = whatever the browser asks for. */
  readonly locale: string | undefined;
}

export interface LifecycleStore {
  /** The account, which nobody else changes before the end of the transaction. */
  lock(tx: Executor, id: string): Promise<AccountState | undefined>;
  /**
   * What was proven for the account until now proves nothing any more. Answers the new epoch, or undefined where there is no
   * such account. Holds the row, so who relies on an earlier epoch is either done before or refused.
   */
  endEpoch(tx: Executor, id: string): Promise<number | undefined>;
  /** Notes that mail to the account's address reaches its owner. */
  verifyAddress(tx: Executor, id: string): Promise<void>;
  /** Throws `name_invalid` (400). */
  setProfile(tx: Executor, id: string, profile: Profile): Promise<void>;
  /**
   * The new address counts as verified, unless that is false. Throws `email_invalid` (400), or `account_exists` (409) when
   * it is somebody else's.
   */
  setAddress(tx: Executor, id: string, email: string, verified?: boolean): Promise<void>;
  /** Removes the record, and with it everything personal. Its id is in the audit trail and never used again. */
  remove(tx: Executor, id: string): Promise<boolean>;
}

const LOCK: Statement = {
  name: 'accounts_lock',
  text: `
    select id, email, email_verified, name, locale, zoneinfo, roles, status, password_hash,
      password_changed_at, access_epoch, created_at
    from accounts where id = $1 for update`,
};

const END_EPOCH: Statement = {
  name: 'accounts_end_epoch',
  text: 'update accounts set access_epoch = access_epoch + 1 where id = $1 returning access_epoch',
};

const VERIFY_ADDRESS: Statement = {
  name: 'accounts_verify_address',
  text: 'update accounts set email_verified = true, updated_at = $2 where id = $1 and not email_verified',
};

const SET_PROFILE: Statement = {
  name: 'accounts_set_profile',
  text: 'update accounts set name = $2, locale = $3, updated_at = $4 where id = $1',
};

// NOT EXISTS leaves the transaction usable; between it and the unique index another address may still slip in.
const SET_ADDRESS: Statement = {
  name: 'accounts_set_address',
  text: `
    update accounts set email = $2, email_key = $3, email_verified = $5, updated_at = $4
    where id = $1 and not exists (select from accounts where email_key = $3 and id <> $1)
    returning id`,
};

interface Row {
  id: string;
  email: string;
  email_verified: boolean;
  name: string;
  locale: string | null;
  zoneinfo: string | null;
  roles: string[];
  status: AccountStatus;
  password_hash: string | null;
  password_changed_at: Date | string | null;
  access_epoch: number;
  created_at: Date | string;
}

const UNIQUE_VIOLATION = '23505';

const taken = () => conflict('account_exists', 'This e-mail address cannot be used.');

export function createLifecycleStore(clock: Clock): LifecycleStore {
  return {
    async lock(tx, id) {
      const [row] = isAccountId(id) ? await tx.query<Row>(LOCK, [id]) : [];
      if (row === undefined) return undefined;
      return {
        id: row.id,
        email: row.email,
        emailVerified: row.email_verified,
        name: row.name,
        ...(row.locale === null ? {} : { locale: row.locale }),
        ...(row.zoneinfo === null ? {} : { zoneinfo: row.zoneinfo }),
        roles: row.roles,
        status: row.status,
        ...(row.password_hash === null ? {} : { passwordHash: row.password_hash }),
        ...(row.password_changed_at === null ? {} : { passwordChangedAt: new Date(row.password_changed_at) }),
        accessEpoch: row.access_epoch,
        createdAt: new Date(row.created_at),
      };
    },

    async endEpoch(tx, id) {
      const [row] = await tx.query<{ access_epoch: number }>(END_EPOCH, [id]);
      return row?.access_epoch;
    },

    async verifyAddress(tx, id) {
      await tx.query(VERIFY_ADDRESS, [id, clock.now()]);
    },

    async setProfile(tx, id, { name: given, locale }) {
      const name = given.normalize('NFC').trim();
      if (!isPersonName(name))
        throw badRequest('name_invalid', 'A name is one line of at most 200 characters.');
      await tx.query(SET_PROFILE, [id, name, locale ?? null, clock.now()]);
    },

    async setAddress(tx, id, given, verified = true) {
      const email = given.normalize('NFC').trim();
      if (!isEmail(email)) throw badRequest('email_invalid', 'This is not an e-mail address.');
      try {
        const values = [id, email, normaliseIdentifier(email), clock.now(), verified];
        const changed = await tx.query(SET_ADDRESS, values);
        if (changed.length === 0) throw taken();
      } catch (error) {
        if ((error as { code?: string }).code === UNIQUE_VIOLATION) throw taken();
        throw error;
      }
    },

    async remove(tx, id) {
      return (await tx.query('delete from accounts where id = $1 returning id', [id])).length === 1;
    },
  };
}
