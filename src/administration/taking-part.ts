import type { Database, Transaction } from '../storage/database.ts';

/** What takes part in the transaction of an act: it commits with it, or not at all. */
export interface TransactionPart {
  /** Comes first. What it throws ends the transaction. */
  readonly before: (tx: Transaction) => Promise<void>;
  /** Comes last, with what the act answers. */
  readonly after: (tx: Transaction, result: unknown) => Promise<void>;
}

/** A database whose transactions have that part. */
export const takingPart = <Transacting extends Pick<Database, 'transaction'>>(
  database: Transacting,
  { before, after }: TransactionPart,
): Transacting => ({
  ...database,
  transaction: (work) =>
    database.transaction(async (tx) => {
      await before(tx);
      const result = await work(tx);
      await after(tx, result);
      return result;
    }),
});
