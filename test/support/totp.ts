import { createHmac } from 'node:crypto';

/** An authenticator app of the tests, made of RFC 4226 and node:crypto alone: it shares no code with the server. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function base32Bytes(text: string): Buffer {
  let bits = 0n;
  for (const character of text) bits = bits * 32n + BigInt(ALPHABET.indexOf(character));
  const spare = (text.length * 5) % 8;
  const hex = (bits >> BigInt(spare)).toString(16);
  return Buffer.from(hex.padStart(Math.floor((text.length * 5) / 8) * 2, '0'), 'hex');
}

/** RFC 4226, section 5.3. */
export function hotp(key: Buffer, counter: number, digits = 6): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', key).update(message).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The code that an app shows at a moment for a secret in base32; `drift` counts steps. */
export const totpCode = (secret: string, at: Date = new Date(), drift = 0): string =>
  hotp(base32Bytes(secret), Math.floor(at.getTime() / 30_000) + drift);
