import type { AttributeValues } from '../../kernel/attributes.ts';
import type { Clock } from '../../kernel/clock.ts';
import { badRequest, conflict } from '../../kernel/errors.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { indexPerson } from './listing/indexing-store.ts';
import {
  asEntered,
  hasTooManyRoles,
  isAccountId,
  isEmail,
  isPersonName,
  isRole,
  isUsername,
  normaliseIdentifier,
} from './policy.ts';
import { ACCOUNT_COLUMNS, type Account, type AccountRow, accountOf } from './record-store.ts';

/** What changes in the life of an account. Every change is part of a transaction that holds the lock of its row. */

export interface Profile {
  readonly name: string;
  /** A BCP 47 tag; none = whatever the browser asks for. */
  readonly locale: string | undefined;
  /** The IANA name of a time zone; none = whatever the browser says next. */
  readonly zoneinfo: string | undefined;
  /** All of them, as `domain/attributes` keeps them; none given = they stay. */
  readonly attributes?: AttributeValues | undefined;
}

/** The same with what only operators change: the parts of the name, and the name to sign in with. */
export interface FullProfile extends Profile {
  readonly givenName: string | undefined;
  readonly familyName: string | undefined;
  readonly username: string | undefined;
}

export interface LifecycleStore {
  /** The account, which nobody else changes before the end of the transaction. */
  lock(tx: Executor, id: string): Promise<Account | undefined>;
  /**
   * What was proven for the account until now proves nothing any more. Answers the new epoch, or undefined where there is no
   * such account. Holds the row, so a request that relies on an earlier epoch is either done before or refused.
   */
  endEpoch(tx: Executor, id: string): Promise<number | undefined>;
  /** Notes that mail to the account's address reaches its owner. */
  verifyAddress(tx: Executor, id: string): Promise<void>;
  /** Throws `name_invalid` (400). */
  setProfile(tx: Executor, id: string, profile: Profile): Promise<void>;
  /** Throws `name_invalid`, `username_invalid` (400), or `username_taken` (409) when it is somebody else's. */
  setFullProfile(tx: Executor, id: string, profile: FullProfile): Promise<void>;
  /** The zone of the person's browser, where none is kept yet. False when there is one, or the account is not active. */
  learnZone(executor: Executor, id: string, zoneinfo: string): Promise<boolean>;
  /**
   * The new address counts as verified, unless that is false. Throws `email_invalid` (400), or `account_exists` (409) when
   * it is somebody else's.
   */
  setAddress(tx: Executor, id: string, email: string, verified?: boolean): Promise<void>;
  /** Every role of the account, in this order, each once. Throws `role_invalid` (400). */
  setRoles(tx: Executor, id: string, roles: readonly string[]): Promise<void>;
  /** Undefined: none. The caller holds the unit. */
  setUnit(tx: Executor, id: string, unit: string | undefined): Promise<void>;
  /** Removes the record, and with it everything personal. Its id is in the audit trail and never used again. */
  remove(tx: Executor, id: string): Promise<boolean>;
}

const LOCK: Statement = {
  name: 'accounts_lock',
  text: `select ${ACCOUNT_COLUMNS} from accounts where id = $1 for update`,
};

const END_EPOCH: Statement = {
  name: 'accounts_end_epoch',
  text: 'update accounts set access_epoch = access_epoch + 1 where id = $1 returning access_epoch',
};

const VERIFY_ADDRESS: Statement = {
  name: 'accounts_verify_address',
  text: 'update accounts set email_verified = true, updated_at = $2, version = version + 1 where id = $1 and not email_verified',
};

const SET_PROFILE: Statement = {
  name: 'accounts_set_profile',
  text: `
    update accounts set name = $2, locale = $3, zoneinfo = $5, updated_at = $4, version = version + 1,
      attributes = coalesce($6::jsonb, attributes)
    where id = $1`,
};

// As for an address.
const SET_FULL_PROFILE: Statement = {
  name: 'accounts_set_full_profile',
  text: `
    update accounts set name = $2, locale = $3, zoneinfo = $4, updated_at = $5, version = version + 1, given_name = $6, family_name = $7,
      username = $8, username_key = $9, attributes = coalesce($10::jsonb, attributes)
    where id = $1 and not exists (select from accounts where username_key = $9 and id <> $1)
    returning id`,
};

const LEARN_ZONE: Statement = {
  name: 'accounts_learn_zone',
  text: `
    update accounts set zoneinfo = $2, updated_at = $3, version = version + 1
    where id = $1 and zoneinfo is null and status = 'active' returning id`,
};

// NOT EXISTS leaves the transaction usable; between it and the unique index another address may still slip in.
const SET_ADDRESS: Statement = {
  name: 'accounts_set_address',
  text: `
    update accounts set email = $2, email_key = $3, email_verified = $5, updated_at = $4, version = version + 1
    where id = $1 and not exists (select from accounts where email_key = $3 and id <> $1)
    returning id`,
};

const SET_ROLES: Statement = {
  name: 'accounts_set_roles',
  text: 'update accounts set roles = $2, updated_at = $3, version = version + 1 where id = $1',
};

const SET_UNIT: Statement = {
  name: 'accounts_set_unit',
  text: 'update accounts set unit = $2, updated_at = $3, version = version + 1 where id = $1',
};

const UNIQUE_VIOLATION = '23505';

const json = (attributes: AttributeValues | undefined) =>
  attributes === undefined ? null : JSON.stringify(attributes);

const usernameTaken = () => conflict('username_taken', 'An account with this user name exists already.');

const taken = () => conflict('account_exists', 'This e-mail address cannot be used.');

export function createLifecycleStore(clock: Clock): LifecycleStore {
  return {
    async lock(tx, id) {
      const [row] = isAccountId(id) ? await tx.query<AccountRow>(LOCK, [id]) : [];
      return row && accountOf(row, clock.now());
    },

    async endEpoch(tx, id) {
      const [row] = await tx.query<{ access_epoch: number }>(END_EPOCH, [id]);
      return row?.access_epoch;
    },

    async verifyAddress(tx, id) {
      await tx.query(VERIFY_ADDRESS, [id, clock.now()]);
    },

    async setProfile(tx, id, { name: given, locale, zoneinfo, attributes }) {
      const name = given.normalize('NFC').trim();
      if (!isPersonName(name))
        throw badRequest('name_invalid', 'A name is one line of at most 200 characters.');
      const values = [id, name, locale ?? null, clock.now(), zoneinfo ?? null, json(attributes)];
      await tx.query(SET_PROFILE, values);
      await indexPerson(tx, id);
    },

    async setFullProfile(
      tx,
      id,
      { name: given, locale, zoneinfo, givenName, familyName, username: entered, attributes },
    ) {
      const name = given.normalize('NFC').trim();
      if (!isPersonName(name))
        throw badRequest('name_invalid', 'A name is one line of at most 200 characters.');
      const username = entered === undefined ? undefined : asEntered(entered);
      if (username !== undefined && !isUsername(username))
        throw badRequest(
          'username_invalid',
          'A user name has no @ and no space, and at most 128 characters.',
        );
      const key = username === undefined ? null : normaliseIdentifier(username);
      const names = [givenName ?? null, familyName ?? null, username ?? null, key, json(attributes)];
      const values = [id, name, locale ?? null, zoneinfo ?? null, clock.now(), ...names];
      try {
        if ((await tx.query(SET_FULL_PROFILE, values)).length === 0) throw usernameTaken();
      } catch (error) {
        if ((error as { code?: string }).code === UNIQUE_VIOLATION) throw usernameTaken();
        throw error;
      }
      await indexPerson(tx, id);
    },

    async learnZone(executor, id, zoneinfo) {
      return (await executor.query(LEARN_ZONE, [id, zoneinfo, clock.now()])).length === 1;
    },

    async setAddress(tx, id, given, verified = true) {
      const email = asEntered(given);
      if (!isEmail(email)) throw badRequest('email_invalid', 'This is not an e-mail address.');
      try {
        const values = [id, email, normaliseIdentifier(email), clock.now(), verified];
        const changed = await tx.query(SET_ADDRESS, values);
        if (changed.length === 0) throw taken();
      } catch (error) {
        if ((error as { code?: string }).code === UNIQUE_VIOLATION) throw taken();
        throw error;
      }
      await indexPerson(tx, id);
    },

    async setRoles(tx, id, roles) {
      if (hasTooManyRoles(roles) || !roles.every(isRole))
        throw badRequest('role_invalid', 'A role is written in lower-case letters, digits and dashes.');
      await tx.query(SET_ROLES, [id, [...new Set(roles)], clock.now()]);
    },

    async setUnit(tx, id, unit) {
      await tx.query(SET_UNIT, [id, unit ?? null, clock.now()]);
    },

    async remove(tx, id) {
      return (await tx.query('delete from accounts where id = $1 returning id', [id])).length === 1;
    },
  };
}
