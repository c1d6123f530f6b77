import type { StatusSchedule } from '../lifecycle/status-schedule.ts';
import type { Logger } from '../log.ts';
import type { Job } from './runner.ts';

/** How late a scheduled change may be. */
const LOOK_AGAIN_MS = 5_000;
const BATCH = 50;

export interface ChangeStatusDependencies {
  readonly statusSchedule: Pick<StatusSchedule, 'carryOut'>;
  readonly log: Logger;
}

/** Disables accounts, and enables them again, when the time has come that somebody said before. Every node does it. */
export const createChangeStatus = ({ statusSchedule, log }: ChangeStatusDependencies): Job => ({
  name: 'change-status',
  async round() {
    const count = await statusSchedule.carryOut(BATCH);
    if (count > 0) log.info({ count }, 'accounts were disabled or enabled as scheduled');
    return count < BATCH ? LOOK_AGAIN_MS : 0;
  },
});
