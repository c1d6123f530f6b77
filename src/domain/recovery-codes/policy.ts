import { readCode, writeCode } from '../../kernel/crockford.ts';
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

const LENGTH = (CODE_BYTES * 8) / 5;
const GROUP = 4;

/** A code as it is shown: `7K3M-9QXT-…`, six groups of four. */
export const newCode = (random: Randomness): string => writeCode(random.bytes(CODE_BYTES), LENGTH, GROUP);

/** A code as it was typed, made comparable; undefined when it can be none. */
export const parseCode = (typed: string): string | undefined => readCode(typed, LENGTH);

/** What is stored of a code. It names the account, so that a hash is worth nothing in another one's row. */
export const hashOf = (accountId: string, parsed: string): Buffer =>
  sha256(`recovery-code:${accountId.toLowerCase()}:${parsed}`);
