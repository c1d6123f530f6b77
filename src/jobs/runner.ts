import { type Clock, systemClock } from '../kernel/clock.ts';
import type { Logger } from '../log.ts';
import { type Meters, NO_METERS } from '../metrics/meters.ts';

/**
 * Jobs: what the server does without being asked. This folder owns when each runs; one file a job says what it does. Jobs
 * run on every node at once and share their work through the database, so that no node is special. They start with the
 * server, and end in its drain.
 */
export interface Job {
  readonly name: string;
  /**
   * Does what there is to do now. Resolves to the milliseconds after which to look again, if nothing wakes it before.
   * A round that throws is told to the log and made again.
   */
  round(): Promise<number>;
  /** Called after the last round, once: finishes or gives back what is under way, within so many milliseconds. */
  finish?(milliseconds: number): Promise<void>;
  /** Called once when requests have ended too: what has to come after everything else. It does not throw. */
  last?(milliseconds: number): Promise<void>;
}

/** How a job of this process stands. */
export interface JobState {
  readonly name: string;
  /** Whether it runs in this process: in a server that serves. */
  readonly started: boolean;
  /** Rounds that have failed since the last that did not. */
  readonly failures: number;
  /** When its last round ended; undefined before the first. */
  readonly endedAt: Date | undefined;
}

export interface Jobs {
  /** Of every job, in the order of the list. */
  readonly names: readonly string[];
  /** How each job of this process stands, in the order of the list. */
  states(): JobState[];
  start(): void;
  /** Has a job look at once; a round that is under way is followed by another. */
  wake(name: string): void;
  /** No round begins any more. Resolves when everything is finished or given back. */
  stop(milliseconds: number): Promise<void>;
  /** What some jobs do at the very end, once nothing else changes anything any more; after {@link Jobs.stop}. */
  last(milliseconds: number): Promise<void>;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** `setTimeout` counts to 2^31 milliseconds, and takes more for none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createJobs(
  jobs: readonly Job[],
  log: Logger,
  meters: Pick<Meters, 'round'> = NO_METERS,
  clock: Clock = systemClock,
): Jobs {
  const loops = new Map(jobs.map((job) => [job.name, createLoop(job, log, meters, clock)]));
  return {
    names: [...loops.keys()],
    states: () => [...loops].map(([name, loop]) => ({ name, ...loop.state() })),
    start: () => {
      for (const loop of loops.values()) loop.start();
    },
    wake: (name) => loops.get(name)?.wake(),
    stop: async (milliseconds) => {
      await Promise.all([...loops.values()].map((loop) => loop.stop(milliseconds)));
    },
    last: async (milliseconds) => {
      await Promise.all(jobs.map((job) => job.last?.(milliseconds)));
    },
  };
}

function createLoop(job: Job, log: Logger, meters: Pick<Meters, 'round'>, clock: Clock) {
  let started = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let failures = 0;
  let endedAt: Date | undefined;

  async function round(): Promise<number> {
    const began = performance.now();
    try {
      const pause = await job.round();
      failures = 0;
      return pause;
    } catch (error) {
      failures += 1;
      log.error({ err: error, job: job.name }, 'a job failed');
      return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    } finally {
      endedAt = clock.now();
      meters.round(job.name, (performance.now() - began) / 1000, failures > 0);
    }
  }

  async function run(): Promise<void> {
    let pause: number;
    do {
      again = false;
      pause = await round();
    } while (again && failures === 0 && !stopped);
    running = undefined;
    if (!stopped) timer = setTimeout(wake, Math.min(Math.max(pause, 0), LONGEST_TIMER_MS));
  }

  function wake(): void {
    if (!started || stopped) return;
    again = true;
    if (running !== undefined) return;
    clearTimeout(timer);
    running = run();
  }

  return {
    state: () => ({ started: started && !stopped, failures, endedAt }),
    start() {
      started = true;
      wake();
    },
    wake,
    async stop(milliseconds: number) {
      if (!started || stopped) return;
      stopped = true;
      clearTimeout(timer);
      await running;
      await job.finish?.(milliseconds);
    },
  };
}
