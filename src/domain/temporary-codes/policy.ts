import { bytesFor, readCode, writeCode } from '../../kernel/crockford.ts';
import { constantTimeEqual, deriveKey, hmacSha256, type Keyring } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';

/** Characters of a code: 50 bits, where OWASP ASVS 6.5.4 asks for 20 and the tries are counted; short enough to be read out. */
const LENGTH = 10;
const GROUP = 5;

/** Tries that a code stands, right or wrong. */
export const MAX_TRIES = 5;

/** A code as it is told: `7K3M9-QXT4A`. */
export const newCode = (random: Randomness): string =>
  writeCode(random.bytes(bytesFor(LENGTH)), LENGTH, GROUP);

/** A code as it was typed, made comparable; undefined when it can be none. */
export const parseCode = (typed: string): string | undefined => readCode(typed, LENGTH);

/** What is stored of a code, and under which key it was made. */
export interface StoredDigest {
  readonly keyId: string;
  readonly digest: Buffer;
}

const digestUnder = (key: Buffer, accountId: string, parsed: string): Buffer =>
  hmacSha256(deriveKey(key, 'temporary-code'), `${accountId.toLowerCase()}:${parsed}`);

/**
 * A keyed digest: 50 bits could be searched through by somebody who has a copy of the database and no key. It names the account,
 * so that it is worth nothing in another one's row. Throws where the keyring has no current key.
 */
export function digestOf(keyring: Keyring, accountId: string, parsed: string): StoredDigest {
  const key = keyring.keys.get(keyring.current);
  if (key === undefined) throw new Error('there is no key for temporary codes');
  return { keyId: keyring.current, digest: digestUnder(key, accountId, parsed) };
}

/** Whether this is the code. Under a key that is configured no more, none is. */
export function isCode(
  keyring: Keyring,
  accountId: string,
  parsed: string,
  { keyId, digest }: StoredDigest,
): boolean {
  const key = keyring.keys.get(keyId);
  return key !== undefined && constantTimeEqual(digestUnder(key, accountId, parsed), digest);
}
