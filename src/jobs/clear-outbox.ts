import type { Logger } from '../log.ts';
import type { Outbox } from '../storage/outbox.ts';
import type { Job } from './runner.ts';

const HOUR_MS = 3_600_000;
const SOON_MS = 100;
/** Rows of one statement: short enough that nobody waits for its locks. */
const BATCH = 1_000;

export interface ClearOutboxDependencies {
  readonly outbox: Pick<Outbox<object>, 'clear'>;
  readonly log: Logger;
}

/** Removes what an outbox no longer has to remember. Every node does it, in small batches; what is gone is gone. */
export const createClearOutbox = (name: string, told: string, deps: ClearOutboxDependencies): Job => ({
  name,
  async round() {
    const removed = await deps.outbox.clear(BATCH);
    if (removed > 0) deps.log.info({ removed }, told);
    return removed === BATCH ? SOON_MS : HOUR_MS;
  },
});
