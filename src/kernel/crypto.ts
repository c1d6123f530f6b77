import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { GatehouseError } from './errors.ts';
import type { Randomness } from './ids.ts';

/** Symmetric keys with ids. `current` seals and signs; every key opens and verifies, so keys can be rotated. */
export interface Keyring {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

const FORMAT = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export const sha256 = (value: string | Buffer): Buffer => hash('sha256', value, 'buffer');

/** Compares in time independent of where the values differ. Their lengths may be learned. */
export function constantTimeEqual(a: string | Buffer, b: string | Buffer): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** A key for one purpose out of a key for many (HKDF-SHA-256, RFC 5869), so that no key serves two algorithms. */
export function deriveKey(key: Buffer, purpose: string, bytes = 32): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `gatehouse/${purpose}`, bytes));
}

export const hmacSha256 = (key: Buffer | KeyObject, value: string | Buffer): Buffer =>
  createHmac('sha256', key).update(value).digest();

const NAME_BYTES = 12;

/** A short name for what a keyed digest stands for, by which the audit trail tells what it must not spell out: 96 bits of it. */
export const digestName = (digest: Buffer): string =>
  Buffer.from(digest).subarray(0, NAME_BYTES).toString('base64url');

/** A key made ready for many HMACs: given as bytes it is prepared at each, which takes several times as long as the HMAC. */
export const hmacKey = (key: Buffer): KeyObject => createSecretKey(key);

function keyOf(keyring: Keyring, id: string): Buffer {
  const key = keyring.keys.get(id);
  if (key === undefined) {
    throw new GatehouseError('unknown_encryption_key', {
      message: 'A stored secret was sealed with a key that is not in the keyring.',
      detail: `encryption key "${id}" is not configured`,
    });
  }
  return key;
}

/**
 * Encrypts and authenticates a secret for storage: AES-256-GCM under the keyring's current key. `context` (what the
 * secret is and whose) is authenticated with it, so that a sealed value cannot be moved to another row.
 */
export function seal(
  keyring: Keyring,
  random: Randomness,
  context: string,
  plaintext: string | Buffer,
): string {
  const iv = random.bytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(keyOf(keyring, keyring.current), 'seal'), iv);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const packed = Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
  return `${FORMAT}.${keyring.current}.${packed}`;
}

/** Opens what {@link seal} made. Throws `sealed_value_invalid` when it was altered, moved, or is not a sealed value. */
export function unseal(keyring: Keyring, context: string, sealed: string): Buffer {
  const [format, keyId, packed, ...rest] = sealed.split('.');
  const raw = Buffer.from(packed ?? '', 'base64url');
  if (format !== FORMAT || keyId === undefined || rest.length > 0 || raw.length < IV_BYTES + TAG_BYTES) {
    throw sealedValueInvalid();
  }
  const key = deriveKey(keyOf(keyring, keyId), 'seal');
  const decipher = createDecipheriv('aes-256-gcm', key, raw.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(raw.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(raw.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw sealedValueInvalid(cause);
  }
}

function sealedValueInvalid(cause?: unknown): GatehouseError {
  return new GatehouseError('sealed_value_invalid', {
    message: 'A stored secret could not be opened.',
    cause,
  });
}
