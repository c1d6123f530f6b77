import type { AttributeValues } from '../../kernel/attributes.ts';
import type { Clock } from '../../kernel/clock.ts';
import { badRequest } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';
import { foldedOf } from './listing/indexing-store.ts';
import {
  asEntered,
  isAccountId,
  isEmail,
  isPersonName,
  isRole,
  isSubject,
  isUsername,
  normaliseIdentifier,
} from './policy.ts';
import {
  ACCOUNT_COLUMNS,
  type Account,
  type AccountRow,
  type AccountStatus,
  accountOf,
} from './record-store.ts';
import { subjectDigest } from './reserved-subject-store.ts';

/** How accounts are made, one or many, and what of new ones is taken already. */

export interface NewAccount {
  /** Where it had to be known before; none = another one. Random, and never used before. */
  readonly id?: string;
  readonly email: string;
  readonly emailVerified?: boolean;
  /** What applications know the person by already; none = the id. */
  readonly sub?: string;
  readonly username?: string;
  readonly name: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly locale?: string;
  readonly zoneinfo?: string;
  /** As `domain/attributes` keeps them. */
  readonly attributes?: AttributeValues;
  readonly roles?: readonly string[];
  /** The unit that the person belongs to; the caller holds it. */
  readonly unit?: string;
  readonly status?: AccountStatus;
  /** Of the form that `domain/passwords` writes or accepts; none = the person has to set one by a link. */
  readonly passwordHash?: string;
  /** When that password was chosen; none = now. */
  readonly passwordChangedAt?: Date;
  /** That password is for one sign-in, in which another one is chosen. */
  readonly passwordMustChange?: boolean;
  /** By which the line of an import is known again. */
  readonly importDigest?: Buffer;
}

/** What of accounts to be made is somebody's already: each a set of what was asked for. */
export interface Taken {
  /** Addresses, normalised. */
  readonly emails: ReadonlySet<string>;
  readonly subs: ReadonlySet<string>;
  /** Normalised. */
  readonly usernames: ReadonlySet<string>;
  /** Of lines of an import that are accounts by now, in hexadecimal digits. */
  readonly digests: ReadonlySet<string>;
}

export interface AccountCreation {
  /**
   * Makes accounts in one statement, and returns those made: one whose address, subject, user name or line of an import is
   * another's is left out. Throws `email_invalid`, `name_invalid`, `role_invalid`, `sub_invalid`, `username_invalid` (400).
   */
  createMany(tx: Executor, inputs: readonly NewAccount[]): Promise<Account[]>;
  /** What of these is taken. A subject is taken by a client of that name, too: a service's tokens have its name as theirs. */
  taken(executor: Executor, inputs: readonly NewAccount[]): Promise<Taken>;
}

// ON CONFLICT instead of a caught error, which would leave the caller's transaction aborted. No index tells that a subject is a
// client's, or the id of an account that has no other subject.
const INSERT: Statement = {
  name: 'accounts_insert',
  text: `
    with given as materialized (
      select * from jsonb_to_recordset($1::jsonb) as row(
        id uuid, sub text, sub_as_id uuid, email text, email_key text, email_verified boolean, username text, username_key text,
        name text, given_name text, family_name text, locale text, zoneinfo text, roles text[], unit uuid, status text,
        password_hash text, password_changed_at timestamptz, must_change boolean, import_digest text, name_key text,
        words jsonb, attributes jsonb, attribute_keys jsonb)),
    made as (insert into accounts (id, sub, email, email_key, email_verified, username, username_key, name, given_name, family_name,
      locale, zoneinfo, roles, unit, status, disabled_at, password_hash, password_changed_at, password_must_change, import_digest,
      created_at, updated_at, name_key, listing_due, attributes)
    select id, sub, email, email_key, email_verified, username, username_key, name, given_name, family_name,
      locale, zoneinfo, roles, unit, status, case when status = 'disabled' then $2::timestamptz end, password_hash,
      case when password_hash is not null then coalesce(password_changed_at, $2::timestamptz) end,
      password_hash is not null and must_change, decode(import_digest, 'hex'), $2, $2, name_key, false, attributes
    from given where (sub is null or not exists (select from clients where clients.id = given.sub))
      and (sub is null or not exists (select from reserved_subjects r where r.digest = ${subjectDigest('given.sub')}))
      and (sub_as_id is null or not exists (select from accounts other where other.id = sub_as_id and other.sub is null))
    on conflict do nothing
    returning ${ACCOUNT_COLUMNS}),
    found_by as (
      insert into account_words (account, word, unit)
      select made.id, each.word, made.unit from made join given using (id), jsonb_array_elements_text(given.words) as each(word)),
    found_by_attribute as (
      insert into account_attributes (account, name, value, unit)
      select made.id, each.name, each.value, made.unit from made join given using (id),
        jsonb_to_recordset(given.attribute_keys) as each(name text, value text))
    select * from made`,
};

const TAKEN: Statement = {
  name: 'accounts_taken',
  text: `
    select 'emails' as what, email_key as value from accounts where email_key = any($1::text[])
    union all select 'subs', sub from accounts where sub = any($2::text[])
    union all select 'subs', given from unnest($3::text[]) as given join accounts on id = given::uuid where sub is null
    union all select 'subs', id from clients where id = any($2::text[])
    union all select 'subs', given from unnest($2::text[]) as given
      join reserved_subjects on digest = ${subjectDigest('given')}
    union all select 'usernames', username_key from accounts where username_key = any($4::text[])
    union all select 'digests', encode(import_digest, 'hex') from accounts where import_digest = any($5::bytea[])`,
};

function toRow(input: NewAccount, id: string) {
  const email = asEntered(input.email);
  if (!isEmail(email)) throw badRequest('email_invalid', 'This is not an e-mail address.');
  const { sub } = input;
  if (sub !== undefined && !isSubject(sub))
    throw badRequest('sub_invalid', 'A subject is 1 to 255 ASCII characters, without spaces around it.');
  const username = input.username === undefined ? undefined : asEntered(input.username);
  if (username !== undefined && !isUsername(username))
    throw badRequest('username_invalid', 'A user name has no @ and no space, and at most 128 characters.');
  const name = input.name.normalize('NFC').trim();
  if (!isPersonName(name)) throw badRequest('name_invalid', 'A name is one line of at most 200 characters.');
  const roles = [...new Set(input.roles)];
  if (!roles.every(isRole))
    throw badRequest('role_invalid', 'A role is written in lower-case letters, digits and dashes.');
  return {
    id,
    sub,
    sub_as_id: sub !== undefined && isAccountId(sub) ? sub : undefined,
    email,
    email_key: normaliseIdentifier(email),
    email_verified: input.emailVerified ?? false,
    username,
    username_key: username === undefined ? undefined : normaliseIdentifier(username),
    name,
    given_name: input.givenName,
    family_name: input.familyName,
    locale: input.locale,
    zoneinfo: input.zoneinfo,
    roles,
    unit: input.unit,
    status: input.status ?? 'active',
    password_hash: input.passwordHash,
    password_changed_at: input.passwordChangedAt,
    must_change: input.passwordMustChange ?? false,
    import_digest: input.importDigest?.toString('hex'),
    attributes: input.attributes ?? {},
    ...foldedOf({ name, email, username, attributes: input.attributes ?? {} }),
  };
}

const given = <Value>(values: readonly (Value | undefined)[]): Value[] =>
  values.filter((value) => value !== undefined);

export const createAccountCreation = (clock: Clock, random: Randomness): AccountCreation => ({
  async createMany(tx, inputs) {
    const rows = inputs.map((input) => toRow(input, input.id ?? random.uuid()));
    // From here on nobody registers a client under one of these names before the end of the transaction.
    if (rows.some(({ sub }) => sub !== undefined)) await lock(tx, 'subjects');
    const inserted = await tx.query<AccountRow>(INSERT, [JSON.stringify(rows), clock.now()]);
    return inserted.map((row) => accountOf(row, clock.now()));
  },

  async taken(executor, inputs) {
    const subs = given(inputs.map(({ sub }) => sub));
    const rows = await executor.query<{ what: keyof Taken; value: string }>(TAKEN, [
      inputs.map(({ email }) => normaliseIdentifier(email)),
      subs,
      subs.filter(isAccountId),
      given(inputs.map(({ username }) => username)).map(normaliseIdentifier),
      given(inputs.map(({ importDigest }) => importDigest)),
    ]);
    const found = {
      emails: new Set<string>(),
      subs: new Set<string>(),
      usernames: new Set<string>(),
      digests: new Set<string>(),
    };
    for (const { what, value } of rows) found[what].add(value);
    return found;
  },
});
