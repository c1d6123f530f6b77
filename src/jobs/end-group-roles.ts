import type { GroupEndingStore } from '../domain/groups/ending-store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { GroupEndings } from '../lifecycle/group-endings.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

const LOOK_AGAIN_MS = 2_000;
/** People of one round: few, so that a server that ends has not to wait for many. */
const BATCH = 20;
/** How long it can be looked up in the database what was done. */
const KEPT_MS = 90 * 86_400_000;
const SWEPT = 20;
/** What is old waits for that. */
const SWEEP_AGAIN_MS = 3_600_000;

export interface EndGroupRolesDependencies {
  readonly groupEndings: Pick<GroupEndingStore, 'sweep'>;
  readonly groupEnding: GroupEndings;
  readonly database: Database;
  readonly clock: Clock;
}

/**
 * Ends what groups let their members in by, where they do so no more. Nobody had the roles any more, wherever roles are read; this is
 * for sessions and tokens that still name them. One node does it for one group at a time, one person after the other.
 */
export function createEndGroupRoles({
  groupEnding,
  groupEndings,
  database,
  clock,
}: EndGroupRolesDependencies): Job {
  let sweepAt = 0;

  return {
    name: 'end-group-roles',
    async round() {
      for (let people = 0; people < BATCH; people += 1) {
        if (await groupEnding.goOn()) continue;
        const now = clock.now().getTime();
        if (now < sweepAt) return LOOK_AGAIN_MS;
        sweepAt = now + SWEEP_AGAIN_MS;
        await groupEndings.sweep(database, new Date(now - KEPT_MS), SWEPT);
        return LOOK_AGAIN_MS;
      }
      return 0;
    },
  };
}
