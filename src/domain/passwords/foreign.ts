import type { DigestDerivation, FirebaseDerivation, Hashed, Pbkdf2Derivation } from './derivation.ts';
import { bytes, DIGEST_BYTES, invalid, positive, SALT_BYTES, sized } from './hash-fields.ts';
import {
  formatPbkdf2,
  formatScrypt,
  parseArgon2,
  parseBcrypt,
  parsePbkdf2,
  parseScrypt,
  partsOf,
} from './phc.ts';
import { firebaseParameters } from './wrapped-text.ts';

/**
 * The texts in which other systems keep a password hash: PHC strings, Django's, LDAP's (RFC 2307 and the modules of OpenLDAP),
 * crypt(3)'s. docs/moving-in-hashes.md lists them.
 */

/** A hash from elsewhere, and how it would be written here: what is always wrapped has no text. */
export interface ForeignHash {
  readonly hash: Hashed;
  readonly text: string | undefined;
}

/** `{SCHEME}` and Django's names, in front of a text that has a form of its own. */
const IN_FRONT = /^(?:\{(?:CRYPT|BCRYPT|ARGON2)\}|bcrypt\$(?=\$2)|argon2(?=\$argon2))/i;

/** Throws `password_hash_invalid`. Looks at the form only. */
export function parseForeign(given: string): ForeignHash {
  const encoded = given.replace(IN_FRONT, '');
  const scheme = /^\{([A-Za-z0-9-]{1,20})\}(.*)$/s.exec(encoded);
  if (scheme !== null) return ofScheme(String(scheme[1]).toUpperCase(), String(scheme[2]));
  if (encoded.startsWith('$6$')) return { hash: sha512crypt(encoded), text: undefined };
  const bcrypt = parseBcrypt(encoded);
  if (bcrypt !== undefined) return { hash: bcrypt, text: encoded };
  if (encoded.startsWith('$')) return ofPhc(encoded);
  return ofDjango(encoded);
}

function ofPhc(encoded: string): ForeignHash {
  const [algorithm, parts] = partsOf(encoded);
  switch (algorithm) {
    case 'argon2id':
    case 'argon2i':
    case 'argon2d':
      return { hash: parseArgon2(algorithm, parts, undefined), text: encoded };
    case 'scrypt':
      return { hash: parseScrypt(parts), text: encoded };
    case 'pbkdf2':
    case 'pbkdf2-sha1':
      return { hash: parsePbkdf2('pbkdf2-sha1', parts), text: undefined };
    case 'pbkdf2-sha256':
    case 'pbkdf2-sha512':
      return { hash: parsePbkdf2(algorithm, parts), text: encoded };
    case 'firebase-scrypt':
      return { hash: firebase(parts), text: undefined };
    default:
      throw invalid(`its algorithm is not one of ${ALGORITHMS}`);
  }
}

const ALGORITHMS =
  'argon2id, argon2i, argon2d, bcrypt, scrypt, pbkdf2 (SHA-1, SHA-256, SHA-512), firebase-scrypt and sha512crypt ($6$)';

function firebase([parameters, salt, digest, ...rest]: string[]): Hashed<FirebaseDerivation> {
  if (rest.length > 0) throw invalid('it has too many parts');
  return {
    algorithm: 'firebase-scrypt',
    ...firebaseParameters(fromWebSafe(parameters), 'base64'),
    salt: bytes(fromWebSafe(salt), SALT_BYTES),
    digest: bytes(fromWebSafe(digest), DIGEST_BYTES),
  };
}

/** Firebase's programs write either alphabet of RFC 4648. */
const fromWebSafe = (text: string | undefined) => text?.replaceAll('-', '+').replaceAll('_', '/');

/** The implicit number of rounds, and the form: https://www.akkadia.org/drepper/SHA-crypt.txt */
function sha512crypt(encoded: string): Hashed {
  const [, , rounds, salt, digest] =
    /^\$6\$(rounds=([1-9]\d{0,8})\$)?([^$:\s]{0,16})\$([./0-9A-Za-z]{86})$/.exec(encoded) ?? [];
  if (salt === undefined || digest === undefined)
    throw invalid('it is not of the form $6$rounds=…$salt$hash');
  return {
    algorithm: 'sha512crypt',
    rounds: rounds === undefined ? 5_000 : positive(rounds, 'rounds'),
    salt: Buffer.from(salt),
    digest: Buffer.from(digest),
  };
}

const DIGESTS = { SHA: 'sha1', SHA256: 'sha256', SHA384: 'sha384', SHA512: 'sha512' } as const;
const LENGTHS = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;
const PBKDF2: Readonly<Record<string, Pbkdf2Derivation['algorithm']>> = {
  PBKDF2: 'pbkdf2-sha1',
  'PBKDF2-SHA1': 'pbkdf2-sha1',
  'PBKDF2-SHA256': 'pbkdf2-sha256',
  'PBKDF2-SHA512': 'pbkdf2-sha512',
};

function ofScheme(scheme: string, value: string): ForeignHash {
  const pbkdf2 = PBKDF2[scheme];
  if (pbkdf2 !== undefined) return pbkdf2Of(parsePbkdf2(pbkdf2, value.split('$')));
  const salted = scheme.startsWith('SSHA');
  const algorithm = DIGESTS[(salted ? scheme.slice(1) : scheme) as keyof typeof DIGESTS];
  if (algorithm === undefined) {
    throw invalid(
      'its scheme is not one of {SSHA}, {SSHA256}, {SSHA384}, {SSHA512}, the same without salt, {PBKDF2…}, {CRYPT}, {BCRYPT} and {ARGON2}',
    );
  }
  return {
    hash: digestOf(algorithm, value, salted ? { min: 1, max: 64 } : { min: 0, max: 0 }),
    text: undefined,
  };
}

/** RFC 2307 and its successors: base64 of the digest and, behind it, the salt. */
function digestOf(
  algorithm: DigestDerivation['algorithm'],
  value: string,
  salt: { min: number; max: number },
): Hashed<DigestDerivation> {
  const length = LENGTHS[algorithm];
  const both = bytes(value, { min: length + salt.min, max: length + salt.max });
  return { algorithm, digest: both.subarray(0, length), salt: both.subarray(length) };
}

/** `algorithm$work$salt$…`, the salt as text; of scrypt `scrypt$N$salt$r$p$hash` (django.contrib.auth.hashers). */
function ofDjango(encoded: string): ForeignHash {
  const [algorithm, work = '', salt = '', ...rest] = encoded.split('$');
  const saltBytes = () => sized(Buffer.from(salt), { min: 1, max: SALT_BYTES.max });
  if (algorithm === 'bcrypt_sha256') {
    const inner = parseBcrypt(encoded.slice('bcrypt_sha256$'.length));
    if (inner === undefined) throw invalid('what follows bcrypt_sha256$ is no bcrypt');
    return { hash: { ...inner, algorithm: 'bcrypt-sha256' }, text: undefined };
  }
  if (/^pbkdf2_sha(?:1|256|512)$/.test(algorithm ?? '') && rest.length === 1) {
    return pbkdf2Of({
      algorithm: algorithm?.replace('_', '-') as Pbkdf2Derivation['algorithm'],
      iterations: positive(work, 'iterations'),
      salt: saltBytes(),
      digest: bytes(rest[0], DIGEST_BYTES),
    });
  }
  if (algorithm === 'scrypt' && rest.length === 3) {
    const logCost = Math.log2(positive(work, 'N'));
    if (!Number.isInteger(logCost) || logCost === 0) throw invalid('its parameter N is no power of two');
    const hash = {
      algorithm,
      logCost,
      blockSize: positive(rest[0], 'r'),
      parallelism: positive(rest[1], 'p'),
      salt: saltBytes(),
      digest: bytes(rest[2], DIGEST_BYTES),
    } as const;
    return { hash, text: hash.salt.length < SALT_BYTES.min ? undefined : formatScrypt(hash) };
  }
  throw invalid('it is neither a PHC string nor bcrypt, nor of another form that is read');
}

/** What is kept has a salt of a length that is read again; another one is wrapped. */
const pbkdf2Of = (hash: Hashed<Pbkdf2Derivation>): ForeignHash => ({
  hash,
  text: hash.salt.length < SALT_BYTES.min ? undefined : formatPbkdf2(hash),
});
