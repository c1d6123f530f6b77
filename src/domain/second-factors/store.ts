import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
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
    codeNeeded: p.boolean().default(false),
    byCode: p.boolean().default(false),
  },
});

/** The code with which a unit fails that skips a set-up once more than may be skipped. */
export const SKIPS_OVER = 'skips_over';

/** The code with which a unit fails that gives a factor to an account which needs a temporary code for that. */
export const CODE_NEEDED = 'temporary_code_needed';

/**
 * How far each person has put off having a second factor. What was skipped stays counted for a person who has one: else setting one
 * up and taking it away again would be a way to begin anew.
 */
export interface FactorEnrolmentStore {
  /** With an executor, as its transaction sees it. */
  state(accountId: string, executor?: Executor): Promise<EnrolmentState>;
  /** One sign-in more that has skipped the set-up; with a limit, fails with {@link SKIPS_OVER} beyond it. */
  skipped(accountId: string, limit?: number): Write;
  /**
   * Has the next sign-in insist on a set-up; `withCode`: for which a temporary code has to be shown, until a factor is there. The
   * same where a code was shown for an earlier factor: whoever can do no more than have that one removed, by the link of a notice,
   * would else be rid of the code as well.
   */
  require(accountId: string, withCode?: boolean): Write;
  /**
   * There is a factor now: none is due. Fails with {@link CODE_NEEDED} where that needs a temporary code and none was shown
   * (`codeShown`). Not beside one of the others in one unit.
   */
  settled(accountId: string, codeShown: boolean): Write[];
  /** For an account that is deleted. */
  forget(accountId: string): Write;
}

const STATE: Statement = {
  name: 'factor_enrolments_state',
  text: 'select skips, due, code_needed from factor_enrolments where account_id = $1',
};

/** As it is stored. */
export interface EnrolmentRow {
  skips: number;
  due: boolean;
  code_needed: boolean;
}

export const enrolmentOf = ({ skips, due, code_needed: codeNeeded }: EnrolmentRow): EnrolmentState => ({
  skipsUsed: skips,
  enrolmentDue: due,
  codeNeeded,
});

export function createFactorEnrolmentStore(database: Database, clock: Clock): FactorEnrolmentStore {
  return {
    async state(accountId, executor = database) {
      const [row] = await executor.query<EnrolmentRow>(STATE, [accountId]);
      return row === undefined ? NOTHING_SKIPPED : enrolmentOf(row);
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
    require: (accountId, withCode = false) => ({
      sql: (parameter) => `
        insert into factor_enrolments as e (account_id, skips, due, updated_at, code_needed)
        values (${parameter(accountId)}, 0, true, ${parameter(clock.now())}, ${parameter(withCode)})
        on conflict (account_id) do update set due = true, updated_at = excluded.updated_at,
          code_needed = e.code_needed or excluded.code_needed or e.by_code`,
    }),
    settled: (accountId, codeShown) => [
      {
        otherwise: CODE_NEEDED,
        sql: (parameter) => `
          select 1 where ${parameter(codeShown)}::boolean or not exists (
            select 1 from factor_enrolments where account_id = ${parameter(accountId)} and code_needed)`,
      },
      {
        sql: (parameter) => `
          update factor_enrolments set due = false, code_needed = false, by_code = by_code or code_needed
          where account_id = ${parameter(accountId)} and (due or code_needed)`,
      },
    ],
    forget: (accountId) => ({
      sql: (parameter) => `delete from factor_enrolments where account_id = ${parameter(accountId)}`,
    }),
  };
}
