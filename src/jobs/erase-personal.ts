import type { AuditHolds } from '../domain/audit/retention/holds-store.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

const MINUTE_MS = 60_000;
/** Accounts of one transaction. */
const BATCH = 200;

export interface ErasePersonalDependencies {
  readonly database: Database;
  readonly auditHolds: Pick<AuditHolds, 'eraseReleased'>;
}

/**
 * Erases personal values in the audit trail of people who were deleted under a hold, once it is lifted. Every node does it, each
 * skipping what another one holds.
 */
export const createErasePersonal = ({ database, auditHolds }: ErasePersonalDependencies): Job => ({
  name: 'erase-personal',
  async round() {
    const erased = await database.transaction((tx) => auditHolds.eraseReleased(tx, BATCH));
    return erased < BATCH ? MINUTE_MS : 0;
  },
});
