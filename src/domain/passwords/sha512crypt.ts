import { hash } from 'node:crypto';

/** So much of a password does any crypt(3) read (libxcrypt's CRYPT_MAX_PASSPHRASE_SIZE, without its end). */
const MOST_BYTES = 511;
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const sha512 = (...parts: Uint8Array[]): Buffer => hash('sha512', Buffer.concat(parts), 'buffer');

/** So many bytes of these, again and again. */
const repeated = (bytes: Buffer, length: number): Buffer => Buffer.alloc(length, bytes);

/**
 * The digest of `$6$`, as the 86 characters that it is written in (U. Drepper, "Unix crypt using SHA-256 and SHA-512"). Takes
 * `rounds` times the time of a SHA-512 over the password; a password that no crypt(3) can have hashed matches nothing, and is
 * computed as if it were cut, so that nobody pays for its length.
 */
export function sha512crypt(password: string, salt: Buffer, rounds: number): string {
  const whole = Buffer.from(password);
  const key = whole.subarray(0, MOST_BYTES);
  const digest = encode(rawDigest(key, salt, rounds));
  return key.length === whole.length ? digest : digest.replace(/./g, '-');
}

function rawDigest(key: Buffer, salt: Buffer, rounds: number): Buffer {
  const b = sha512(key, salt, key);
  const parts: Buffer[] = [key, salt, key.length === 0 ? key : repeated(b, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? b : key);
  const a = sha512(...parts);
  const p = key.length === 0 ? key : repeated(sha512(repeated(key, key.length ** 2)), key.length);
  const s =
    salt.length === 0
      ? salt
      : repeated(sha512(repeated(salt, salt.length * (16 + (a[0] ?? 0)))), salt.length);
  return mixed(a, p, s, rounds);
}

/** Steps 21 (a) to (h) of the specification, so often: the hot loop, in one buffer. */
function mixed(first: Buffer, p: Buffer, s: Buffer, rounds: number): Buffer {
  const message = Buffer.alloc(64 + s.length + 2 * p.length);
  let digest = first;
  for (let round = 0; round < rounds; round += 1) {
    const odd = round % 2 === 1;
    let length = (odd ? p : digest).copy(message);
    if (round % 3 !== 0) length += s.copy(message, length);
    if (round % 7 !== 0) length += p.copy(message, length);
    length += (odd ? digest : p).copy(message, length);
    digest = hash('sha512', message.subarray(0, length), 'buffer');
  }
  return digest;
}

/** Three bytes become four characters, the lowest bits first, in the order that the specification gives the bytes. */
function encode(digest: Buffer): string {
  let text = '';
  for (let group = 0; group < 21; group += 1) {
    const [x, y, z] = [0, 21, 42].map((offset) => digest.readUInt8((22 * group + offset) % 63)) as [
      number,
      number,
      number,
    ];
    text += characters((x << 16) | (y << 8) | z, 4);
  }
  return text + characters(digest.readUInt8(63), 2);
}

function characters(value: number, count: number): string {
  let [text, rest] = ['', value];
  for (let index = 0; index < count; index += 1) {
    text += ALPHABET[rest & 63];
    rest >>= 6;
  }
  return text;
}
