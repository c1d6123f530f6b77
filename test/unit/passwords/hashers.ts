import { createPasswordHasher, type PasswordHasherOptions } from '../../../src/domain/passwords/hasher.ts';
import type { Keyring } from '../../../src/kernel/crypto.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';

export const CHEAP = { memoryKib: 8, timeCost: 1, parallelism: 1 };
export const OWASP = { memoryKib: 19_456, timeCost: 2, parallelism: 1 };

/** A hasher with the cheapest parameters and no pepper, or whatever the test asks for. */
export const make = (changes: Partial<PasswordHasherOptions> = {}) =>
  createPasswordHasher({
    argon2: CHEAP,
    peppers: undefined,
    maxLength: 256,
    hashConcurrency: 2,
    hashQueueLimit: 1000,
    random: systemRandomness,
    ...changes,
  });

/** A keyring of these peppers, the first of them current. */
export const keyring = (...ids: string[]): Keyring => ({
  current: ids[0] ?? '',
  keys: new Map(ids.map((id) => [id, Buffer.alloc(32, id)])),
});

export const MATCH = { matches: true, needsRehash: false };
export const NO_MATCH = { matches: false, needsRehash: false };

/** The code of the error that the work ends with. */
export const codeOf = async (work: Promise<unknown>) => {
  try {
    await work;
    return 'nothing was thrown';
  } catch (error) {
    return error instanceof GatehouseError ? error.code : String(error);
  }
};
