import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { loadArgon2Engine } from '../../src/domain/passwords/argon2.ts';
import {
  type Argon2Hash,
  formatArgon2,
  type PasswordHash,
  parsePasswordHash,
} from '../../src/domain/passwords/phc.ts';

/** Hashes as other systems write them, of every kind that an import takes; cheap ones, unless a test wants the cost. */

const b64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

export async function argon2Hash(
  password: string,
  changes: Partial<Omit<Argon2Hash, 'digest'>> & { digestBytes?: number } = {},
): Promise<string> {
  const { digestBytes = 32, ...given } = changes;
  const hash = {
    algorithm: 'argon2id',
    version: 0x13,
    memoryKib: 64,
    timeCost: 2,
    parallelism: 1,
    salt: randomBytes(16),
    pepper: undefined,
    ...given,
  } as const;
  const engine = await loadArgon2Engine();
  const digest = await engine.digest({ ...hash, password: Buffer.from(password), digestBytes });
  return formatArgon2({ ...hash, digest });
}

export function scryptHash(password: string, { ln = 4, r = 8, p = 1, bytes = 32 } = {}): string {
  const salt = randomBytes(16);
  const digest = scryptSync(password, salt, bytes, { N: 2 ** ln, r, p, maxmem: 256 * 1024 * 1024 });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${b64(salt)}$${b64(digest)}`;
}

export function pbkdf2Hash(
  password: string,
  { digest = 'sha256' as 'sha256' | 'sha512', iterations = 10, bytes = 32, bare = false } = {},
): string {
  const salt = randomBytes(16);
  const made = pbkdf2Sync(password, salt, iterations, bytes, digest);
  const parameters = bare ? String(iterations) : `i=${iterations},l=${bytes}`;
  return `$pbkdf2-${digest}$${parameters}$${b64(salt)}$${b64(made)}`;
}

export const bcryptHash = (password: string, cost = 4, letter: 'a' | 'b' | 'y' = 'b'): string =>
  bcrypt.hashSync(password, cost).replace(/^\$2[aby]/, `$2${letter}`);

/** One of every kind, by the words for it. */
export async function hashesOfEveryKind(password: string): Promise<Record<string, string>> {
  return {
    'argon2id as our own': await argon2Hash(password, { memoryKib: 8, timeCost: 1 }),
    'argon2id, dearer': await argon2Hash(password, { memoryKib: 128, timeCost: 3, parallelism: 2 }),
    'argon2i, version 16': await argon2Hash(password, { algorithm: 'argon2i', version: 0x10 }),
    'bcrypt 4': bcryptHash(password),
    'bcrypt 5': bcryptHash(password, 5, 'y'),
    scrypt: scryptHash(password),
    'scrypt, dearer': scryptHash(password, { ln: 6, p: 2 }),
    'pbkdf2-sha256': pbkdf2Hash(password),
    'pbkdf2-sha256, a longer digest': pbkdf2Hash(password, { bytes: 64 }),
    'pbkdf2-sha512, as passlib writes it': pbkdf2Hash(password, {
      digest: 'sha512',
      iterations: 20,
      bytes: 64,
      bare: true,
    }),
  };
}

/** What verifying a hash costs: its algorithm and everything that its time depends on. */
export function costOf(hash: PasswordHash): string {
  if (hash.algorithm === 'bcrypt') return `bcrypt ${hash.cost}`;
  const { salt, digest, algorithm, ...parameters } = hash;
  const rest = Object.entries({ ...parameters, salt: salt.length, digest: digest.length })
    .filter(([name]) => name !== 'pepper')
    .toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return [algorithm, ...rest.map(([name, value]) => `${name}=${value}`)].join(' ');
}

export const costOfStored = (stored: string): string => costOf(parsePasswordHash(stored));
