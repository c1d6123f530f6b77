import type { KeyObject } from 'node:crypto';
import {
  constantTimeEqual,
  deriveKey,
  hmacKey,
  hmacSha256,
  type Keyring,
  sha256,
} from '../../kernel/crypto.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';

/**
 * Client secrets are high-entropy values that only we need to recognise, so they are kept as HMAC-SHA-256 under a key
 * that is not in the database: whoever steals the database can neither read a secret nor test guesses, and checking one
 * costs microseconds, where a password hash would put argon2id on every token request.
 */
const PURPOSE = 'client-secret';

export const newClientSecret = (random: Randomness): string => newToken(random);

/** `keyId.digest`, as it is stored. */
export function digestClientSecret(keyring: Keyring, secret: string): string {
  const key = keyring.keys.get(keyring.current);
  return `${keyring.current}.${key && digest(prepare(key), secret)}`;
}

/** How people name a secret: by eight digits of its digest's hash, which tell nothing of it. */
export const secretIdOf = (digest: string): string => sha256(digest).toString('hex').slice(0, 8);

/** Whether a stored digest is under another key than the one that new digests are made with. */
export const isUnderOlderKey = (keyring: Keyring, stored: string): boolean =>
  stored.split('.')[0] !== keyring.current;

/** Says whether `presented` is the secret whose digest is `stored`. */
export type SecretComparison = (stored: string, presented: string) => boolean;

/**
 * Compares in constant time, with the keys derived once. False for an unknown key id: a digest that we cannot check is
 * no proof.
 */
export function secretComparison(keyring: Keyring): SecretComparison {
  const keys = new Map([...keyring.keys].map(([id, key]) => [id, prepare(key)]));
  return (stored, presented) => {
    const [keyId = '', expected = ''] = stored.split('.');
    const key = keys.get(keyId);
    return key !== undefined && constantTimeEqual(expected, digest(key, presented));
  };
}

/** As {@link secretComparison}, for one comparison. */
export const clientSecretMatches = (keyring: Keyring, stored: string, presented: string): boolean =>
  secretComparison(keyring)(stored, presented);

interface Ending {
  readonly digest: string;
  readonly endsAt: Date | undefined;
}

/** What the provider keeps as the secret of a client: the digest of each of its secrets, with the time at which it ends. */
export const comparableSecrets = (secrets: readonly Ending[]): string =>
  secrets
    .map(({ digest, endsAt }) => (endsAt === undefined ? digest : `${digest}!${endsAt.getTime()}`))
    .join(' ');

/**
 * The digest, among {@link comparableSecrets}, of the secret that was presented; undefined where it is none of them, or ended
 * before `now`. Each is compared, whichever of them is right.
 */
export function matchingDigest(
  matches: SecretComparison,
  comparable: string,
  presented: string,
  now: Date,
): string | undefined {
  const found = comparable.split(' ').filter((secret) => {
    const [digest = '', end] = secret.split('!');
    return matches(digest, presented) && (end === undefined || now.getTime() < Number(end));
  });
  return found[0]?.split('!')[0];
}

const prepare = (key: Buffer): KeyObject => hmacKey(deriveKey(key, PURPOSE));

const digest = (key: KeyObject, secret: string): string => hmacSha256(key, secret).toString('base64url');
