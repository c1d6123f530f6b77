import { type Clock, epochSeconds } from '../../kernel/clock.ts';
import { constantTimeEqual, deriveKey, hmacSha256, type Keyring } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';

/**
 * Challenges of WebAuthn. A challenge carries 128 random bits, its end and a MAC over what it is for, so that showing one
 * writes nothing: anybody may look at a sign-in page, as often as they like. Only a challenge that comes back signed is
 * written down, as used (`store.ts`).
 */

export interface ChallengeUse {
  readonly purpose: 'registration' | 'authentication';
  /** The sign-in or the session that it belongs to: nobody can answer it elsewhere. */
  readonly binding: string;
  /** The person, where it is known already. */
  readonly accountId: string | undefined;
}

export interface Challenges {
  /** In base64url. */
  issue(use: ChallengeUse): string;
  /** When the challenge ends; undefined when we never made it for this use, or it has ended. */
  check(challenge: string, use: ChallengeUse): Date | undefined;
}

/** As long as a sign-in page may stay open: the browser offers passkeys while the field has the focus. */
const LIFETIME_SECONDS = 1_800;

const NONCE_BYTES = 16;
const END_BYTES = 6;
const MAC_BYTES = 32;

export function createChallenges(keyring: Keyring, clock: Clock, random: Randomness): Challenges {
  const keys = new Map([...keyring.keys].map(([id, key]) => [id, deriveKey(key, 'passkey-challenge')]));
  const macOf = (key: Buffer, head: Buffer, { purpose, binding, accountId }: ChallengeUse) =>
    hmacSha256(key, JSON.stringify([head.toString('base64url'), purpose, binding, accountId ?? null]));

  return {
    issue(use) {
      const end = Buffer.alloc(END_BYTES);
      end.writeUIntBE(epochSeconds(clock.now()) + LIFETIME_SECONDS, 0, END_BYTES);
      const head = Buffer.concat([random.bytes(NONCE_BYTES), end]);
      const key = keys.get(keyring.current);
      if (key === undefined) throw new Error('the current key is not in the keyring');
      return Buffer.concat([head, macOf(key, head, use)]).toString('base64url');
    },

    check(challenge, use) {
      const raw = Buffer.from(challenge, 'base64url');
      if (raw.length !== NONCE_BYTES + END_BYTES + MAC_BYTES || raw.toString('base64url') !== challenge) {
        return undefined;
      }
      const head = raw.subarray(0, NONCE_BYTES + END_BYTES);
      const mac = raw.subarray(NONCE_BYTES + END_BYTES);
      if (![...keys.values()].some((key) => constantTimeEqual(macOf(key, head, use), mac))) return undefined;
      const end = new Date(head.readUIntBE(NONCE_BYTES, END_BYTES) * 1000);
      return end > clock.now() ? end : undefined;
    },
  };
}
