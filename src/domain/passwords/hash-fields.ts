import { GatehouseError } from '../../kernel/errors.ts';

/** Reading and writing the fields of which the text of a hash consists. Nothing of the text is ever told in an error. */

export const SALT_BYTES = { min: 4, max: 64 };
export const DIGEST_BYTES = { min: 16, max: 64 };

/** Exactly the named parameters, each a positive integer without leading zeros, in any order. */
export function numbers<Name extends string>(
  text: string | undefined,
  names: readonly Name[],
): Record<Name, number> {
  const given = pairs(text);
  if (given.size !== names.length) throw invalid(`its parameters are not ${names.join(', ')}`);
  const entries = names.map((name) => [name, positive(given.get(name), name)] as const);
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** `a=1,b=2` by name. Throws where a name is there twice. */
export function pairs(text: string | undefined): Map<string, string> {
  const found = (text ?? '').split(',').map((pair) => pair.split('=') as [string, string | undefined]);
  const given = new Map(found.map(([name, value]) => [name, value ?? '']));
  if (given.size !== found.length) throw invalid('a parameter is there twice');
  return given;
}

/** A positive whole number without leading zeros, of ten digits at most. */
export function positive(text: string | undefined, name: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text ?? ''))
    throw invalid(`its parameter ${name} is not a positive whole number`);
  return Number(text);
}

/** Base64, padded or not, `.` accepted for `+` as passlib writes it. */
export function bytes(text: string | undefined, size: { min: number; max: number }): Buffer {
  const standard = (text ?? '').replaceAll('.', '+').replace(/={1,2}$/, '');
  const decoded = Buffer.from(standard, 'base64');
  // Node skips what is not base64; writing it back shows whether anything was.
  if (unpadded(decoded) !== standard) throw invalid('its salt or digest is not base64');
  return sized(decoded, size);
}

/** Throws unless a salt or a digest has so many bytes. */
export function sized(value: Buffer, size: { min: number; max: number }): Buffer {
  if (value.length < size.min || value.length > size.max)
    throw invalid('its salt or digest has an unusual length');
  return value;
}

export const unpadded = (value: Buffer) => value.toString('base64').replace(/=+$/, '');

export const invalid = (why: string) =>
  new GatehouseError('password_hash_invalid', {
    status: 400,
    message: `The password hash cannot be used: ${why}.`,
  });

const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const translate = (text: string, from: string, to: string) =>
  [...text].map((character) => to[from.indexOf(character)] ?? '').join('');

/** bcrypt's base64 differs by its alphabet alone. Bits of the last character that no byte takes are dropped. */
export const fromBcryptBase64 = (text: string): Buffer =>
  Buffer.from(translate(text, BCRYPT_ALPHABET, BASE64_ALPHABET), 'base64');

export const toBcryptBase64 = (value: Buffer): string =>
  translate(unpadded(value), BASE64_ALPHABET, BCRYPT_ALPHABET);
