/** Tells what comes too often within a short time. Holds a bounded number of things, in the memory of this process. */
export interface Repetitions {
  /** Counts one more; true where it came more often than allowed. */
  again(key: string): boolean;
}

const MOST_HELD = 1_000;

export interface RepetitionsOptions {
  /** How often something may come within the time. */
  readonly most: number;
  readonly withinMilliseconds: number;
  /** A clock of milliseconds. */
  readonly now?: () => number;
}

export function createRepetitions({
  most,
  withinMilliseconds,
  now = performance.now.bind(performance),
}: RepetitionsOptions): Repetitions {
  const counted = new Map<string, { since: number; times: number }>();
  return {
    again(key) {
      const at = now();
      const known = counted.get(key);
      if (known !== undefined && at - known.since <= withinMilliseconds) {
        known.times += 1;
        return known.times > most;
      }
      counted.delete(key);
      // A map gives its oldest entry first.
      if (counted.size >= MOST_HELD) counted.delete(counted.keys().next().value ?? '');
      counted.set(key, { since: at, times: 1 });
      return false;
    },
  };
}
