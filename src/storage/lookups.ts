/**
 * Lookups of several requests in one statement. Each reads what is committed when it is asked for or later, as it would
 * by itself: it never joins a statement that is under way, but those that wait for the next.
 */
export type Lookup<Key, Found> = (key: Key) => Promise<Found | undefined>;

/** Keys in one statement: bounds its size, not the throughput. */
const MOST_KEYS = 100;

interface Waiting<Key, Found> {
  readonly key: Key;
  resolve(found: Found | undefined): void;
  reject(error: unknown): void;
}

/**
 * Whoever asks in the same turn of the event loop, and while a statement is under way, is gathered for the next: alone, a
 * request waits for nothing; under load, the number of statements stays flat. One that hangs holds the others up until the
 * time limit of statements. `read` answers in the order of the keys. What it throws, all of its askers get, so a key that
 * the database could refuse must not come here.
 */
export function gatherLookups<Key, Found>(
  read: (keys: readonly Key[]) => Promise<readonly (Found | undefined)[]>,
): Lookup<Key, Found> {
  const waiting: Waiting<Key, Found>[] = [];
  let underWay = false;

  async function readAll(): Promise<void> {
    while (waiting.length > 0) {
      const askers = waiting.splice(0, MOST_KEYS);
      try {
        const found = await read(askers.map(({ key }) => key));
        for (const [index, { resolve }] of askers.entries()) resolve(found[index]);
      } catch (error) {
        for (const { reject } of askers) reject(error);
      }
    }
    underWay = false;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (underWay) return;
      underWay = true;
      setImmediate(readAll);
    });
}
