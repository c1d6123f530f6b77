import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { SessionStore } from '../domain/sessions/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Meters } from '../metrics/meters.ts';
import type { Terminations } from '../oidc/terminations.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

/** Well within the fifteen seconds in which clients have to learn of an end. */
const LOOK_AGAIN_MS = 5_000;
/** Sessions of one transaction: as many as pay for its round trips, all of them over, so that nobody waits for its locks. */
const BATCH = 1_000;
/**
 * Between two full batches the database is left to those who sign in for as long as a batch took, and never for longer than
 * this: a hundred thousand sessions that end at once have to be ended within a minute.
 */
const LONGEST_BREATH_MS = 150;

export interface EndSessionsDependencies {
  readonly database: Database;
  readonly sessionStore: Pick<SessionStore, 'holdExpired'>;
  readonly terminations: Pick<Terminations, 'end'>;
  readonly clock: Clock;
  readonly meters: Pick<Meters, 'sessionSweep'>;
}

/**
 * Ends sessions whose time is over. Nobody could use them any more; this is for the clients that have to be told, the
 * trail, and what they leave behind. Every node does it, each skipping what another one holds.
 */
export const createEndSessions = ({
  database,
  sessionStore,
  terminations,
  clock,
  meters,
}: EndSessionsDependencies): Job => ({
  name: 'end-sessions',
  async round() {
    const began = performance.now();
    const ended = await database.transaction(async (tx) => {
      const expired = await sessionStore.holdExpired(tx, clock.now(), BATCH);
      await terminations.end(tx, expired, { actor: SYSTEM_ACTOR });
      return expired.length;
    });
    meters.sessionSweep(ended);
    return ended < BATCH ? LOOK_AGAIN_MS : Math.min(performance.now() - began, LONGEST_BREATH_MS);
  },
});
