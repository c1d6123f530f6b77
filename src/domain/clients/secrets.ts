import { constantTimeEqual, deriveKey, hmacSha256, type Keyring } from '../../kernel/crypto.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';

/**
 * Client secrets are high-entropy values that only we need to recognise, so they are kept as HMAC-SHA-256 under a key
 * that is not in the database: who steals the database can neither read a secret nor test guesses, and checking one
 * costs microseconds, where a password hash would put argon2id on every token request.
 */
const PURPOSE = 'client-secret';

export const newClientSecret = (random: Randomness): string => newToken(random);

/** `keyId.digest`, as it is stored. */
export function digestClientSecret(keyring: Keyring, secret: string): string {
  return `${keyring.current}.${digest(keyring, keyring.current, secret)}`;
}

/** Compares in constant time. False for an unknown key id: a digest that we cannot check is no proof. */
export function clientSecretMatches(keyring: Keyring, stored: string, presented: string): boolean {
  const [keyId = '', expected = ''] = stored.split('.');
  const actual = digest(keyring, keyId, presented);
  return actual !== undefined && constantTimeEqual(expected, actual);
}

function digest(keyring: Keyring, keyId: string, secret: string): string | undefined {
  const key = keyring.keys.get(keyId);
  return key && hmacSha256(deriveKey(key, PURPOSE), secret).toString('base64url');
}
