import type { StandIns } from '../domain/passwords/stand-in-store.ts';
import type { Job } from './runner.ts';

export const DEAL_STAND_INS = 'deal-stand-ins';

/** How old what a node goes by may become at most, should it not hear of a change. */
const IDLE_MS = 60_000;

/** People sign in to a server with imported hashes all day, and each replaces one. */
const PAUSE_MS = 5_000;

export interface DealStandInsDependencies {
  readonly standIns: Pick<StandIns, 'refresh' | 'urgent'>;
}

/**
 * Has the stand-ins for password hashes follow the hashes that there are: at once where it hears of a new kind of hash; of other
 * changes within {@link PAUSE_MS}; and every minute otherwise. Every node does it, and all come to the same.
 */
export function createDealStandIns({ standIns }: DealStandInsDependencies): Job {
  let last = Number.NEGATIVE_INFINITY;
  return {
    name: DEAL_STAND_INS,
    async round() {
      const since = performance.now() - last;
      if (since < PAUSE_MS && !standIns.urgent) return PAUSE_MS - since;
      last = performance.now();
      await standIns.refresh();
      return IDLE_MS;
    },
  };
}
