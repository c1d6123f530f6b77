import type { Executor } from './database.ts';

/**
 * Waits until nobody else, on any node or command line, is in a transaction that holds the lock of this name; holds it
 * until the end of the caller's. For what must happen one at a time and has no row to lock.
 */
export async function lock(
  tx: Executor,
  name:
    | 'setup'
    | 'signing-keys'
    | 'logout-deliveries'
    | 'resources'
    | 'subjects'
    | 'audit-key'
    | 'units'
    | 'administrators'
    | 'declared',
): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`gatehouse:${name}`]);
}
