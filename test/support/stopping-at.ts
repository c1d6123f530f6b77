import type { Database } from '../../src/storage/database.ts';

/** When a transaction stops: everything is done and nothing committed, or everything is committed. */
export type Moment = 'before' | 'after';

export interface Stopping {
  /** What is done with it comes to the nth transaction, and goes no further: nothing is caught, cleaned up or answered. */
  readonly database: Database;
  /** Resolves when it is there. */
  readonly reached: Promise<void>;
}

/** A database whose nth transaction ends as it does where the process is killed in it: its connection is cut, or it is committed. */
export function stoppingAt(real: Database, nth: number, moment: Moment): Stopping {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  let begun = 0;
  const stop = () => {
    resolve();
    return new Promise<never>(() => undefined);
  };
  const database: Database = {
    ...real,
    async transaction(work) {
      begun += 1;
      if (begun !== nth) return real.transaction(work);
      if (moment === 'after') {
        await real.transaction(work);
        return stop();
      }
      const cut = real.transaction(async (tx) => {
        await work(tx);
        await tx.query('select pg_terminate_backend(pg_backend_pid())');
      });
      await cut.then(
        () => Promise.reject(new Error('the connection was not cut')),
        () => undefined,
      );
      return stop();
    },
  };
  return { database, reached };
}
