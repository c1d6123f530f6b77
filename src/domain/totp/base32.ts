const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base32 without padding (RFC 4648, section 6). */
export function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => ALPHABET[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}

/**
 * The bytes of base32 in capitals without padding. What is left over of the last digit is ignored, as authenticator apps
 * do: secrets that were made of random letters have something there, which a strict reader refuses. Throws for anything
 * that is not base32; whoever stored it has checked it.
 */
export function fromBase32(text: string): Buffer {
  const digits = [...text].map((character) => ALPHABET.indexOf(character));
  if (digits.includes(-1)) throw new Error('a stored seed is not base32');
  const bits = digits.map((digit) => digit.toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
