import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** libuv's name for the threads of its pool, as Linux shows it. */
const POOL_THREAD = 'libuv-worker';

/**
 * Lets the threads that hash give way to the one that answers requests wherever they share a core: a hash takes
 * milliseconds, and the scheduler would let each of the many short turns of a request wait for a share of it. `niceness`
 * as for nice(1), 0 to 19: at 5 a thread gets a quarter of a core that is wanted all the time, and all of one that is not. On
 * Linux each thread has its own; elsewhere, or where /proc is out of sight, all stay as they are. Answers how many threads of the pool
 * were lowered: none before its first work.
 */
export function lowerPool(niceness: number): number {
  if (process.platform !== 'linux' || niceness === 0) return 0;
  try {
    const pool = readdirSync('/proc/self/task').filter((id) => nameOf(id) === POOL_THREAD);
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
