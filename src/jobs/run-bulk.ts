import type { BulkStore } from '../domain/bulk/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

const LOOK_AGAIN_MS = 2_000;
/** People of one round: few, so that a server that ends has not to wait for many. */
const BATCH = 20;
/** How long it can be looked up what has become of whom. */
const KEPT_MS = 90 * 86_400_000;
const SWEPT = 20;

export interface RunBulkDependencies {
  /** Does what is left of bulks about up to so many people; answers about how many there was something to do. */
  readonly goOnWithBulks: (limit: number) => Promise<number>;
  readonly bulks: Pick<BulkStore, 'sweep'>;
  readonly database: Database;
  readonly clock: Clock;
}

/** Does what was asked for about many people, and forgets old bulks. Every node does it; each person is done once. */
export const createRunBulk = ({ goOnWithBulks, bulks, database, clock }: RunBulkDependencies): Job => ({
  name: 'run-bulk',
  async round() {
    if ((await goOnWithBulks(BATCH)) > 0) return 0;
    await bulks.sweep(database, new Date(clock.now().getTime() - KEPT_MS), SWEPT);
    return LOOK_AGAIN_MS;
  },
});
