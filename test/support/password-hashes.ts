import { createHash, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { loadArgon2Engine } from '../../src/domain/passwords/argon2.ts';
import type { Argon2Hash, Derivation, PasswordHash } from '../../src/domain/passwords/derivation.ts';
import { formatArgon2, parsePasswordHash } from '../../src/domain/passwords/phc.ts';
import { sha512crypt } from '../../src/domain/passwords/sha512crypt.ts';
import { createHashWrapper } from '../../src/domain/passwords/wrapping.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';

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
  { digest = 'sha256' as 'sha1' | 'sha256' | 'sha512', iterations = 10, bytes = 32, bare = false } = {},
): string {
  const salt = randomBytes(16);
  const made = pbkdf2Sync(password, salt, iterations, bytes, digest);
  const parameters = bare ? String(iterations) : `i=${iterations},l=${bytes}`;
  return `$pbkdf2-${digest}$${parameters}$${b64(salt)}$${b64(made)}`;
}

export const bcryptHash = (password: string, cost = 4, letter: 'a' | 'b' | 'y' = 'b'): string =>
  bcrypt.hashSync(password, cost).replace(/^\$2[aby]/, `$2${letter}`);

export function sshaHash(password: string, scheme: 'SHA' | 'SSHA' | 'SSHA256' | 'SSHA512' = 'SSHA'): string {
  const salt = scheme === 'SHA' ? Buffer.alloc(0) : randomBytes(8);
  const digest = createHash(scheme.replace(/^S?SHA(\d*)$/, (_, bits) => `sha${bits || 1}`));
  return `{${scheme}}${Buffer.concat([digest.update(password).update(salt).digest(), salt]).toString('base64')}`;
}

export const sha512cryptHash = (password: string, rounds = 1_000): string =>
  `$6$rounds=${rounds}$saltstring$${sha512crypt(password, Buffer.from('saltstring'), rounds)}`;

/** Of no signer key in particular: for who does not want to get in. */
export const firebaseHash = ({ ln = 4, r = 8 } = {}): string =>
  `$firebase-scrypt$ln=${ln},r=${r},ss=Bw$${b64(randomBytes(10))}$${b64(randomBytes(64))}`;

/** The wrapping key of tests that have no server. */
export const WRAPPING_KEY = Buffer.alloc(32, 'wrapping');

/** What an import stores for these. */
export const storedForms = (
  hashes: readonly string[],
  wrappingKey = WRAPPING_KEY,
  argon2 = { memoryKib: 8, timeCost: 1, parallelism: 1 },
): Promise<string[]> => createHashWrapper({ argon2, wrappingKey, random: systemRandomness }).wrapAll(hashes);

/** One of every kind that is only ever stored wrapped, by the words for it. */
export async function weakHashes(password: string): Promise<Record<string, string>> {
  return {
    'argon2i, version 16': await argon2Hash(password, { algorithm: 'argon2i', version: 0x10 }),
    argon2d: await argon2Hash(password, { algorithm: 'argon2d' }),
    'bcrypt 4': bcryptHash(password),
    'bcrypt-sha256 4': `bcrypt_sha256$${bcryptHash(createHash('sha256').update(password).digest('hex'))}`,
    scrypt: scryptHash(password),
    'firebase-scrypt': firebaseHash(),
    'pbkdf2-sha1': pbkdf2Hash(password, { digest: 'sha1', bytes: 20 }),
    'pbkdf2-sha256': pbkdf2Hash(password),
    'pbkdf2-sha512': pbkdf2Hash(password, { digest: 'sha512', bytes: 64 }),
    SHA: sshaHash(password, 'SHA'),
    SSHA: sshaHash(password),
    SSHA256: sshaHash(password, 'SSHA256'),
    SSHA512: sshaHash(password, 'SSHA512'),
    sha512crypt: sha512cryptHash(password),
  };
}

/** One of every kind that is stored, by the words for it: ours, what is wrapped, and what an earlier version took as it was. */
export async function hashesOfEveryKind(
  password: string,
  wrappingKey = WRAPPING_KEY,
): Promise<Record<string, string>> {
  const weak = await weakHashes(password);
  const wrapped = await storedForms(Object.values(weak), wrappingKey);
  return {
    ...Object.fromEntries(
      Object.keys(weak).map((kind, index) => [`${kind}, wrapped`, String(wrapped[index])]),
    ),
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

/** What verifying a hash costs: its algorithm and everything that its time depends on; of a wrapped one both. */
export function costOf(hash: PasswordHash): string {
  if (hash.algorithm !== 'wrapped') return costOfOutput(hash, hash.digest.length);
  return `${costOfOutput(hash.inner, hash.innerBytes)} + ${costOf(hash.outer)}`;
}

/** What so many bytes cost. */
export function costOfOutput(derivation: Derivation, digest: number): string {
  if (derivation.algorithm === 'bcrypt') return `bcrypt ${derivation.cost}`;
  const { salt, algorithm, ...parameters } = derivation;
  const rest = Object.entries({ ...parameters, salt: salt.length, digest })
    .filter(([name, value]) => name !== 'pepper' && (name === 'digest' || !Buffer.isBuffer(value)))
    .toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return [algorithm, ...rest.map(([name, value]) => `${name}=${value}`)].join(' ');
}

export const costOfStored = (stored: string): string => costOf(parsePasswordHash(stored));
