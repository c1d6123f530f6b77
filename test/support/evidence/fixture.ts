import type { Database, Executor, Transaction } from '../../../src/storage/database.ts';

/**
 * Where a test writes rows by itself, or by a store alone, past everything that would tell of it, it says so: in the transaction of
 * `work` no event is asked for (`guard.ts`).
 */
export const asFixture = <T>(
  database: Pick<Database, 'transaction'>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> =>
  database.transaction(async (tx) => {
    await tx.query("select set_config('gatehouse.test_fixture', 'on', true)");
    return work(tx);
  });

/** For stores that are handed an executor: each statement is such a transaction. */
export const fixtures = (database: Pick<Database, 'transaction'>): Executor => ({
  query: (statement, values) => asFixture(database, (tx) => tx.query(statement, values)),
});

/** Such a transaction of one statement. */
export const fixture = <Row extends object>(
  database: Pick<Database, 'transaction'>,
  ...statement: Parameters<Executor['query']>
): Promise<Row[]> => fixtures(database).query<Row>(...statement);

/** Of a connection (`pg.Client`) over which a test alone writes: the `options` that say so. */
export const AS_FIXTURE = '-c gatehouse.test_fixture=on';
