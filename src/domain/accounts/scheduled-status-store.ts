import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Executor, Statement } from '../../storage/database.ts';
import { AccountRecord, type AccountStatus } from './record-store.ts';

/** When accounts are to be disabled, or enabled again. Whoever changes it holds the row of the account. */

export const ScheduledStatusRecord = defineEntity({
  name: 'ScheduledStatusRecord',
  tableName: 'scheduled_statuses',
  properties: {
    account: () =>
      p
        .manyToOne(AccountRecord)
        .joinColumn('account')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    status: p.enum(['active', 'disabled']).primary(),
    at: p.datetime().index('scheduled_statuses_at_index'),
    /** Why, in the words of who asked for it. */
    reason: p.text().nullable(),
    /** How often it has failed for a reason of ours, and when it is tried again. */
    attempts: p.integer().default(0),
    nextAttemptAt: p.datetime().nullable(),
  },
});

export interface StatusPlan {
  readonly disableAt?: Date | undefined;
  readonly enableAt?: Date | undefined;
}

export interface DueStatus {
  readonly account: string;
  readonly status: AccountStatus;
  /** How often it has failed. */
  readonly attempts: number;
}

export interface ScheduledStatusStore {
  planned(executor: Executor, account: string): Promise<StatusPlan>;
  /** This and nothing else is planned from now on. */
  plan(tx: Executor, account: string, plan: StatusPlan, reason: string | undefined): Promise<void>;
  /** What is due, the earliest first. */
  due(executor: Executor, now: Date, limit: number): Promise<DueStatus[]>;
  /** It has failed for a reason of ours, and is tried again at that time. */
  putOff(executor: Executor, due: DueStatus, until: Date): Promise<void>;
  /** Takes what is due, once; undefined where somebody has taken it, or it was put off or cancelled. */
  take(tx: Executor, due: DueStatus, now: Date): Promise<{ readonly reason: string | undefined } | undefined>;
}

const PLANNED: Statement = {
  name: 'scheduled_statuses_planned',
  text: 'select status, at from scheduled_statuses where account = $1',
};

const PLAN: Statement = {
  name: 'scheduled_statuses_plan',
  text: `
    with gone as (
      delete from scheduled_statuses where account = $1
        and not exists (select from unnest($2::text[], $3::timestamptz[]) as kept(status, at)
          where kept.status = scheduled_statuses.status))
    insert into scheduled_statuses (account, status, at, reason)
    select $1, given.status, given.at, $4 from unnest($2::text[], $3::timestamptz[]) as given(status, at)
    on conflict (account, status) do update set at = excluded.at, reason = excluded.reason, attempts = 0,
      next_attempt_at = null`,
};

const DUE: Statement = {
  name: 'scheduled_statuses_due',
  text: `
    select account, status, attempts from scheduled_statuses
    where at <= $1 and (next_attempt_at is null or next_attempt_at <= $1) order by at, account limit $2`,
};

const PUT_OFF: Statement = {
  name: 'scheduled_statuses_put_off',
  text: `
    update scheduled_statuses set attempts = attempts + 1, next_attempt_at = $4
    where account = $1 and status = $2 and attempts = $3`,
};

const TAKE: Statement = {
  name: 'scheduled_statuses_take',
  text: 'delete from scheduled_statuses where account = $1 and status = $2 and at <= $3 returning reason',
};

export const createScheduledStatusStore = (): ScheduledStatusStore => ({
  async planned(executor, account) {
    const rows = await executor.query<{ status: AccountStatus; at: Date }>(PLANNED, [account]);
    const at = (status: AccountStatus) => {
      const row = rows.find((each) => each.status === status);
      return row && new Date(row.at);
    };
    return { disableAt: at('disabled'), enableAt: at('active') };
  },

  async plan(tx, account, { disableAt, enableAt }, reason) {
    const given = [
      ...(disableAt === undefined ? [] : [['disabled', disableAt] as const]),
      ...(enableAt === undefined ? [] : [['active', enableAt] as const]),
    ];
    await tx.query(PLAN, [
      account,
      given.map(([status]) => status),
      given.map(([, at]) => at),
      reason ?? null,
    ]);
  },

  due: (executor, now, limit) => executor.query<DueStatus>(DUE, [now, limit]),

  async putOff(executor, { account, status, attempts }, until) {
    await executor.query(PUT_OFF, [account, status, attempts, until]);
  },

  async take(tx, { account, status }, now) {
    const [row] = await tx.query<{ reason: string | null }>(TAKE, [account, status, now]);
    return row && { reason: row.reason ?? undefined };
  },
});
