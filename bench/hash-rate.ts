/** Hashes on request of its parent, so that hashing is measured on the cores of the server and on no others. */
import { availableParallelism } from 'node:os';
import { PASSWORD } from './clients.ts';
import { ourHasher, referenceHasher } from './hashers.ts';

export type Engine = 'ours' | 'argon2';

export interface HashOrder {
  readonly engine: Engine;
  readonly milliseconds: number;
}

const hashers = { ours: await ourHasher(), argon2: await referenceHasher() };

/** Hashes that end per second, with one more always waiting than there are cores. */
async function rate({ engine, milliseconds }: HashOrder): Promise<number> {
  const hasher = hashers[engine];
  const began = performance.now();
  const until = began + milliseconds;
  let count = 0;
  const worker = async () => {
    while (performance.now() < until) {
      await hasher.hash(PASSWORD);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  return (count / (performance.now() - began)) * 1000;
}

process.on('message', (order: HashOrder) => {
  void rate(order).then((perSecond) => process.send?.(perSecond));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
