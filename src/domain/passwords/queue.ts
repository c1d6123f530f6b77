import { unavailable } from '../../kernel/errors.ts';

export interface HashQueueOptions {
  /** Tasks that run at the same time. */
  readonly concurrency: number;
  /** Tasks that may wait besides those that run. */
  readonly limit: number;
  /** Milliseconds on a clock that never goes back. */
  readonly monotonic?: () => number;
}

/** Runs expensive work a few at a time, first come first served, and turns work away at once when too much waits. */
export interface HashQueue {
  /**
   * Throws `hashing_busy` (503) with the seconds after which the queue should be empty. A task whose `signal` aborts
   * before its turn never runs and rejects with the signal's reason; one that runs is let finish.
   */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly waiting: number;
  readonly running: number;
}

/** How much one more measurement moves the average. */
const WEIGHT = 0.1;
const FIRST_GUESS_MS = 50;

export function createHashQueue(options: HashQueueOptions): HashQueue {
  const { concurrency, limit, monotonic = () => performance.now() } = options;
  // A set keeps the order of arrival and lets anybody leave from the middle.
  const waiting = new Set<() => void>();
  let running = 0;
  let averageMs = FIRST_GUESS_MS;

  function finish(startedAt: number): void {
    averageMs += WEIGHT * (monotonic() - startedAt - averageMs);
    running -= 1;
    const [next] = waiting;
    next?.();
  }

  function turn(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const start = () => {
      waiting.delete(start);
      signal?.removeEventListener('abort', leave);
      running += 1;
      resolve();
    };
    const leave = () => {
      waiting.delete(start);
      reject(signal?.reason);
    };
    if (running < concurrency) start();
    else {
      waiting.add(start);
      signal?.addEventListener('abort', leave, { once: true });
    }
    return promise;
  }

  return {
    async run(task, signal) {
      signal?.throwIfAborted();
      if (running >= concurrency && waiting.size >= limit) {
        const seconds = Math.ceil(((waiting.size + running) * averageMs) / concurrency / 1000);
        throw unavailable(
          'hashing_busy',
          'Too many people are signing in at this moment. Please try again shortly.',
          Math.max(1, seconds),
        );
      }
      await turn(signal);
      const startedAt = monotonic();
      try {
        return await task();
      } finally {
        finish(startedAt);
      }
    },
    get waiting() {
      return waiting.size;
    },
    get running() {
      return running;
    },
  };
}
