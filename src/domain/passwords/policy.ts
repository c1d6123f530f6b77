import { containsIdentity, type PasswordSubject } from './identity.ts';

/** What makes a new password unacceptable. The texts for people belong to the pages and commands. */
export type PasswordProblem =
  | 'too_short'
  | 'too_long'
  | 'malformed'
  | 'single_character'
  | 'contains_identity'
  | `${CharacterKind}_missing`
  | 'blocklisted'
  | 'too_weak'
  | 'reused';

/** Kinds of characters that an organisation may ask for. A symbol is what is neither letter nor digit. */
export type CharacterKind = 'lower' | 'upper' | 'digit' | 'symbol';

/** The rules for the passwords of one person. */
export interface PasswordPolicy {
  /** Code points. */
  readonly minLength: number;
  /** Code points. */
  readonly maxLength: number;
  /** The least estimate of strength, 0 (not estimated) to 4. */
  readonly minScore: number;
  /** How many of the last passwords, the present one included, may not come again. */
  readonly history: number;
  /** Days after which a password has to be changed; 0 = never. */
  readonly expiryDays: number;
  /** Hours before which its owner may not change it again. */
  readonly minAgeHours: number;
  readonly requiredCharacters: readonly CharacterKind[];
}

const CHARACTERS: Readonly<Record<CharacterKind, RegExp>> = {
  lower: /\p{Ll}/u,
  upper: /\p{Lu}/u,
  digit: /\p{Nd}/u,
  symbol: /[^\p{L}\p{M}\p{N}]/u,
};

/**
 * The form in which a password is counted, hashed and compared: NFC, so that the same characters typed on different
 * keyboards are the same password (NIST SP 800-63B-4, section 3.1.1.2). Nothing is trimmed or cut.
 */
export const normalisePassword = (password: string): string => password.normalize('NFC');

/**
 * The forms in which a password that was typed is compared, the normalised one first; two where they differ. A hash from elsewhere
 * may be of the decomposed form (NFD), which some keyboards and systems produce, or of what was typed, if that is neither.
 */
export function passwordForms(password: string): readonly [normalised: string, ...others: string[]] {
  const normalised = normalisePassword(password);
  if (normalised !== password) return [normalised, password];
  const decomposed = password.normalize('NFD');
  return decomposed === normalised ? [normalised] : [normalised, decomposed];
}

/** The form in which lists of plain words are kept and compared: NFC in lower case. */
export const foldPassword = (password: string): string => normalisePassword(password.toLowerCase());

/** Whether a password has more code points than `maxLength`; never counts further than it has to. */
export function isTooLong(password: string, maxLength: number): boolean {
  // A code point is at most two UTF-16 units.
  if (password.length > 2 * maxLength) return true;
  return password.length > maxLength && [...password].length > maxLength;
}

/**
 * Every reason to refuse a new password that can be seen from the password itself; none = accepted so far. Lengths count
 * code points (NIST SP 800-63B-4, section 3.1.1.2); words of the person, organisation or product are refused (OWASP ASVS
 * 6.2.11); kinds of characters are asked for only where an organisation must (ASVS 6.2.5 advises against it).
 */
export function checkNewPassword(
  password: string,
  policy: Pick<PasswordPolicy, 'minLength' | 'maxLength' | 'requiredCharacters'>,
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
  if (containsIdentity(normalised, about)) problems.push('contains_identity');
  for (const kind of policy.requiredCharacters) {
    if (!CHARACTERS[kind].test(normalised)) problems.push(`${kind}_missing`);
  }
  return problems;
}
