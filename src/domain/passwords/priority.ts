import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** libuv's name for the threads of its pool, as Linux shows it. */
const POOL_THREAD = 'libuv-worker';

/** The niceness that nobody goes beyond. */
const NICEST = 19;

/**
 * Lets the threads that hash give way to the one that answers requests wherever they share a core: a hash takes
 * milliseconds, and the scheduler would let each of the many short turns of a request wait for a share of it. `steps` as for
 * nice(1), from what the process has: 5 leave a thread a quarter of a core that is wanted all the time, and all of one that is
 * not. On Linux each thread has a niceness of its own; elsewhere, or where /proc is out of sight, all stay as they are.
 * Answers how many threads of the pool were lowered: none before its first work.
 */
export function lowerPool(steps: number): number {
  if (process.platform !== 'linux' || steps === 0) return 0;
  try {
    const pool = readdirSync('/proc/self/task').filter((id) => nameOf(id) === POOL_THREAD);
    const niceness = Math.min(NICEST, getPriority() + steps);
    for (const id of pool) setPriority(Number(id), niceness);
    return pool.length;
  } catch {
    return 0;
  }
}

function nameOf(thread: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
  } catch {
    // Ended since the list was made.
    return undefined;
  }
}
