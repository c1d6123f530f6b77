import { GatehouseError } from '../../kernel/errors.ts';

/** Argon2's cost: RFC 9106, section 3.1 (m in KiB, t passes, p lanes). */
export interface Argon2Parameters {
  readonly memoryKib: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

export interface Argon2Hash extends Argon2Parameters {
  readonly algorithm: 'argon2id' | 'argon2i';
  /** 0x13 is RFC 9106; 0x10 is what came before it and is only ever verified. */
  readonly version: number;
  readonly salt: Buffer;
  readonly digest: Buffer;
  /** The pepper that the password passed through before Argon2; undefined = none. */
  readonly pepper: string | undefined;
}

export interface ScryptHash {
  readonly algorithm: 'scrypt';
  readonly logCost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

export interface Pbkdf2Hash {
  readonly algorithm: 'pbkdf2-sha256' | 'pbkdf2-sha512';
  readonly iterations: number;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

export interface BcryptHash {
  readonly algorithm: 'bcrypt';
  readonly cost: number;
  readonly encoded: string;
}

export type PasswordHash = Argon2Hash | ScryptHash | Pbkdf2Hash | BcryptHash;

export const isArgon2 = (hash: PasswordHash): hash is Argon2Hash =>
  hash.algorithm === 'argon2id' || hash.algorithm === 'argon2i';

/** No stored hash is longer: a longer one is not looked at. */
const MAX_LENGTH = 512;
const MAX_PARTS = 6;
const SALT_BYTES = { min: 4, max: 64 };
const DIGEST_BYTES = { min: 16, max: 64 };
const PEPPER = /^\{pepper=([A-Za-z0-9._-]{1,64})\}/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/**
 * Reads a stored password hash: Argon2, scrypt and PBKDF2 in PHC string format
 * (https://github.com/P-H-C/phc-string-format), passlib's spelling of PBKDF2, and bcrypt's own `$2a/$2b/$2y`. A hash of
 * ours that went through a pepper carries `{pepper=ID}` in front. Looks at the form only: what it would cost to verify
 * is judged by `assertAffordable`. Throws `password_hash_invalid`, with nothing of the hash in the message.
 */
export function parsePasswordHash(stored: string): PasswordHash {
  if (stored.length > MAX_LENGTH) throw invalid('it is too long');
  const pepper = PEPPER.exec(stored);
  const encoded = pepper === null ? stored : stored.slice(pepper[0].length);
  const bcrypt = BCRYPT.exec(encoded);
  if (bcrypt !== null && pepper === null) {
    return { algorithm: 'bcrypt', cost: Number(bcrypt[1]), encoded };
  }
  const [before, algorithm, ...parts] = encoded.split('$');
  if (before !== '' || parts.length > MAX_PARTS) throw invalid('it is neither a PHC string nor bcrypt');
  if (algorithm === 'argon2id' || algorithm === 'argon2i') return parseArgon2(algorithm, parts, pepper?.[1]);
  if (pepper !== null) throw invalid('only Argon2 hashes can carry a pepper');
  if (algorithm === 'scrypt') return parseScrypt(parts);
  if (algorithm === 'pbkdf2-sha256' || algorithm === 'pbkdf2-sha512') return parsePbkdf2(algorithm, parts);
  throw invalid(
    'its algorithm is not one of argon2id, argon2i, bcrypt, scrypt, pbkdf2-sha256 and pbkdf2-sha512',
  );
}

/** Writes a hash as a PHC string, parameters in the order of the reference implementation: m, t, p. */
export function formatArgon2(hash: Argon2Hash): string {
  const { algorithm, version, memoryKib, timeCost, parallelism, pepper } = hash;
  const prefix = pepper === undefined ? '' : `{pepper=${pepper}}`;
  const parameters = `m=${memoryKib},t=${timeCost},p=${parallelism}`;
  return `${prefix}$${algorithm}$v=${version}$${parameters}$${unpadded(hash.salt)}$${unpadded(hash.digest)}`;
}

function parseArgon2(
  algorithm: Argon2Hash['algorithm'],
  parts: string[],
  pepper: string | undefined,
): Argon2Hash {
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

function parseScrypt(parts: string[]): ScryptHash {
  const [parameters, salt, digest, ...rest] = parts;
  if (rest.length > 0) throw invalid('it has too many parts');
  const { ln, r, p } = numbers(parameters, ['ln', 'r', 'p']);
  const hash = { salt: bytes(salt, SALT_BYTES), digest: bytes(digest, DIGEST_BYTES) };
  return { algorithm: 'scrypt', logCost: ln, blockSize: r, parallelism: p, ...hash };
}

function parsePbkdf2(algorithm: Pbkdf2Hash['algorithm'], parts: string[]): Pbkdf2Hash {
  const [parameters, salt, digest, ...rest] = parts;
  if (rest.length > 0) throw invalid('it has too many parts');
  // passlib writes the bare number of rounds; others add the length of the output, `l=32`, which the output itself tells.
  const named = /^\d+$/.test(parameters ?? '') ? `i=${parameters}` : parameters?.replace(/,l=\d{1,3}$/, '');
  const { i } = numbers(named, ['i']);
  return { algorithm, iterations: i, salt: bytes(salt, SALT_BYTES), digest: bytes(digest, DIGEST_BYTES) };
}

/** Exactly the named parameters, each a positive integer without leading zeros, in any order. */
function numbers<Name extends string>(
  text: string | undefined,
  names: readonly Name[],
): Record<Name, number> {
  const pairs = (text ?? '').split(',').map((pair) => pair.split('='));
  const given = new Map(pairs.map(([name, value]) => [name, value]));
  if (pairs.length !== names.length || given.size !== names.length)
    throw invalid(`its parameters are not ${names.join(', ')}`);
  const entries = names.map((name) => {
    const value = given.get(name) ?? '';
    if (!/^[1-9]\d{0,9}$/.test(value)) throw invalid(`its parameter ${name} is not a positive whole number`);
    return [name, Number(value)] as const;
  });
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** Base64 without padding, `.` accepted for `+` as passlib writes it. */
function bytes(text: string | undefined, size: { min: number; max: number }): Buffer {
  const standard = (text ?? '').replaceAll('.', '+').replace(/={1,2}$/, '');
  const decoded = Buffer.from(standard, 'base64');
  // Node skips what is not base64; writing it back shows whether anything was.
  if (unpadded(decoded) !== standard) throw invalid('its salt or digest is not base64');
  if (decoded.length < size.min || decoded.length > size.max)
    throw invalid('its salt or digest has an unusual length');
  return decoded;
}

const unpadded = (value: Buffer) => value.toString('base64').replace(/=+$/, '');

const invalid = (why: string) =>
  new GatehouseError('password_hash_invalid', {
    status: 400,
    message: `The password hash cannot be used: ${why}.`,
  });
