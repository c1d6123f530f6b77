/**
 * Bounds what strangers can write into the trail, which nobody can empty: anybody may send a request that is refused,
 * as often as the network bears. Of one network so many refusals a minute are told one by one; then it is told once that
 * there are more. Kept in each node's memory: a restart forgets a minute.
 */
export interface RefusalBudget {
  /** `tell`: write the event; `last`: write that the budget is spent; `silent`: write nothing. */
  take(network: string): 'tell' | 'last' | 'silent';
}

export const REFUSALS_PER_MINUTE = 120;

const WINDOW_MS = 60_000;

/** Beyond so many networks in a minute all further ones share one budget, so that memory is bounded, too. */
const MAX_NETWORKS = 10_000;

export function createRefusalBudget(now: () => number, limit = REFUSALS_PER_MINUTE): RefusalBudget {
  let began = now();
  let taken = new Map<string, number>();
  return {
    take(network) {
      if (now() - began >= WINDOW_MS) {
        began = now();
        taken = new Map();
      }
      const key = taken.has(network) || taken.size < MAX_NETWORKS ? network : '';
      const count = (taken.get(key) ?? 0) + 1;
      taken.set(key, count);
      if (count <= limit) return 'tell';
      return count === limit + 1 ? 'last' : 'silent';
    },
  };
}
