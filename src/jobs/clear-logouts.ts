import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import type { Logger } from '../log.ts';
import type { Job } from './runner.ts';

const HOUR_MS = 3_600_000;
const SOON_MS = 100;
/** Rows of one statement: short enough that nobody waits for its locks. */
const BATCH = 1_000;

export interface ClearLogoutsDependencies {
  readonly logouts: Pick<LogoutDeliveries, 'clear'>;
  readonly log: Logger;
}

/** Removes notices that were delivered or given up long ago. Every node does it, in small batches. */
export const createClearLogouts = ({ logouts, log }: ClearLogoutsDependencies): Job => ({
  name: 'clear-logouts',
  async round() {
    const removed = await logouts.clear(BATCH);
    if (removed > 0) log.info({ removed }, 'old logout notices removed');
    return removed === BATCH ? SOON_MS : HOUR_MS;
  },
});
