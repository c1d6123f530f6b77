import { defineEntity, p } from '@mikro-orm/postgresql';

/** The record of an account: its table, and how a row of it becomes an {@link Account}. */

export type AccountStatus = 'active' | 'disabled';

/** A trigger that keeps count of the kinds of password hashes. The migration has its text; here is only that it is there. */
const counting = (name: string, event: 'insert' | 'update' | 'delete') => ({
  name,
  timing: 'after' as const,
  events: [event],
  expression: 'see Migration20261129000402',
});

export const AccountRecord = defineEntity({
  name: 'AccountRecord',
  tableName: 'accounts',
  properties: {
    id: p.uuid().primary(),
    email: p.text(),
    emailKey: p.text().unique('accounts_email_key_unique'),
    emailVerified: p.boolean(),
    sub: p.text().nullable().unique('accounts_sub_unique'),
    username: p.text().nullable(),
    usernameKey: p.text().nullable().unique('accounts_username_key_unique'),
    name: p.text(),
    givenName: p.text().nullable(),
    familyName: p.text().nullable(),
    locale: p.text().nullable(),
    zoneinfo: p.text().nullable(),
    roles: p.array(),
    status: p.enum(['active', 'disabled']),
    passwordHash: p.text().nullable(),
    passwordChangedAt: p.datetime().nullable(),
    passwordMustChange: p.boolean().default(false),
    passwordCompromised: p.boolean().default(false),
    accessEpoch: p.integer().default(0),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** What people are sorted by where it is by name: folded, in the order of code points. */
    nameKey: p.text().collation('C').default(''),
    /** What is folded of the account is not what it is called by now. */
    listingDue: p.boolean().default(true),
    disabledAt: p.datetime().nullable(),
    /** Of the line of an import that has made it, under a key: by this the same line is known again. */
    importDigest: p.blob().nullable().unique('accounts_import_digest_unique'),
  },
  indexes: [
    ['accounts_name_key_index', '(name_key, id)'],
    ['accounts_unit_name_key_index', '(unit, name_key, id)'],
    ['accounts_created_at_index', '(created_at, id)'],
    ['accounts_unit_created_at_index', '(unit, created_at, id)'],
    ['accounts_status_index', '(status, id)'],
    [
      'accounts_unfinished_index',
      `(id) where status = 'active' and password_changed_at is null and not email_verified`,
    ],
    ['accounts_listing_due_index', '(id) where listing_due'],
  ].map(([name = '', of]) => ({ name, expression: `create index ${name} on accounts ${of}` })),
  triggers: [
    counting('accounts_count_hashes_made', 'insert'),
    counting('accounts_count_hashes_gone', 'delete'),
    counting('accounts_count_hash_replaced', 'update'),
  ],
});

export interface Account {
  /** Random, so it tells nothing and is never reused. */
  readonly id: string;
  /**
   * What applications know the person by (`sub`; OpenID Connect Core, section 2): the id, or what they knew them by before
   * they were imported.
   */
  readonly sub: string;
  /** As it was entered; compared only in its normalised form. */
  readonly email: string;
  readonly emailVerified: boolean;
  /** A name to sign in with beside the address, as it was entered. */
  readonly username?: string;
  readonly name: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly locale?: string;
  readonly zoneinfo?: string;
  readonly roles: string[];
  readonly status: AccountStatus;
  readonly passwordHash?: string;
  readonly passwordChangedAt?: Date;
  /** An administrator asks for another password at the next sign-in. */
  readonly passwordMustChange: boolean;
  /** The password is known to others, or may be. */
  readonly passwordCompromised: boolean;
  /** Counts how often everything that was proven for the account has been ended: what was shown before proves nothing after. */
  readonly accessEpoch: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a statement selects to make an account of it. */
export const ACCOUNT_COLUMNS = `id, sub, email, email_verified, username, name, given_name, family_name, locale, zoneinfo, roles, status, password_hash,
  password_changed_at, password_must_change, password_compromised, access_epoch, created_at, updated_at`;

/** What {@link ACCOUNT_COLUMNS} give; times are texts where they come out of JSON. */
export interface AccountRow {
  id: string;
  sub: string | null;
  email: string;
  email_verified: boolean;
  username: string | null;
  name: string;
  given_name: string | null;
  family_name: string | null;
  locale: string | null;
  zoneinfo: string | null;
  roles: string[];
  status: AccountStatus;
  password_hash: string | null;
  password_changed_at: Date | string | null;
  password_must_change: boolean;
  password_compromised: boolean;
  access_epoch: number;
  created_at: Date | string;
  updated_at: Date | string;
}

export const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  sub: row.sub ?? row.id,
  email: row.email,
  emailVerified: row.email_verified,
  ...(row.username === null ? {} : { username: row.username }),
  name: row.name,
  ...(row.given_name === null ? {} : { givenName: row.given_name }),
  ...(row.family_name === null ? {} : { familyName: row.family_name }),
  ...(row.locale === null ? {} : { locale: row.locale }),
  ...(row.zoneinfo === null ? {} : { zoneinfo: row.zoneinfo }),
  roles: row.roles,
  status: row.status,
  ...(row.password_hash === null ? {} : { passwordHash: row.password_hash }),
  ...(row.password_changed_at === null ? {} : { passwordChangedAt: new Date(row.password_changed_at) }),
  passwordMustChange: row.password_must_change,
  passwordCompromised: row.password_compromised,
  accessEpoch: row.access_epoch,
  createdAt: new Date(row.created_at),
  updatedAt: new Date(row.updated_at),
});
