import type { KeyObject } from 'node:crypto';
import {
  constantTimeEqual,
  deriveKey,
  hmacKey,
  hmacSha256,
  type Keyring,
  sha256,
} from '../../kernel/crypto.ts';
import { newToken, type Randomness, systemRandomness } from '../../kernel/ids.ts';

/**
 * Client secrets are high-entropy values that only we need to recognise, so they are kept as HMAC-SHA-256 under a key
 * that is not in the database: who steals the database can neither read a secret nor test guesses, and checking one
 * costs microseconds, where a password hash would put argon2id on every token request.
 */
const PURPOSE = 'client-secret';

export const newClientSecret = (random: Randomness): string => newToken(random);

/** `keyId.digest`, as it is stored. */
export function digestClientSecret(keyring: Keyring, secret: string): string {
  const key = keyring.keys.get(keyring.current);
  return `${keyring.current}.${key && digest(prepare(key), secret)}`;
}

/** Says whether `presented` is the secret whose digest is `stored`. */
export type SecretComparison = (stored: string, presented: string) => boolean;

/** So many clients are busy at a time at the most; the others cost an HMAC each time. */
const MOST_PROVEN = 1_000;

/**
 * Compares in constant time, with the keys derived once. False for an unknown key id: a digest that we cannot check is
 * no proof. A secret that was right is recognised by its salted SHA-256 from then on, at a fifth of what the HMAC costs;
 * neither leaves this process's memory.
 */
export function secretComparison(keyring: Keyring, random = systemRandomness): SecretComparison {
  const keys = new Map([...keyring.keys].map(([id, key]) => [id, prepare(key)]));
  const proven = new Map<string, Buffer>();
  const salt = newToken(random);
  return (stored, presented) => {
    const mark = sha256(`${salt}${presented}`);
    const known = proven.get(stored);
    if (known !== undefined && constantTimeEqual(known, mark)) return true;
    const [keyId = '', expected = ''] = stored.split('.');
    const key = keys.get(keyId);
    if (key === undefined || !constantTimeEqual(expected, digest(key, presented))) return false;
    if (proven.size < MOST_PROVEN) proven.set(stored, mark);
    return true;
  };
}

/** As {@link secretComparison}, for one comparison. */
export const clientSecretMatches = (keyring: Keyring, stored: string, presented: string): boolean =>
  secretComparison(keyring)(stored, presented);

const prepare = (key: Buffer): KeyObject => hmacKey(deriveKey(key, PURPOSE));

const digest = (key: KeyObject, secret: string): string => hmacSha256(key, secret).toString('base64url');
