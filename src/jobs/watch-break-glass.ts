import type { BreakGlass } from '../lifecycle/break-glass.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

/** The end of a use is at most this late. A sign-in is refused at once. */
const LOOK_AGAIN_MS = 60_000;

export interface WatchBreakGlassDependencies {
  readonly database: Database;
  readonly breakGlass: Pick<BreakGlass, 'endOver' | 'remind'>;
  readonly log: Logger;
}

/**
 * Ends break-glass accounts four hours after their first sign-in, and rings for those that have to be drilled. Every node does it,
 * each skipping what another one holds.
 */
export const createWatchBreakGlass = ({ database, breakGlass, log }: WatchBreakGlassDependencies): Job => ({
  name: 'watch-break-glass',
  async round() {
    const ended = await database.transaction((tx) => breakGlass.endOver(tx));
    const due = await database.transaction((tx) => breakGlass.remind(tx));
    if (ended > 0) log.warn({ ended }, 'the use of break-glass accounts is over: it has to be reviewed');
    if (due > 0) log.warn({ due }, 'break-glass accounts have to be drilled');
    return LOOK_AGAIN_MS;
  },
});
