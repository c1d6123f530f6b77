import { type BinaryLike, pbkdf2, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { GatehouseError } from '../../kernel/errors.ts';
import type { BcryptPool } from './bcrypt-pool.ts';
import {
  type BcryptHash,
  type PasswordHash,
  type Pbkdf2Hash,
  parsePasswordHash,
  type ScryptHash,
} from './phc.ts';

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

/**
 * The most that a hash from elsewhere may ask of us: about two seconds of one core, and the memory of the heaviest scrypt
 * setting that OWASP's Password Storage Cheat Sheet lists (128 MiB).
 */
const LIMITS = {
  memoryBytes: 128 * 1024 * 1024,
  argon2KibPasses: 1024 * 1024,
  argon2Lanes: 16,
  scryptBlocks: 2 ** 22,
  pbkdf2Iterations: 5_000_000,
  bcryptCost: { min: 4, max: 14 },
};

/**
 * Refuses a hash whose verification would cost more than {@link LIMITS}, so that an imported file cannot hold up
 * every sign-in. Throws `password_hash_too_costly`.
 */
export function assertAffordable(hash: PasswordHash): void {
  if (!isAffordable(hash)) {
    throw new GatehouseError('password_hash_too_costly', {
      status: 400,
      message: `The password hash cannot be used: verifying its ${hash.algorithm} parameters would take too much time or memory.`,
    });
  }
}

function isAffordable(hash: PasswordHash): boolean {
  switch (hash.algorithm) {
    case 'bcrypt':
      return hash.cost >= LIMITS.bcryptCost.min && hash.cost <= LIMITS.bcryptCost.max;
    case 'scrypt': {
      const blocks = 2 ** hash.logCost * hash.blockSize;
      return blocks * 128 <= LIMITS.memoryBytes && blocks * hash.parallelism <= LIMITS.scryptBlocks;
    }
    case 'pbkdf2-sha256':
    case 'pbkdf2-sha512':
      return hash.iterations <= LIMITS.pbkdf2Iterations;
    default:
      return (
        hash.memoryKib * 1024 <= LIMITS.memoryBytes &&
        hash.memoryKib * hash.timeCost <= LIMITS.argon2KibPasses &&
        hash.parallelism <= LIMITS.argon2Lanes
      );
  }
}

/**
 * Whether a hash may come in from elsewhere: it can be read, is affordable, and went through no pepper. Throws with a safe
 * message that says why not.
 */
export function assertImportable(stored: string): void {
  const hash = parsePasswordHash(stored);
  assertAffordable(hash);
  if ('pepper' in hash && hash.pepper !== undefined) {
    throw new GatehouseError('password_hash_peppered', {
      status: 400,
      message: 'The password hash cannot be used: it went through a pepper of another installation.',
    });
  }
}

/** As what a hash from elsewhere is stored. Throws as {@link assertImportable}. */
export async function storedFormOf(hash: string): Promise<string> {
  assertImportable(hash);
  return hash;
}

/**
 * Verifies algorithms that we never write; give it only what is affordable. Off the main thread; the time is that of the hash's
 * own parameters.
 */
export async function verifyImported(
  hash: ScryptHash | Pbkdf2Hash | BcryptHash,
  password: string,
  bcrypt: BcryptPool,
): Promise<boolean> {
  if (hash.algorithm === 'bcrypt') return bcrypt.compare(password, hash.encoded);
  const { salt, digest } = hash;
  const computed =
    hash.algorithm === 'scrypt'
      ? await scryptAsync(password, salt, digest.length, {
          N: 2 ** hash.logCost,
          r: hash.blockSize,
          p: hash.parallelism,
          maxmem: 2 * LIMITS.memoryBytes,
        })
      : await pbkdf2Async(
          password,
          salt,
          hash.iterations,
          digest.length,
          hash.algorithm.slice('pbkdf2-'.length),
        );
  return timingSafeEqual(computed, digest);
}
