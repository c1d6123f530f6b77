import { type Argon2Engine, loadArgon2Engine, loadReferenceArgon2 } from '../src/domain/passwords/argon2.ts';
import { createPasswordHasher, type PasswordHasher } from '../src/domain/passwords/hasher.ts';
import { systemRandomness } from '../src/kernel/ids.ts';

/** Gatehouse's hasher with its default parameters, over one library or the other. */

const hasherWith = (engine: Argon2Engine) =>
  createPasswordHasher({
    argon2: { memoryKib: 19_456, timeCost: 2, parallelism: 1 },
    peppers: undefined,
    maxLength: 256,
    hashConcurrency: 0,
    hashQueueLimit: 1_000,
    random: systemRandomness,
    engine,
  });

export const ourHasher = async (): Promise<PasswordHasher> => hasherWith(await loadArgon2Engine());
export const referenceHasher = async (): Promise<PasswordHasher> => hasherWith(await loadReferenceArgon2());
