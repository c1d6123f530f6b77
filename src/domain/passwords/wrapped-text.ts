import type { Argon2Hash, Derivation, WrappedHash } from './derivation.ts';
import { bytes, invalid, numbers, pairs, positive, SALT_BYTES, unpadded } from './hash-fields.ts';

/**
 * The text of a wrapped hash: `$wrapped$ALGORITHM$PARAMETERS$SALT$argon2id$v=19$m=…,t=…,p=…$SALT$DIGEST`. In front stands what
 * the inner output is derived from, without that output, of which `l` is the length; behind it the argon2id hash of its HMAC.
 */

export const WRAPPED = '$wrapped$';

/** Names of signer keys go into hashes as a parameter. */
export const SIGNER_KEY_NAME = /^[a-z0-9]{1,16}$/;

const OUTPUT = 'l';

export const formatWrapped = ({ inner, innerBytes }: Omit<WrappedHash, 'outer'>, outer: string): string =>
  `${WRAPPED}${inner.algorithm}$${parametersOf(inner)}l=${innerBytes}$${unpadded(inner.salt)}${outer}`;

/** Throws `password_hash_invalid`. `parseOuter` reads the argon2id hash behind. */
export function parseWrapped(stored: string, parseOuter: (text: string) => Argon2Hash): WrappedHash {
  const [algorithm = '', parameters = '', salt, ...outer] = stored.slice(WRAPPED.length).split('$');
  const given = pairs(parameters);
  const innerBytes = positive(given.get(OUTPUT), OUTPUT);
  if (innerBytes > MOST_BYTES) throw invalid('its salt or digest has an unusual length');
  const rest = [...given].filter(([name]) => name !== OUTPUT).map(([name, value]) => `${name}=${value}`);
  const inner = parseInner(algorithm, rest.join(','), bytes(salt, { min: 0, max: SALT_BYTES.max }));
  return { algorithm: 'wrapped', inner, innerBytes, outer: parseOuter(`$${outer.join('$')}`) };
}

/** The text of sha512crypt is the longest. */
const MOST_BYTES = 86;

/** With a comma behind each. */
function parametersOf(inner: Derivation): string {
  switch (inner.algorithm) {
    case 'scrypt':
      return `ln=${inner.logCost},r=${inner.blockSize},p=${inner.parallelism},`;
    case 'pbkdf2-sha1':
    case 'pbkdf2-sha256':
    case 'pbkdf2-sha512':
      return `i=${inner.iterations},`;
    case 'bcrypt':
    case 'bcrypt-sha256':
      return `c=${inner.cost},`;
    case 'sha512crypt':
      return `i=${inner.rounds},`;
    case 'firebase-scrypt':
      return `ln=${inner.logCost},r=${inner.blockSize},ss=${inner.separator.toString('hex')},k=${inner.signerKey},`;
    case 'argon2id':
    case 'argon2i':
    case 'argon2d':
      return `v=${inner.version},m=${inner.memoryKib},t=${inner.timeCost},p=${inner.parallelism},`;
    default:
      return '';
  }
}

function parseInner(algorithm: string, parameters: string, salt: Buffer): Derivation {
  switch (algorithm) {
    case 'scrypt': {
      const { ln, r, p } = numbers(parameters, ['ln', 'r', 'p']);
      return { algorithm, logCost: ln, blockSize: r, parallelism: p, salt };
    }
    case 'pbkdf2-sha1':
    case 'pbkdf2-sha256':
    case 'pbkdf2-sha512':
      return { algorithm, iterations: numbers(parameters, ['i']).i, salt };
    case 'bcrypt':
    case 'bcrypt-sha256':
      if (salt.length !== 16) throw invalid('its salt or digest has an unusual length');
      return { algorithm, cost: numbers(parameters, ['c']).c, salt };
    case 'sha512crypt':
      return { algorithm, rounds: numbers(parameters, ['i']).i, salt };
    case 'firebase-scrypt':
      return { algorithm, ...firebaseParameters(parameters, 'hex'), salt };
    case 'argon2id':
    case 'argon2i':
    case 'argon2d': {
      const { v, m, t, p } = numbers(parameters, ['v', 'm', 't', 'p']);
      if ((v !== 0x13 && v !== 0x10) || m < 8 * p || salt.length < 8) {
        throw invalid('its Argon2 parameters are impossible');
      }
      return {
        algorithm,
        version: v,
        memoryKib: m,
        timeCost: t,
        parallelism: p,
        pepper: undefined,
        salt,
      };
    }
    case 'sha1':
    case 'sha256':
    case 'sha384':
    case 'sha512':
      if (parameters !== '') throw invalid('it has too many parameters');
      return { algorithm, salt };
    default:
      throw invalid('the algorithm inside is unknown');
  }
}

const SEPARATOR_BYTES = { min: 0, max: 16 };

/** `ln`, `r`, `ss` (the salt separator, by default none) and `k` (the name of the signer key, by default `default`). */
export function firebaseParameters(text: string | undefined, encoding: 'hex' | 'base64') {
  const given = pairs(text);
  const signerKey = given.get('k') ?? 'default';
  const separator = given.get('ss') ?? '';
  for (const name of ['k', 'ss']) given.delete(name);
  if (!SIGNER_KEY_NAME.test(signerKey)) throw invalid('its parameter k is not the name of a signer key');
  const { ln, r } = numbers([...given].map(([name, value]) => `${name}=${value}`).join(','), ['ln', 'r']);
  return { logCost: ln, blockSize: r, separator: separatorOf(separator, encoding), signerKey };
}

function separatorOf(text: string, encoding: 'hex' | 'base64'): Buffer {
  if (encoding === 'base64') return bytes(text, SEPARATOR_BYTES);
  const decoded = Buffer.from(text, 'hex');
  if (decoded.toString('hex') !== text || decoded.length > SEPARATOR_BYTES.max) {
    throw invalid('its parameter ss is no salt separator');
  }
  return decoded;
}
