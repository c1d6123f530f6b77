import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import type { Database, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { type EnrolmentState, NOTHING_SKIPPED } from './policy.ts';

export const FactorEnrolmentRecord = defineEntity({
  name: 'FactorEnrolmentRecord',
  tableName: 'factor_enrolments',
  properties: {
    accountId: p.uuid().primary(),
    skips: p.integer(),
    due: p.boolean(),
    updatedAt: p.datetime(),
  },
});

/** The code with which a unit fails that skips a set-up once more than may be skipped. */
export const SKIPS_OVER = 'skips_over';

/**
 * How far each person has put off having a second factor. What was skipped stays counted for who has one: else setting one
 * up and taking it away again would be a way to begin anew.
 */
export interface FactorEnrolmentStore {
  state(accountId: string): Promise<EnrolmentState>;
  /** One sign-in more that has skipped the set-up; with a limit, fails with {@link SKIPS_OVER} beyond it. */
  skipped(accountId: string, limit?: number): Write;
  /** Has the next sign-in insist on a set-up. */
  require(accountId: string): Write;
  /** There is a factor now: none is due. Not beside one of the others in one unit. */
  settled(accountId: string): Write;
  /** For an account that is deleted. */
  forget(accountId: string): Write;
}

const STATE: Statement = {
  name: 'factor_enrolments_state',
  text: 'select skips, due from factor_enrolments where account_id = $1',
};

export function createFactorEnrolmentStore(database: Database, clock: Clock): FactorEnrolmentStore {
  return {
    async state(accountId) {
      const [row] = await database.query<{ skips: number; due: boolean }>(STATE, [accountId]);
      return row === undefined ? NOTHING_SKIPPED : { skipsUsed: row.skips, enrolmentDue: row.due };
    },
    skipped: (accountId, limit) => ({
      otherwise: SKIPS_OVER,
      sql: (parameter) => `
        insert into factor_enrolments as e (account_id, skips, due, updated_at)
        values (${parameter(accountId)}, 1, false, ${parameter(clock.now())})
        on conflict (account_id) do update set skips = e.skips + 1, updated_at = excluded.updated_at
          where ${parameter(limit ?? null)}::integer is null or e.skips < ${parameter(limit ?? null)}::integer
        returning 1`,
    }),
    require: (accountId) => ({
      sql: (parameter) => `
        insert into factor_enrolments (account_id, skips, due, updated_at)
        values (${parameter(accountId)}, 0, true, ${parameter(clock.now())})
        on conflict (account_id) do update set due = true, updated_at = excluded.updated_at`,
    }),
    settled: (accountId) => ({
      sql: (parameter) =>
        `update factor_enrolments set due = false where account_id = ${parameter(accountId)} and due`,
    }),
    forget: (accountId) => ({
      sql: (parameter) => `delete from factor_enrolments where account_id = ${parameter(accountId)}`,
    }),
  };
}
