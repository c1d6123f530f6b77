/** Crockford's base 32: no I, L, O or U, which people take for other characters or words when they read or hear a code. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const BITS = 5;

/** How many bytes of chance a code of so many characters takes. */
export const bytesFor = (length: number): number => Math.ceil((length * BITS) / 8);

/** The first `length` characters for these bytes, in groups that are joined by dashes: `7K3M-9QXT`. */
export function writeCode(bytes: Buffer, length: number, group: number): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{5}/g) ?? []).map((digit) => ALPHABET[Number.parseInt(digit, 2)]).join('');
  return (digits.slice(0, length).match(new RegExp(`.{1,${group}}`, 'g')) ?? []).join('-');
}

/**
 * A code of that length as it was typed, made comparable: in any case, with or without dashes and spaces, and with the letters
 * that are taken for digits read as those. Undefined when it can be none.
 */
export function readCode(typed: string, length: number): string | undefined {
  if (typed.length > 2 * length + 16) return undefined;
  const code = typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return code.length === length && [...code].every((character) => ALPHABET.includes(character))
    ? code
    : undefined;
}
