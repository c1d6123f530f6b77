import type {
  Argon2Derivation,
  Argon2Hash,
  BcryptDerivation,
  Hashed,
  PasswordHash,
  Pbkdf2Derivation,
  ScryptDerivation,
} from './derivation.ts';
import {
  bytes,
  DIGEST_BYTES,
  fromBcryptBase64,
  invalid,
  numbers,
  SALT_BYTES,
  unpadded,
} from './hash-fields.ts';
import { parseWrapped, WRAPPED } from './wrapped-text.ts';

/** No hash is longer: a longer one is not looked at. */
export const MAX_LENGTH = 512;
const MAX_PARTS = 6;
const PEPPER = /^\{pepper=([A-Za-z0-9._-]{1,64})\}/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;

/**
 * Reads a stored password hash: Argon2, scrypt and PBKDF2 in PHC string format
 * (https://github.com/P-H-C/phc-string-format), passlib's spelling of PBKDF2, bcrypt's own `$2a/$2b/$2y`, and `$wrapped$`
 * (`wrapped-text.ts`). A hash of ours that went through a pepper carries `{pepper=ID}` in front. Looks at the form only: what
 * it would cost to verify is judged by `assertAffordable`. Throws `password_hash_invalid`, with nothing of the hash in the
 * message.
 */
export function parsePasswordHash(stored: string): PasswordHash {
  if (stored.length > MAX_LENGTH) throw invalid('it is too long');
  if (stored.startsWith(WRAPPED)) return parseWrapped(stored, (text) => parseArgon2Text(text));
  const pepper = PEPPER.exec(stored);
  const encoded = pepper === null ? stored : stored.slice(pepper[0].length);
  const bcrypt = pepper === null ? parseBcrypt(encoded) : undefined;
  if (bcrypt !== undefined) return bcrypt;
  const [algorithm, parts] = partsOf(encoded);
  if (algorithm === 'argon2id' || algorithm === 'argon2i') return parseArgon2(algorithm, parts, pepper?.[1]);
  if (pepper !== null) throw invalid('only Argon2 hashes can carry a pepper');
  if (algorithm === 'scrypt') return parseScrypt(parts);
  if (algorithm === 'pbkdf2-sha256' || algorithm === 'pbkdf2-sha512') return parsePbkdf2(algorithm, parts);
  throw invalid(
    'its algorithm is not one of argon2id, argon2i, bcrypt, scrypt, pbkdf2-sha256 and pbkdf2-sha512',
  );
}

/** The algorithm that a PHC string names, and its other parts. */
export function partsOf(encoded: string): [algorithm: string, parts: string[]] {
  const [before, algorithm = '', ...parts] = encoded.split('$');
  if (before !== '' || parts.length > MAX_PARTS) {
    throw invalid('it is neither a PHC string nor bcrypt, nor of another form that is read');
  }
  return [algorithm, parts];
}

/** Undefined for what is no bcrypt. */
export function parseBcrypt(encoded: string): Hashed<BcryptDerivation> | undefined {
  const [, cost, salt = '', digest = ''] = BCRYPT.exec(encoded) ?? [];
  if (cost === undefined) return undefined;
  return {
    algorithm: 'bcrypt',
    cost: Number(cost),
    salt: fromBcryptBase64(salt),
    digest: fromBcryptBase64(digest),
  };
}

/** Writes a hash as a PHC string, parameters in the order of the reference implementation: m, t, p. */
export function formatArgon2(hash: Argon2Hash): string {
  const { algorithm, version, memoryKib, timeCost, parallelism, pepper } = hash;
  const prefix = pepper === undefined ? '' : `{pepper=${pepper}}`;
  const parameters = `m=${memoryKib},t=${timeCost},p=${parallelism}`;
  return `${prefix}$${algorithm}$v=${version}$${parameters}$${unpadded(hash.salt)}$${unpadded(hash.digest)}`;
}

export const formatScrypt = (hash: Hashed<ScryptDerivation>): string =>
  `$scrypt$ln=${hash.logCost},r=${hash.blockSize},p=${hash.parallelism}$${unpadded(hash.salt)}$${unpadded(hash.digest)}`;

export const formatPbkdf2 = (hash: Hashed<Pbkdf2Derivation>): string =>
  `$${hash.algorithm}$i=${hash.iterations},l=${hash.digest.length}$${unpadded(hash.salt)}$${unpadded(hash.digest)}`;

function parseArgon2Text(encoded: string): Argon2Hash {
  const [algorithm, parts] = partsOf(encoded);
  if (algorithm !== 'argon2id') throw invalid('what it is wrapped in is not argon2id');
  return parseArgon2(algorithm, parts, undefined);
}

export function parseArgon2(
  algorithm: Argon2Hash['algorithm'],
  parts: string[],
  pepper: string | undefined,
): Hashed<Argon2Derivation> {
  // Version 0x10 wrote no version.
  const versioned = parts[0]?.startsWith('v=') === true;
  const version = versioned ? Number(parts[0]?.slice(2)) : 0x10;
  if (version !== 0x13 && version !== 0x10) throw invalid('its Argon2 version is neither 16 nor 19');
  const [parameters, salt, digest, ...rest] = versioned ? parts.slice(1) : parts;
  if (rest.length > 0) throw invalid('it has too many parts');
  const { m, t, p } = numbers(parameters, ['m', 't', 'p']);
  // RFC 9106, section 3.1: memory is at least 8 KiB for each lane, the salt (by its reference code) at least 8 bytes.
  if (m < 8 * p) throw invalid('its Argon2 memory is below 8 KiB a lane');
  const hash = { salt: bytes(salt, { min: 8, max: SALT_BYTES.max }), digest: bytes(digest, DIGEST_BYTES) };
  return { algorithm, version, memoryKib: m, timeCost: t, parallelism: p, pepper, ...hash };
}

export function parseScrypt(parts: string[]): Hashed<ScryptDerivation> {
  const [parameters, salt, digest, ...rest] = parts;
  if (rest.length > 0) throw invalid('it has too many parts');
  const { ln, r, p } = numbers(parameters, ['ln', 'r', 'p']);
  const hash = { salt: bytes(salt, SALT_BYTES), digest: bytes(digest, DIGEST_BYTES) };
  return { algorithm: 'scrypt', logCost: ln, blockSize: r, parallelism: p, ...hash };
}

export function parsePbkdf2(
  algorithm: Pbkdf2Derivation['algorithm'],
  parts: string[],
): Hashed<Pbkdf2Derivation> {
  const [parameters, salt, digest, ...rest] = parts;
  if (rest.length > 0) throw invalid('it has too many parts');
  // passlib writes the bare number of rounds; others add the length of the output, `l=32`, which the output itself tells.
  const named = /^\d+$/.test(parameters ?? '') ? `i=${parameters}` : parameters?.replace(/,l=\d{1,3}$/, '');
  const { i } = numbers(named, ['i']);
  return { algorithm, iterations: i, salt: bytes(salt, SALT_BYTES), digest: bytes(digest, DIGEST_BYTES) };
}
