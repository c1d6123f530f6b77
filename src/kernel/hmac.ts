import { hash } from 'node:crypto';

/**
 * HMAC-SHA-256 (RFC 2104) out of two hashes made at once. `createHmac` builds a stream and looks its algorithm up each time,
 * which takes five times as long, and a sign-in with its cookies, forms and limits asks for some twenty.
 */

/** SHA-256 works on blocks of so many bytes. */
const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;

/** A key made ready: both its pads, as RFC 2104 (section 2) makes them. */
export interface HmacKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

/** For many HMACs under one key. Keys longer than a block are hashed first (RFC 2104, section 2). */
export function hmacKey(key: Buffer): HmacKey {
  const block = Buffer.alloc(BLOCK_BYTES);
  (key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key).copy(block);
  const pad = (byte: number) => block.map((of) => of ^ byte) as Buffer;
  return { inner: pad(INNER), outer: pad(OUTER) };
}

/** The HMAC of the text in UTF-8, 32 bytes. */
export function hmacSha256(key: Buffer | HmacKey, value: string): Buffer {
  const { inner, outer } = Buffer.isBuffer(key) ? hmacKey(key) : key;
  const digest = hash('sha256', Buffer.concat([inner, Buffer.from(value)]), 'buffer');
  return hash('sha256', Buffer.concat([outer, digest]), 'buffer');
}
