import { GatehouseError } from '../../kernel/errors.ts';
import type { Derivation, PasswordHash } from './derivation.ts';

/**
 * The most that a hash from elsewhere may ask of us: two to four seconds of one core, and the memory of the heaviest scrypt
 * setting that OWASP's Password Storage Cheat Sheet lists (128 MiB). A password whose normal forms differ takes twice as long.
 */
const LIMITS = {
  memoryBytes: 128 * 1024 * 1024,
  argon2KibPasses: 1024 * 1024,
  argon2Lanes: 16,
  scryptBlocks: 2 ** 22,
  /** For each block of output, which is as long as that of the hash function. */
  pbkdf2Iterations: { 'pbkdf2-sha1': 5_000_000, 'pbkdf2-sha256': 5_000_000, 'pbkdf2-sha512': 2_500_000 },
  bcryptCost: { min: 4, max: 14 },
  sha512cryptRounds: { min: 1_000, max: 700_000 },
};

/** What scrypt is allowed to take in Node.js: its own estimate has some bytes more than N·r·128. */
export const SCRYPT_MAX_MEMORY = 2 * LIMITS.memoryBytes;

/**
 * Refuses a hash whose verification would cost more than {@link LIMITS}, so that an imported file cannot hold up
 * every sign-in. What it is wrapped in is ours. Throws `password_hash_too_costly`.
 */
export function assertAffordable(hash: PasswordHash): void {
  const [derivation, bytes] =
    hash.algorithm === 'wrapped' ? [hash.inner, hash.innerBytes] : [hash, hash.digest.length];
  if (!isAffordable(derivation, bytes)) {
    throw new GatehouseError('password_hash_too_costly', {
      status: 400,
      message: `The password hash cannot be used: verifying its ${derivation.algorithm} parameters would take too much time or memory.`,
    });
  }
}

/** Bytes of output of the hash function in PBKDF2. */
const BLOCK_BYTES = { 'pbkdf2-sha1': 20, 'pbkdf2-sha256': 32, 'pbkdf2-sha512': 64 };

function isAffordable(derivation: Derivation, bytes: number): boolean {
  switch (derivation.algorithm) {
    case 'bcrypt':
    case 'bcrypt-sha256':
      return isWithin(derivation.cost, LIMITS.bcryptCost);
    case 'scrypt':
      return isAffordableScrypt(derivation);
    case 'firebase-scrypt':
      return isAffordableScrypt({ ...derivation, parallelism: 1 });
    case 'pbkdf2-sha1':
    case 'pbkdf2-sha256':
    case 'pbkdf2-sha512':
      return (
        derivation.iterations * Math.ceil(bytes / BLOCK_BYTES[derivation.algorithm]) <=
        LIMITS.pbkdf2Iterations[derivation.algorithm]
      );
    case 'sha512crypt':
      return isWithin(derivation.rounds, LIMITS.sha512cryptRounds);
    case 'argon2id':
    case 'argon2i':
    case 'argon2d':
      return (
        derivation.memoryKib * 1024 <= LIMITS.memoryBytes &&
        derivation.memoryKib * derivation.timeCost <= LIMITS.argon2KibPasses &&
        derivation.parallelism <= LIMITS.argon2Lanes
      );
    default:
      return true;
  }
}

const isWithin = (value: number, { min, max }: { min: number; max: number }) => value >= min && value <= max;

function isAffordableScrypt(scrypt: { logCost: number; blockSize: number; parallelism: number }): boolean {
  const blocks = 2 ** scrypt.logCost * scrypt.blockSize;
  return blocks * 128 <= LIMITS.memoryBytes && blocks * scrypt.parallelism <= LIMITS.scryptBlocks;
}

/**
 * Whether a hash may not be kept as it is: who reads a copy of the table guesses too fast. Kept are argon2id, bcrypt from cost
 * 10, scrypt from N = 2¹⁵ with r = 8, and PBKDF2-HMAC-SHA-256 from 600,000 iterations (OWASP, Password Storage Cheat Sheet).
 */
export function isWeak(hash: PasswordHash | Derivation): boolean {
  switch (hash.algorithm) {
    case 'argon2id':
    case 'wrapped':
      return false;
    case 'bcrypt':
      return hash.cost < 10;
    case 'scrypt':
      return hash.logCost < 15 || hash.blockSize < 8;
    case 'pbkdf2-sha256':
      return hash.iterations < 600_000;
    default:
      return true;
  }
}
