import type { Executor, Statement } from '../../../storage/database.ts';
import { dormancyDateOf } from '../dormancy-store.ts';
import {
  type AccountStatus,
  byGroups,
  type GroupOfPerson,
  memberOf,
  type RolesRow,
} from '../record-store.ts';
import { isUnfinishedRow, lockedUntil } from './filters.ts';

/** What lists tell of a person. */
export interface ListedPerson {
  readonly id: string;
  /** What applications know them by. */
  readonly sub: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly username: string | undefined;
  readonly name: string;
  /** Their own, without those whose time is over. */
  readonly roles: readonly string[];
  /** Those that their groups give. */
  readonly groupRoles: readonly string[];
  readonly groups: readonly GroupOfPerson[];
  readonly status: AccountStatus;
  readonly unit: { readonly id: string; readonly name: string } | undefined;
  /** Failed sign-ins have begun a lock that lasts until then. */
  readonly lockedUntil: Date | undefined;
  /** After too many failures, until it is reset. */
  readonly passwordDisabled: boolean;
  /** Undefined: never. */
  readonly lastSignIn: Date | undefined;
  /** Kinds of factors of their own. */
  readonly factors: readonly string[];
  /** When they are to be disabled, and enabled again. */
  readonly disableAt: Date | undefined;
  readonly enableAt: Date | undefined;
  /** When they are disabled as dormant, as they were told. */
  readonly dormantAt: Date | undefined;
  /** Nobody has ever been able to sign in: an invitation, or a first password, is not there yet. */
  readonly invited: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const FACTS: Statement = {
  name: 'accounts_listed_facts',
  text: `
    select a.id, a.sub, a.email, a.email_verified, a.username, a.name, a.status, a.created_at, a.updated_at,
      array(select given.role from unnest(a.roles) with ordinality as given(role, place)
        where not exists (select from account_role_terms ended
          where ended.account = a.id and ended.role = given.role and ended.until <= $2)
        order by place) as roles,
      ${memberOf('a')} as member_of,
      units.id as unit, units.name as unit_name,
      ${lockedUntil('a.id', '$2')} as locked_until,
      exists (select from password_failures f where f.account_id = a.id and f.disabled_at is not null) as password_disabled,
      (select at from scheduled_statuses s where s.account = a.id and s.status = 'disabled') as disable_at,
      (select at from scheduled_statuses s where s.account = a.id and s.status = 'active') as enable_at,
      ${dormancyDateOf('a', 'l.last_sign_in')} as dormant_at,
      case when isfinite(l.last_sign_in) then l.last_sign_in end as last_sign_in, l.factors,
      ${isUnfinishedRow('a')} as invited
    from unnest($1::uuid[]) with ordinality as wanted(id, place)
    join accounts a on a.id = wanted.id left join account_listings l on l.account = a.id left join units on units.id = a.unit
    order by place`,
};

interface Row {
  id: string;
  sub: string | null;
  email: string;
  email_verified: boolean;
  username: string | null;
  name: string;
  status: AccountStatus;
  created_at: Date;
  updated_at: Date;
  roles: string[];
  member_of: RolesRow['member_of'];
  unit: string | null;
  unit_name: string | null;
  locked_until: Date | null;
  password_disabled: boolean;
  last_sign_in: Date | null;
  disable_at: Date | null;
  enable_at: Date | null;
  dormant_at: Date | null;
  factors: string[] | null;
  invited: boolean;
}

/** These people, in this order, in one statement. Whoever is gone meanwhile is left out. */
export async function listedPeople(
  executor: Executor,
  ids: readonly string[],
  now: Date,
): Promise<ListedPerson[]> {
  if (ids.length === 0) return [];
  return (await executor.query<Row>(FACTS, [ids, now])).map((row) => ({
    id: row.id,
    sub: row.sub ?? row.id,
    email: row.email,
    emailVerified: row.email_verified,
    username: row.username ?? undefined,
    name: row.name,
    roles: row.roles,
    ...byGroups(row),
    status: row.status,
    unit: row.unit === null ? undefined : { id: row.unit, name: row.unit_name ?? '' },
    lockedUntil: row.locked_until === null ? undefined : new Date(row.locked_until),
    passwordDisabled: row.password_disabled,
    lastSignIn: row.last_sign_in === null ? undefined : new Date(row.last_sign_in),
    disableAt: row.disable_at === null ? undefined : new Date(row.disable_at),
    enableAt: row.enable_at === null ? undefined : new Date(row.enable_at),
    dormantAt: row.dormant_at === null ? undefined : new Date(row.dormant_at),
    factors: row.factors ?? [],
    invited: row.invited,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }));
}
