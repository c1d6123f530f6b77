import type { ApprovalStore } from '../domain/approvals/store.ts';
import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

const LOOK_AGAIN_MS = 60_000;
const BATCH = 100;

export interface ExpireApprovalsDependencies {
  readonly database: Database;
  readonly approvals: Pick<ApprovalStore, 'expire' | 'sweep'>;
  readonly audit: Pick<AuditLog, 'record'>;
}

/**
 * Ends requests for which nobody came in time, and removes those that were over a week ago. Nobody could decide about them any more:
 * this is for the trail. Every node does it; whoever comes second finds nothing to do.
 */
export const createExpireApprovals = ({ database, approvals, audit }: ExpireApprovalsDependencies): Job => ({
  name: 'expire-approvals',
  async round() {
    for (;;) {
      const expired = await database.transaction(async (tx) => {
        const ended = await approvals.expire(tx, BATCH);
        await audit.record(
          tx,
          ...ended.map(({ id, act }) => ({
            ...({ type: 'approval.expired', outcome: 'success', actor: SYSTEM_ACTOR, origin: {} } as const),
            details: { approval: id, act },
          })),
        );
        return ended;
      });
      if (expired.length < BATCH) break;
    }
    await approvals.sweep(database, BATCH);
    return LOOK_AGAIN_MS;
  },
});
