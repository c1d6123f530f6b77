/** Hashes on request of its parent, so that hashing is measured on the cores of the server and on no others. */
import { availableParallelism } from 'node:os';
import { type Argon2Engine, loadArgon2Engine, loadReferenceArgon2 } from '../src/domain/passwords/argon2.ts';
import { createPasswordHasher } from '../src/domain/passwords/hasher.ts';
import { systemRandomness } from '../src/kernel/ids.ts';
import { PASSWORD } from './clients.ts';

export type Engine = 'ours' | 'argon2';

export interface HashOrder {
  readonly engine: Engine;
  readonly milliseconds: number;
}

const PARAMETERS = { memoryKib: 19_456, timeCost: 2, parallelism: 1 };

const hasherWith = (engine: Argon2Engine) =>
  createPasswordHasher({
    argon2: PARAMETERS,
    peppers: undefined,
    maxLength: 256,
    hashConcurrency: 0,
    hashQueueLimit: 1_000,
    random: systemRandomness,
    engine,
  });

const hashers = {
  ours: await hasherWith(await loadArgon2Engine()),
  argon2: await hasherWith(await loadReferenceArgon2()),
};

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
