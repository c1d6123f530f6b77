import type { Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Executor, Statement } from '../../storage/database.ts';

/**
 * What is left to do after a group gives some roles no more, or is deleted. Nobody has such a role from that moment on, wherever roles
 * are read; but sessions and tokens of its members still say so. Members are gone through in the order of their ids, one at a time, so
 * that a group of 10⁵ people holds up nobody, and whoever comes next goes on where the last one ended.
 */
export interface GroupEnding {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  /** The group is deleted: its members leave it. */
  readonly isDeleted: boolean;
  /** What it gives no more: of a group that is deleted, all that was still owed. */
  readonly roles: readonly string[];
  readonly done: number;
  /** Who was the last one. */
  readonly last: string | undefined;
  readonly createdAt: Date;
}

export interface EndingProgress {
  /** How many people were members. */
  readonly members: number;
  readonly done: number;
}

export interface GroupEndingStore {
  /** In the transaction in which the group ceases to give the roles, with it held. */
  begin(
    tx: Executor,
    group: string,
    ending: { readonly roles: readonly string[]; readonly members: number },
  ): Promise<void>;
  /**
   * What has waited the longest, which nobody else goes on with before the end of the transaction; of a group nothing before what has
   * waited longer.
   */
  next(tx: Executor): Promise<GroupEnding | undefined>;
  /** Whose turn it is. Whoever became a member since has nothing to lose. Of a group that is deleted, each one that has not left it. */
  nextMember(tx: Executor, ending: GroupEnding): Promise<string | undefined>;
  advance(tx: Executor, ending: GroupEnding, account: string): Promise<void>;
  /** All are done. Of a group that is deleted, its row goes, and all that hangs on it. */
  finish(tx: Executor, ending: GroupEnding): Promise<void>;
  /** Roles that the group gives no more, of which some members may still have sessions and tokens. */
  owed(executor: Executor, group: string): Promise<string[]>;
  /** Of what is left to do; undefined: nothing. */
  progress(executor: Executor, group: string): Promise<EndingProgress | undefined>;
  /** Removes up to `limit` that were finished before. */
  sweep(executor: Executor, before: Date, limit: number): Promise<void>;
}

const BEGIN: Statement = {
  name: 'group_endings_begin',
  text: 'insert into group_endings (id, group_id, roles, members, created_at) values ($1, $2, $3, $4, $5)',
};

// A group may be deleted while an earlier ending of it goes on: that one then is about everything, and the last of the group.
const NEXT: Statement = {
  name: 'group_endings_next',
  text: `
    select ending.id, ending.group_id, groups.name, groups.deleted_at, ending.done, ending.last, ending.created_at,
      case when groups.deleted_at is null then ending.roles else array(
        select distinct unnest(owed.roles) as role from group_endings owed
        where owed.group_id = ending.group_id and owed.finished_at is null order by role) end as roles
    from group_endings ending join groups on groups.id = ending.group_id
    where ending.finished_at is null and not exists (
      select from group_endings earlier where earlier.group_id = ending.group_id and earlier.finished_at is null
        and (earlier.created_at, earlier.id) < (ending.created_at, ending.id))
    order by ending.created_at, ending.id limit 1 for update of ending skip locked`,
};

// The clocks of two nodes are not one: somebody who came just after may be asked about for nothing.
const NEXT_MEMBER: Statement = {
  name: 'group_endings_next_member',
  text: `
    select account from group_members
    where group_id = $1 and ($4 or ($2::uuid is null or account > $2) and added_at <= $3::timestamptz + interval '1 minute')
    order by account limit 1`,
};

const ADVANCE: Statement = {
  name: 'group_endings_advance',
  text: 'update group_endings set last = $2, done = done + 1 where id = $1',
};

const FINISH: Statement = {
  name: 'group_endings_finish',
  text: 'update group_endings set finished_at = $2 where id = $1',
};

const REMOVE_GROUP: Statement = { name: 'groups_remove', text: 'delete from groups where id = $1' };

const OWED: Statement = {
  name: 'group_endings_owed',
  text: `
    select distinct unnest(roles) as role from group_endings where group_id = $1 and finished_at is null order by role`,
};

const PROGRESS: Statement = {
  name: 'group_endings_progress',
  text: `
    select sum(members)::int as members, sum(done)::int as done from group_endings
    where group_id = $1 and finished_at is null having count(*) > 0`,
};

const SWEEP: Statement = {
  name: 'group_endings_sweep',
  text: `
    delete from group_endings where id in (
      select id from group_endings where finished_at < $1 order by finished_at limit $2 for update skip locked)`,
};

interface Row {
  id: string;
  group_id: string;
  name: string;
  deleted_at: Date | string | null;
  roles: string[];
  done: number;
  last: string | null;
  created_at: Date | string;
}

export const createGroupEndingStore = (clock: Clock, random: Randomness): GroupEndingStore => ({
  async begin(tx, group, { roles, members }) {
    await tx.query(BEGIN, [random.uuid(), group, roles, members, clock.now()]);
  },

  async next(tx) {
    const [row] = await tx.query<Row>(NEXT, []);
    return (
      row && {
        id: row.id,
        group: row.group_id,
        name: row.name,
        isDeleted: row.deleted_at !== null,
        roles: row.roles,
        done: row.done,
        last: row.last ?? undefined,
        createdAt: new Date(row.created_at),
      }
    );
  },

  async nextMember(tx, { group, last, createdAt, isDeleted }) {
    const [row] = await tx.query<{ account: string }>(NEXT_MEMBER, [
      group,
      last ?? null,
      createdAt,
      isDeleted,
    ]);
    return row?.account;
  },

  async advance(tx, { id }, account) {
    await tx.query(ADVANCE, [id, account]);
  },

  async finish(tx, { id, group, isDeleted }) {
    await (isDeleted ? tx.query(REMOVE_GROUP, [group]) : tx.query(FINISH, [id, clock.now()]));
  },

  async owed(executor, group) {
    return (await executor.query<{ role: string }>(OWED, [group])).map(({ role }) => role);
  },

  async progress(executor, group) {
    const [row] = await executor.query<{ members: number; done: number }>(PROGRESS, [group]);
    return row;
  },

  async sweep(executor, before, limit) {
    await executor.query(SWEEP, [before, limit]);
  },
});
