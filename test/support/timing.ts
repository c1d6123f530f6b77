import { expect } from 'chai';

/**
 * What tests about the time of answers need. A single time says nothing on a busy machine; of many tries, interleaved, the
 * middle one does, and of the faster half the middle one, which others on the machine disturb less.
 */

export interface Alike {
  /** Tries of each kind. */
  readonly rounds: number;
  /** How much longer the slowest kind may take than the fastest, as a share of it. */
  readonly tolerance: number;
}

/** Differences below this are the clock's and the network's, whatever share they are. */
const NOISE_MS = 3;
const RUNS = 4;

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

type Samples<K> = ReadonlyMap<K, number[]>;

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] as number;

/**
 * Adds tries of every kind, in milliseconds. Each round takes the kinds in another order, forward and backward in turn, so
 * that each comes after each other one about as often and what one leaves behind falls on all alike.
 */
async function sample<K>(
  samples: Samples<K>,
  rounds: number,
  tryOnce: (kind: K) => Promise<number>,
): Promise<void> {
  const kinds = [...samples.keys()];
  for (let round = 0; round < rounds; round += 1) {
    const turned = [...kinds.slice(round % kinds.length), ...kinds.slice(0, round % kinds.length)];
    for (const kind of round % 2 === 0 ? turned : turned.toReversed()) {
      samples.get(kind)?.push(await tryOnce(kind));
    }
  }
}

const isAlike = <K>(samples: Samples<K>, share: number, tolerance: number): boolean => {
  const found = [...samples.values()].map((values) => quantile(values, share));
  const [fastest, slowest] = [Math.min(...found), Math.max(...found)];
  return slowest - fastest <= Math.max(NOISE_MS, fastest * tolerance);
};

/**
 * Expects every kind to take about as long; `tryOnce` answers milliseconds. Takes more samples while they differ: chance
 * evens out, and a difference that is there stays.
 */
export async function expectAlike<K extends string>(
  kinds: readonly K[],
  { rounds, tolerance }: Alike,
  tryOnce: (kind: K) => Promise<number>,
): Promise<void> {
  const empty = (): Samples<K> => new Map(kinds.map((kind) => [kind, []]));
  await sample(empty(), 1, tryOnce);
  const samples = empty();
  for (let run = 0; run < RUNS; run += 1) {
    await sample(samples, rounds, tryOnce);
    if ([0.5, 0.25].some((share) => isAlike(samples, share, tolerance))) return;
  }
  const told = [...samples].map(([kind, values]) => `${kind} ${quantile(values, 0.5).toFixed(1)} ms`);
  expect.fail(`the time of the answer tells them apart: ${told.join(', ')}`);
}
