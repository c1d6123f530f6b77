/**
 * Groups: people who belong together, and the roles of applications that they have by it. This folder owns groups, their members and
 * their roles. What somebody's roles are altogether, it leaves to `accounts`; whose right it is to change a group, to `administration`;
 * its callers write the audit events.
 */
import type { Clock } from '../../kernel/clock.ts';
import { conflict } from '../../kernel/errors.ts';
import { isUuid, type Randomness } from '../../kernel/ids.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { groupName, groupNameKey } from './policy.ts';

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** By name. */
  readonly roles: readonly string[];
  /** Counts the changes of the group itself and of its roles. */
  readonly version: number;
  readonly createdAt: Date;
}

export interface NewGroup {
  readonly name: string;
  readonly description: string;
}

export interface GroupStore {
  /** By its id, or by its name in any spelling. */
  find(executor: Executor, group: string): Promise<Group | undefined>;
  /** By their names in any spelling, each once; names that no group has are left out. */
  findAll(executor: Executor, names: readonly string[]): Promise<Group[]>;
  /** The group, which nobody changes before the end of the transaction. For who puts somebody into it. */
  hold(tx: Executor, id: string): Promise<Group | undefined>;
  /** The group, which nobody else changes or puts somebody into before the end of the transaction. */
  lock(tx: Executor, id: string): Promise<Group | undefined>;
  /** Throws `group_exists` (409) where there is one of that name. */
  create(tx: Executor, group: NewGroup & { readonly roles: readonly string[] }): Promise<Group>;
  /** The caller holds its {@link lock}. Throws `group_exists` (409). */
  change(tx: Executor, id: string, to: NewGroup): Promise<Group | undefined>;
  /** These roles and no others. The caller holds its {@link lock}. */
  setRoles(tx: Executor, id: string, roles: readonly string[]): Promise<Group | undefined>;
  /**
   * It is no group any more, and gives nothing. Where it has members, its row stays until the last one has left it. The caller holds its
   * {@link lock}.
   */
  delete(tx: Executor, id: string): Promise<void>;
  countMembers(executor: Executor, id: string): Promise<number>;
  /** A word for who is in it now: another one once somebody has joined or left. */
  editionOfMembers(executor: Executor, id: string): Promise<string>;
  isMember(executor: Executor, id: string, account: string): Promise<boolean>;
  /** Since when each of these accounts is a member; those that are none are left out. */
  since(executor: Executor, id: string, accounts: readonly string[]): Promise<ReadonlyMap<string, Date>>;
  /** The groups of somebody, by name. */
  of(executor: Executor, account: string): Promise<Group[]>;
  /** False where they are a member already. The caller holds account and group. */
  addMember(tx: Executor, id: string, account: string): Promise<boolean>;
  /** False where they are none. The caller holds the account. */
  removeMember(tx: Executor, id: string, account: string): Promise<boolean>;
  /** The groups of which they were a member, by id. */
  forgetAccount(tx: Executor, account: string): Promise<string[]>;
}

/** As SQL, of a row of `groups`. */
export const GROUP_COLUMNS = `groups.id, groups.name, groups.description, groups.version, groups.created_at,
  array(select given.role from group_roles given where given.group_id = groups.id order by given.role) as roles`;

const GROUP = `select ${GROUP_COLUMNS} from groups where deleted_at is null`;

const FIND: Statement = { name: 'groups_find', text: `${GROUP} and id = $1` };
const FIND_BY_NAME: Statement = {
  name: 'groups_find_by_name',
  text: `${GROUP} and name_key = any($1::text[])`,
};
const HOLD: Statement = { name: 'groups_hold', text: 'select id from groups where id = $1 for share' };
const LOCK: Statement = { name: 'groups_lock', text: 'select id from groups where id = $1 for update' };

// ON CONFLICT and NOT EXISTS instead of a caught error, which would leave the caller's transaction aborted.
const CREATE: Statement = {
  name: 'groups_create',
  text: `
    insert into groups (id, name, name_key, description, created_at) values ($1, $2, $3, $4, $5)
    on conflict (name_key) where deleted_at is null do nothing returning ${GROUP_COLUMNS}`,
};

const CHANGE: Statement = {
  name: 'groups_change',
  text: `
    update groups set name = $2, name_key = $3, description = $4, version = version + 1
    where id = $1 and deleted_at is null and not exists (
      select from groups other where other.name_key = $3 and other.deleted_at is null and other.id <> $1)
    returning ${GROUP_COLUMNS}`,
};

const REMOVE_ROLES: Statement = {
  name: 'group_roles_remove_others',
  text: 'delete from group_roles where group_id = $1 and not role = any($2::text[])',
};

const ADD_ROLES: Statement = {
  name: 'group_roles_add',
  text: `
    insert into group_roles (group_id, role) select $1, given from unnest($2::text[]) as given on conflict do nothing`,
};

const RAISE: Statement = {
  name: 'groups_raise_version',
  text: `update groups set version = version + 1 where id = $1 and deleted_at is null returning ${GROUP_COLUMNS}`,
};

const REMOVE_EMPTY: Statement = {
  name: 'groups_remove_empty',
  text: `
    delete from groups where id = $1 and not exists (select from group_members where group_id = $1) returning id`,
};

const MARK: Statement = {
  name: 'groups_mark_deleted',
  text: 'update groups set deleted_at = $2 where id = $1 and deleted_at is null',
};

const COUNT: Statement = {
  name: 'group_members_count',
  text: 'select count(*)::int as members from group_members where group_id = $1',
};

const EDITION: Statement = {
  name: 'group_members_edition',
  text: `
    select count(*) || ' ' || coalesce(extract(epoch from max(added_at))::text, '') as edition from group_members
    where group_id = $1`,
};

const SINCE: Statement = {
  name: 'group_members_since',
  text: 'select account, added_at from group_members where group_id = $1 and account = any($2::uuid[])',
};

const OF: Statement = {
  name: 'group_members_of',
  text: `${GROUP} and id in (select group_id from group_members where account = $1) order by name_key, id`,
};

const ADD: Statement = {
  name: 'group_members_add',
  text: `
    insert into group_members (group_id, account, added_at) values ($1, $2, $3) on conflict do nothing returning account`,
};

const NOTE: Statement = {
  name: 'groups_note_membership',
  text: `
    update accounts set in_groups = exists (select from group_members where account = $1), version = version + 1, updated_at = $2
    where id = $1`,
};

const REMOVE: Statement = {
  name: 'group_members_remove',
  text: 'delete from group_members where group_id = $1 and account = $2 returning account',
};

const FORGET: Statement = {
  name: 'group_members_forget_account',
  text: 'delete from group_members where account = $1 returning group_id',
};

export interface GroupRow {
  id: string;
  name: string;
  description: string;
  roles: string[];
  version: number | string;
  created_at: Date | string;
}

export const groupOf = ({ created_at: createdAt, version, ...row }: GroupRow): Group => ({
  ...row,
  version: Number(version),
  createdAt: new Date(createdAt),
});

const UNIQUE_VIOLATION = '23505';

const exists = () => conflict('group_exists', 'There is a group of this name already.');

export function createGroupStore(clock: Clock, random: Randomness): GroupStore {
  const one = async (executor: Executor, id: string) => {
    const [row] = isUuid(id) ? await executor.query<GroupRow>(FIND, [id]) : [];
    return row && groupOf(row);
  };
  const named = async (executor: Executor, names: readonly string[]) =>
    (await executor.query<GroupRow>(FIND_BY_NAME, [[...new Set(names.map(groupNameKey))]])).map(groupOf);
  // What a row gives that was waited for is as old as the statement: it is read behind the lock, by one of its own.
  const behind = (lock: Statement) => async (tx: Executor, id: string) => {
    if (!isUuid(id) || (await tx.query(lock, [id])).length === 0) return undefined;
    return one(tx, id);
  };

  return {
    find: async (executor, group) =>
      isUuid(group) ? one(executor, group) : (await named(executor, [group]))[0],
    findAll: named,
    hold: behind(HOLD),
    lock: behind(LOCK),

    async create(tx, { name, description, roles }) {
      const values = [random.uuid(), groupName(name), groupNameKey(name), description, clock.now()];
      const [row] = await tx.query<GroupRow>(CREATE, values);
      if (row === undefined) throw exists();
      await tx.query(ADD_ROLES, [row.id, roles]);
      return groupOf({ ...row, roles: [...roles].sort() });
    },

    async change(tx, id, { name, description }) {
      try {
        const values = [id, groupName(name), groupNameKey(name), description];
        const [row] = await tx.query<GroupRow>(CHANGE, values);
        if (row === undefined && (await one(tx, id)) !== undefined) throw exists();
        return row && groupOf(row);
      } catch (error) {
        if ((error as { code?: string }).code === UNIQUE_VIOLATION) throw exists();
        throw error;
      }
    },

    async setRoles(tx, id, roles) {
      await tx.query(REMOVE_ROLES, [id, roles]);
      await tx.query(ADD_ROLES, [id, roles]);
      const [row] = await tx.query<GroupRow>(RAISE, [id]);
      return row && groupOf(row);
    },

    async delete(tx, id) {
      await tx.query(REMOVE_ROLES, [id, []]);
      if ((await tx.query(REMOVE_EMPTY, [id])).length === 0) await tx.query(MARK, [id, clock.now()]);
    },

    async countMembers(executor, id) {
      const [row] = await executor.query<{ members: number }>(COUNT, [id]);
      return row?.members ?? 0;
    },

    async editionOfMembers(executor, id) {
      const [row] = await executor.query<{ edition: string }>(EDITION, [id]);
      return row?.edition ?? '';
    },

    async isMember(executor, id, account) {
      return (await executor.query(SINCE, [id, [account]])).length === 1;
    },

    async since(executor, id, accounts) {
      const rows = await executor.query<{ account: string; added_at: Date | string }>(SINCE, [id, accounts]);
      return new Map(rows.map((row) => [row.account, new Date(row.added_at)]));
    },

    async of(executor, account) {
      return (await executor.query<GroupRow>(OF, [account])).map(groupOf);
    },

    async addMember(tx, id, account) {
      const [made] = await tx.query(ADD, [id, account, clock.now()]);
      if (made !== undefined) await tx.query(NOTE, [account, clock.now()]);
      return made !== undefined;
    },

    async removeMember(tx, id, account) {
      const [removed] = await tx.query(REMOVE, [id, account]);
      if (removed !== undefined) await tx.query(NOTE, [account, clock.now()]);
      return removed !== undefined;
    },

    async forgetAccount(tx, account) {
      const rows = await tx.query<{ group_id: string }>(FORGET, [account]);
      return rows.map(({ group_id: id }) => id).sort();
    },
  };
}
