import { defineEntity, p } from '@mikro-orm/postgresql';
import type { AttributeValues } from '../../kernel/attributes.ts';
import { LISTING_INDEXES } from './listing/indexes.ts';
import { hasEnded } from './role-terms.ts';

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
    /** What the organisation keeps about the person beyond that, by name. */
    attributes: p.json<AttributeValues>().defaultRaw(`'{}'`),
    roles: p.array(),
    status: p.enum(['active', 'disabled']),
    passwordHash: p.text().nullable(),
    passwordChangedAt: p.datetime().nullable(),
    passwordMustChange: p.boolean().default(false),
    passwordCompromised: p.boolean().default(false),
    accessEpoch: p.integer().default(0),
    /** The unit that the person belongs to. */
    unit: p.uuid().nullable(),
    /** Counts the changes that are seen from outside. */
    version: p.bigint('number').defaultRaw('1'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** What people are sorted by where it is by name: folded, in the order of code points. */
    nameKey: p.text().collation('C').default(''),
    /** What is folded of the account is not what it is called by now. */
    listingDue: p.boolean().default(true),
    disabledAt: p.datetime().nullable(),
    /** When it was last enabled: dormancy is counted from then. */
    enabledAt: p.datetime().nullable(),
    /** Of the line of an import that has made it, under a key: by this the same line is known again. */
    importDigest: p.blob().nullable().unique('accounts_import_digest_unique'),
    /** A break-glass account (`domain/break-glass`). */
    breakGlass: p.boolean().default(false),
    /** Whether the person is a member of any group: who is not needs no look at them. */
    inGroups: p.boolean().default(false),
  },
  indexes: [
    {
      name: 'accounts_unit_index',
      expression: 'create index accounts_unit_index on accounts (unit, id) where unit is not null',
    },
    ...LISTING_INDEXES,
  ],
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
  /** As they are stored: also what is not declared any more (`domain/attributes` says what is told). */
  readonly attributes: AttributeValues;
  /** Every role that they have: their own, without those whose time is over, and those that their groups give. */
  readonly roles: string[];
  /** Those that were given to the account itself: what is set, limited and ended, and all that administers. */
  readonly ownRoles: string[];
  /** Those that groups give, also where they are their own as well. */
  readonly groupRoles: string[];
  /** By name. */
  readonly groups: readonly GroupOfPerson[];
  /** Roles whose time is over: they are still kept, and mean nothing any more. */
  readonly endedRoles: string[];
  /** The unit that the person belongs to. */
  readonly unit?: string;
  readonly status: AccountStatus;
  readonly passwordHash?: string;
  readonly passwordChangedAt?: Date;
  /** An administrator asks for another password at the next sign-in. */
  readonly passwordMustChange: boolean;
  /** The password is known to others, or may be. */
  readonly passwordCompromised: boolean;
  /** Counts how often everything that was proven for the account has been ended: what was shown before proves nothing after. */
  readonly accessEpoch: number;
  /** Counts the changes that are seen from outside: another one than before means that something was changed meanwhile. */
  readonly version: number;
  /** It is nobody's: a sealed sign-in for emergencies, which is not counted, and which nobody changes. */
  readonly breakGlass?: true;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Of a row of `accounts`: when roles end, of those that have an end. */
export const ROLE_ENDS = `(
  select json_object_agg(terms.role, terms.until) from account_role_terms terms
  where terms.account = accounts.id and terms.until is not null) as role_ends`;

/**
 * As SQL, of a row of accounts: the groups that the person is a member of, with the roles of each. A function, whose plan is kept: as a
 * part of the statement it would be planned with each sign-in, for more than the look itself costs.
 */
export const memberOf = (accounts: string): string =>
  `(case when ${accounts}.in_groups then groups_of_account(${accounts}.id) end)`;

export const MEMBER_OF = `${memberOf('accounts')} as member_of`;

/** What a statement selects to make an account of it. */
export const ACCOUNT_COLUMNS = `id, sub, email, email_verified, username, name, given_name, family_name, locale, zoneinfo, roles, status, password_hash,
  password_changed_at, password_must_change, password_compromised, access_epoch, unit, version, break_glass, attributes, created_at, updated_at,
  ${ROLE_ENDS}, ${MEMBER_OF}`;

export interface RolesRow {
  roles: string[];
  role_ends: Record<string, string> | null;
  member_of: readonly (GroupOfPerson & { readonly roles: readonly string[] })[] | null;
}

export interface GroupOfPerson {
  readonly id: string;
  readonly name: string;
}

/** The roles that somebody has at a time, and what they have them by. */
type RolesHeld = Pick<Account, 'roles' | 'ownRoles' | 'groupRoles' | 'groups' | 'endedRoles'>;

/** What {@link ACCOUNT_COLUMNS} give; times are texts where they come out of JSON. */
export interface AccountRow extends RolesRow {
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
  attributes: AttributeValues;
  status: AccountStatus;
  password_hash: string | null;
  password_changed_at: Date | string | null;
  password_must_change: boolean;
  password_compromised: boolean;
  access_epoch: number;
  unit: string | null;
  version: number | string;
  break_glass: boolean;
  created_at: Date | string;
  updated_at: Date | string;
}

/** The account as it is at that time: a role whose time is over is none that somebody has. */
export const accountOf = (row: AccountRow, now: Date): Account => ({
  ...accountFields(row),
  ...rolesAt(row, now),
});

/** The roles that somebody has at that time, and those whose time is over. */
export function rolesAt(held: RolesRow, now: Date): RolesHeld {
  const { roles: all, role_ends: ends } = held;
  const isOver = (role: string) =>
    ends !== null && Object.hasOwn(ends, role) && hasEnded({ until: new Date(String(ends[role])) }, now);
  const own = all.filter((role) => !isOver(role));
  const { groups, groupRoles } = byGroups(held);
  return {
    roles: [...new Set([...own, ...groupRoles])],
    ownRoles: own,
    groupRoles,
    groups,
    endedRoles: all.filter(isOver),
  };
}

/** Somebody's groups, and the roles that they give. */
export const byGroups = ({
  member_of: memberOf,
}: Pick<RolesRow, 'member_of'>): Pick<RolesHeld, 'groups' | 'groupRoles'> => {
  const given = memberOf ?? [];
  return {
    groups: given.map(({ id, name }) => ({ id, name })),
    groupRoles: [...new Set(given.flatMap(({ roles }) => roles))].sort(),
  };
};

const accountFields = (row: AccountRow): Omit<Account, keyof RolesHeld> => ({
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
  attributes: row.attributes,
  ...(row.unit === null ? {} : { unit: row.unit }),
  status: row.status,
  ...(row.password_hash === null ? {} : { passwordHash: row.password_hash }),
  ...(row.password_changed_at === null ? {} : { passwordChangedAt: new Date(row.password_changed_at) }),
  passwordMustChange: row.password_must_change,
  passwordCompromised: row.password_compromised,
  accessEpoch: row.access_epoch,
  version: Number(row.version),
  ...(row.break_glass ? { breakGlass: true } : {}),
  createdAt: new Date(row.created_at),
  updatedAt: new Date(row.updated_at),
});
