import { bytesFor, readCode, writeCode } from '../../kernel/crockford.ts';
import { sha256 } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';

/** Codes of one set. */
export const CODES = 10;

/** With so many left or fewer, their owner is told to make new ones. */
export const FEW_LEFT = 3;

const GROUP = 4;

/**
 * Characters of a code: 16, in four groups as on a bank card, are 80 bits. The first two name its row and are stored as they are;
 * the other 70 bits are hashed like a password, each code with a salt of its own: OWASP ASVS 6.5.2 and NIST SP 800-63B-4, 3.1.2.2,
 * ask for that below 112 bits.
 */
const LENGTH = 16;
const SELECTOR = 2;

/** Codes of earlier versions have 24 characters, 120 bits, and are kept as plain hashes. */
const LONG_LENGTH = 24;

export type ParsedCode =
  | { readonly kind: 'short'; readonly code: string; readonly selector: string }
  | { readonly kind: 'long'; readonly code: string };

/** A code as it is shown: `7K3M-9QXT-B4WN-2HRD`. */
const newCode = (random: Randomness): string => writeCode(random.bytes(bytesFor(LENGTH)), LENGTH, GROUP);

/** How often a set is begun anew whose codes cannot be told apart by their selectors: one in 23 has to be. */
const MOST_DRAWS = 100;

/** The codes of one set, each with a selector of its own. Throws where chance gives the same ones again and again. */
export function newCodes(random: Randomness): readonly string[] {
  for (let draw = 0; draw < MOST_DRAWS; draw += 1) {
    const codes = Array.from({ length: CODES }, () => newCode(random));
    if (new Set(codes.map((code) => code.slice(0, SELECTOR))).size === CODES) return codes;
  }
  throw new Error('no recovery codes that differ: the source of chance is broken');
}

/** A code as it was typed, made comparable; undefined when it can be none. */
export function parseCode(typed: string): ParsedCode | undefined {
  const short = readCode(typed, LENGTH);
  if (short !== undefined) return { kind: 'short', code: short, selector: short.slice(0, SELECTOR) };
  const long = readCode(typed, LONG_LENGTH);
  return long === undefined ? undefined : { kind: 'long', code: long };
}

/**
 * What is stored of a long code, and hashed slowly of a short one. It names the account, so that a hash is worth nothing in
 * another one's row.
 */
export const hashOf = (accountId: string, code: string): Buffer =>
  sha256(`recovery-code:${accountId.toLowerCase()}:${code}`);
