import type { DormancyPlace } from '../domain/accounts/dormancy-store.ts';
import type { DormantPeople } from '../lifecycle/dormancy.ts';
import type { Logger } from '../log.ts';
import type { Meters } from '../metrics/meters.ts';
import type { Job } from './runner.ts';

/** How late a notice, or a disabling, may be. */
const LOOK_AGAIN_MS = 3_600_000;
/** Between two batches others have the database. */
const PAUSE_MS = 200;
const BATCH = 200;

export interface DisableDormantDependencies {
  readonly dormantPeople: Pick<DormantPeople, 'goOn'>;
  readonly meters: Pick<Meters, 'dormant'>;
  readonly log: Logger;
}

/**
 * Tells people that their account will be disabled because they have not signed in for long, and disables it. Every node does it; each
 * thing is done once, and whoever fails holds up nobody behind them.
 */
export function createDisableDormant({ dormantPeople, meters, log }: DisableDormantDependencies): Job {
  let place: DormancyPlace | undefined;

  return {
    name: 'disable-dormant',
    async round() {
      const done = await dormantPeople.goOn(place, BATCH);
      if (done === undefined) return LOOK_AGAIN_MS;
      place = done.next;
      const { told, disabled } = done;
      meters.dormant('told', told);
      meters.dormant('disabled', disabled);
      if (told > 0 || disabled > 0)
        log.info({ told, disabled }, 'people were told that their account is dormant, or it was disabled');
      if (done.failures.length > 0) throw done.failures[0];
      return place === undefined ? LOOK_AGAIN_MS : PAUSE_MS;
    },
  };
}
