/** What makes a new password unacceptable. The texts for people belong to the pages and commands. */
export type PasswordProblem =
  | 'too_short'
  | 'too_long'
  | 'malformed'
  | 'single_character'
  | 'contains_identity';

export interface PasswordPolicy {
  /** Code points. */
  readonly minLength: number;
  /** Code points. */
  readonly maxLength: number;
}

/** What an attacker would try first about this person here. */
export interface PasswordSubject {
  readonly email?: string;
  readonly name?: string;
  readonly brand?: string;
}

/** Shorter words turn up in too many good passphrases. */
const SHORTEST_WORD = 4;

/**
 * The form in which a password is counted, hashed and compared: NFC, so that the same characters typed on different
 * keyboards are the same password (NIST SP 800-63B-4, section 3.1.1.2). Nothing is trimmed or cut.
 */
export const normalisePassword = (password: string): string => password.normalize('NFC');

/** The form in which lists of plain words are kept and compared: NFC in lower case. */
export const foldPassword = (password: string): string => normalisePassword(password.toLowerCase());

/** Whether a password has more code points than `maxLength`; never counts further than it has to. */
export function isTooLong(password: string, maxLength: number): boolean {
  // A code point is at most two UTF-16 units.
  if (password.length > 2 * maxLength) return true;
  return password.length > maxLength && [...password].length > maxLength;
}

/**
 * Every reason to refuse a new password; none = accepted. Lengths count code points; there is no composition rule
 * (NIST SP 800-63B-4, section 3.1.1.2; OWASP ASVS 6.2.5), and words of the person or product are refused (ASVS 6.2.11).
 */
export function checkNewPassword(
  password: string,
  policy: PasswordPolicy,
  about: PasswordSubject,
): PasswordProblem[] {
  if (isTooLong(password, 4 * policy.maxLength)) return ['too_long'];
  const normalised = normalisePassword(password);
  const characters = [...normalised];
  const problems: PasswordProblem[] = [];
  if (characters.length < policy.minLength) problems.push('too_short');
  if (characters.length > policy.maxLength) problems.push('too_long');
  // A lone half of a surrogate pair has no encoding: two different ones would hash alike.
  if (!password.isWellFormed()) problems.push('malformed');
  if (characters.length > 1 && new Set(characters).size === 1) problems.push('single_character');
  if (containsAny(normalised, identityWords(about))) problems.push('contains_identity');
  return problems;
}

const folded = (text: string) => text.normalize('NFKC').toLowerCase();

function identityWords({ email = '', name = '', brand = '' }: PasswordSubject): string[] {
  const address = folded(email);
  const candidates = [
    address,
    address.split('@')[0] ?? '',
    folded(brand),
    ...folded(name).split(/[^\p{L}\p{M}\p{N}]+/u),
  ];
  return candidates.filter((word) => [...word].length >= SHORTEST_WORD);
}

function containsAny(password: string, words: readonly string[]): boolean {
  const haystack = folded(password);
  return words.some((word) => haystack.includes(word));
}
