import { sha256 } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';

/** Codes of one set. */
export const CODES = 10;

/** With so many left or fewer, their owner is told to make new ones. */
export const FEW_LEFT = 3;

/**
 * Bytes of a code: 120 bits. OWASP ASVS 6.5.2 and NIST SP 800-63B-4, 3.1.2.2, let look-up secrets be kept as plain
 * hashes from 112 bits on; shorter ones would cost a slow hash each, ten for every code that is tried.
 */
const CODE_BYTES = 15;

/** Crockford's: no I, L, O or U, which people take for other characters or words. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = (CODE_BYTES * 8) / 5;
const GROUP = 4;

/** A code as it is shown: `7K3M-9QXT-…`, six groups of four. */
export function newCode(random: Randomness): string {
  const bits = [...random.bytes(CODE_BYTES)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{5}/g) ?? []).map((digit) => ALPHABET[Number.parseInt(digit, 2)]).join('');
  return (digits.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
}

/**
 * A code as it was typed, made comparable: in any case, with or without dashes and spaces, and with the letters that are
 * taken for digits read as those. Undefined when it can be none.
 */
export function parseCode(typed: string): string | undefined {
  if (typed.length > 2 * LENGTH + 16) return undefined;
  const code = typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return code.length === LENGTH && [...code].every((character) => ALPHABET.includes(character))
    ? code
    : undefined;
}

/** What is stored of a code. It names the account, so that a hash is worth nothing in another one's row. */
export const hashOf = (accountId: string, parsed: string): Buffer =>
  sha256(`recovery-code:${accountId.toLowerCase()}:${parsed}`);
