/**
 * Break-glass accounts: when each was made, used, ended, reviewed and drilled. This folder owns that record and that there is one use.
 * The account itself is a row like any other, marked as such (`domain/accounts`); who is told, and what ends, it leaves to `lifecycle`.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Executor, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { type BreakGlassTimes, USE_HOURS } from './policy.ts';

export const BreakGlassRecord = defineEntity({
  name: 'BreakGlassRecord',
  tableName: 'break_glass_accounts',
  properties: {
    account: p.uuid().primary(),
    username: p.text(),
    createdAt: p.datetime(),
    createdBy: p.text(),
    usedAt: p.datetime().nullable(),
    endsAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    reviewedAt: p.datetime().nullable(),
    reviewedBy: p.uuid().nullable(),
    drilledAt: p.datetime().nullable(),
    remindedAt: p.datetime().nullable(),
  },
});

export interface BreakGlassAccount extends BreakGlassTimes {
  readonly account: string;
  readonly username: string;
  /** The operating-system user who made it. */
  readonly createdBy: string;
  /** Id of the account of whoever has reviewed its use. */
  readonly reviewedBy: string | undefined;
}

/** The code with which a unit fails when the use of a break-glass account is over, or it was ended. */
export const BREAK_GLASS_OVER = 'break_glass_over';

export interface BreakGlassStore {
  /** Marks an account that was made in this transaction as a break-glass account. */
  create(
    tx: Executor,
    made: Pick<BreakGlassAccount, 'account' | 'username' | 'createdBy' | 'createdAt'>,
  ): Promise<void>;
  /**
   * A complete sign-in: the first one is the use, from which the end is counted, also where two come at the same moment. Fails the
   * unit with {@link BREAK_GLASS_OVER} where the end has come.
   */
  use(account: string, at: Date): Write;
  /** The newest first. */
  list(executor: Executor): Promise<BreakGlassAccount[]>;
  find(executor: Executor, account: string): Promise<BreakGlassAccount | undefined>;
  /** The same, held until the end of the transaction. */
  hold(tx: Executor, account: string): Promise<BreakGlassAccount | undefined>;
  /** Ids of those whose use is over by then and that are not ended yet. */
  over(tx: Executor, now: Date): Promise<string[]>;
  /** Sealed ones that nobody has drilled since, and of which nobody was reminded since; held. */
  holdUndrilled(tx: Executor, since: { drilled: Date; reminded: Date }): Promise<BreakGlassAccount[]>;
  end(tx: Executor, account: string, at: Date, revoked: boolean): Promise<void>;
  review(tx: Executor, account: string, at: Date, by: string): Promise<void>;
  drill(tx: Executor, account: string, at: Date): Promise<void>;
  remind(tx: Executor, account: string, at: Date): Promise<void>;
}

interface Row {
  readonly account: string;
  readonly username: string;
  readonly created_at: Date | string;
  readonly created_by: string;
  readonly used_at: Date | string | null;
  readonly ends_at: Date | string | null;
  readonly ended_at: Date | string | null;
  readonly revoked_at: Date | string | null;
  readonly reviewed_at: Date | string | null;
  readonly reviewed_by: string | null;
  readonly drilled_at: Date | string | null;
}

const COLUMNS =
  'account, username, created_at, created_by, used_at, ends_at, ended_at, revoked_at, reviewed_at, reviewed_by, drilled_at';

const CREATE: Statement = {
  name: 'break_glass_create',
  text: `
    with marked as (update accounts set break_glass = true where id = $1 returning id)
    insert into break_glass_accounts (account, username, created_at, created_by) select id, $2, $3, $4 from marked`,
};
const LIST: Statement = {
  name: 'break_glass_list',
  text: `select ${COLUMNS} from break_glass_accounts order by created_at desc, account`,
};
const ONE = `select ${COLUMNS} from break_glass_accounts where account = $1`;
const FIND: Statement = { name: 'break_glass_find', text: ONE };
const HOLD: Statement = { name: 'break_glass_hold', text: `${ONE} for update` };
const OVER: Statement = {
  name: 'break_glass_over',
  text: `
    select account from break_glass_accounts where ends_at <= $1 and ended_at is null order by account`,
};
const UNDRILLED: Statement = {
  name: 'break_glass_undrilled',
  text: `
    select ${COLUMNS} from break_glass_accounts
    where used_at is null and ended_at is null and coalesce(drilled_at, created_at) <= $1
      and (reminded_at is null or reminded_at <= $2) order by account for update skip locked`,
};
const END: Statement = {
  name: 'break_glass_end',
  text: `
    update break_glass_accounts set revoked_at = case when $3 then $2::timestamptz end, ended_at = $2
    where account = $1 and ended_at is null`,
};
const REVIEW: Statement = {
  name: 'break_glass_review',
  text: 'update break_glass_accounts set reviewed_at = $2, reviewed_by = $3 where account = $1',
};
const DRILL: Statement = {
  name: 'break_glass_drill',
  text: 'update break_glass_accounts set drilled_at = $2, reminded_at = null where account = $1',
};
const REMIND: Statement = {
  name: 'break_glass_remind',
  text: 'update break_glass_accounts set reminded_at = $2 where account = $1',
};

const moment = (value: Date | string | null) => (value === null ? undefined : new Date(value));

const fromRow = (row: Row): BreakGlassAccount => ({
  account: row.account,
  username: row.username,
  createdAt: new Date(row.created_at),
  createdBy: row.created_by,
  usedAt: moment(row.used_at),
  endsAt: moment(row.ends_at),
  endedAt: moment(row.ended_at),
  revokedAt: moment(row.revoked_at),
  reviewedAt: moment(row.reviewed_at),
  reviewedBy: row.reviewed_by ?? undefined,
  drilledAt: moment(row.drilled_at),
});

export function createBreakGlassStore(): BreakGlassStore {
  const one = async (executor: Executor, statement: Statement, account: string) => {
    const [row] = await executor.query<Row>(statement, [account]);
    return row && fromRow(row);
  };
  const many = async (executor: Executor, statement: Statement, values: unknown[]) =>
    (await executor.query<Row>(statement, values)).map(fromRow);

  return {
    async create(tx, { account, username, createdAt, createdBy }) {
      await tx.query(CREATE, [account, username, createdAt, createdBy]);
    },

    use: (account, at) => ({
      otherwise: BREAK_GLASS_OVER,
      sql: (parameter) => {
        const now = `${parameter(at)}::timestamptz`;
        return `
          update break_glass_accounts
          set used_at = coalesce(used_at, ${now}), ends_at = coalesce(ends_at, ${now} + interval '${USE_HOURS} hours')
          where account = ${parameter(account)} and ended_at is null and (ends_at is null or ends_at > ${now})
          returning 1`;
      },
    }),

    list: (executor) => many(executor, LIST, []),
    find: (executor, account) => one(executor, FIND, account),
    hold: (tx, account) => one(tx, HOLD, account),
    async over(tx, now) {
      return (await tx.query<Pick<Row, 'account'>>(OVER, [now])).map(({ account }) => account);
    },
    holdUndrilled: (tx, { drilled, reminded }) => many(tx, UNDRILLED, [drilled, reminded]),

    async end(tx, account, at, revoked) {
      await tx.query(END, [account, at, revoked]);
    },
    async review(tx, account, at, by) {
      await tx.query(REVIEW, [account, at, by]);
    },
    async drill(tx, account, at) {
      await tx.query(DRILL, [account, at]);
    },
    async remind(tx, account, at) {
      await tx.query(REMIND, [account, at]);
    },
  };
}
