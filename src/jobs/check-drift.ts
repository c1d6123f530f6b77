import type { Clock } from '../kernel/clock.ts';
import type { Job } from './runner.ts';

const LOOK_AGAIN_MS = 600_000;
/** At night, in UTC. */
const HOUR = 2;

export interface CheckDriftDependencies {
  /** Compares one document that was last compared before that time; answers false where there was none. */
  readonly checkDrift: (before: Date) => Promise<boolean>;
  readonly clock: Clock;
}

/** When documents are to have been compared: the last two o'clock at night, in UTC. */
export function lastNight(now: Date): Date {
  const night = new Date(now);
  night.setUTCHours(HOUR, 0, 0, 0);
  return night > now ? new Date(night.getTime() - 86_400_000) : night;
}

/**
 * Compares what is there with the configuration documents that were applied, once a night. Every node does it, each document is compared
 * by one of them.
 */
export const createCheckDrift = ({ checkDrift, clock }: CheckDriftDependencies): Job => ({
  name: 'check-drift',
  async round() {
    while (await checkDrift(lastNight(clock.now())));
    return LOOK_AGAIN_MS;
  },
});
