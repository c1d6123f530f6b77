import type { AuditMonths } from '../domain/audit/retention/months-store.ts';
import type { Logger } from '../log.ts';
import type { Job } from './runner.ts';

const DAY_MS = 86_400_000;

export interface MakeAuditMonthsDependencies {
  readonly auditMonths: AuditMonths;
  readonly log: Logger;
}

/**
 * Keeps the audit trail thirteen months ahead of itself. Every node does it, and whoever comes second has nothing left to do. Events
 * of times that have no month are told: somebody's clock is wrong, or this has not run for a year.
 */
export const createMakeAuditMonths = ({ auditMonths, log }: MakeAuditMonthsDependencies): Job => ({
  name: 'make-audit-months',
  async round() {
    const made = await auditMonths.make();
    if (made > 0) log.info({ made }, 'months of the audit trail were made');
    const { unplaced } = await auditMonths.standing();
    if (unplaced > 0)
      log.warn({ events: unplaced }, 'the audit trail has events of times that are far ahead');
    return DAY_MS;
  },
});
