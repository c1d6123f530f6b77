import { normaliseIdentifier } from '../policy.ts';

/**
 * The words by which people are found, and the key by which they are sorted by name. Folded here and not in the database, so that
 * neither an extension nor a collation decides who is found. Pure.
 */

/** Letters of Latin alphabets that no decomposition takes apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ı: 'i',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/**
 * Lower case, compatibility forms and accents taken away: `Núñez` is `nunez`, `STRAẞE` is `strasse`. Only the accents of European
 * scripts (U+0300 to U+036F); the marks of others are parts of their letters.
 */
export const foldText = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/gu, '')
    .toLowerCase()
    // Of the capital i with a dot, the small letter is two.
    .replace(/\u0307/gu, '')
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .replace(/ς/gu, 'σ')
    .normalize('NFKC');

/** Longer ones are cut: nobody types as much, and an index entry has an end. */
const LONGEST_WORD = 100;
/** Of one person. */
const MOST_WORDS = 40;
/** Of one search; each further one is judged row by row. */
const MOST_SEARCHED = 8;

const cut = (word: string): string => [...word].slice(0, LONGEST_WORD).join('');

/** What stands between spaces, folded. */
const separated = (text: string): string[] =>
  foldText(text)
    .split(/[\s\p{Z}\p{Cf}]+/u)
    .filter((word) => word !== '');

/** A name by which people are sorted: folded, its words separated by one space. */
export const nameKey = (name: string): string => separated(name).join(' ');

export interface Described {
  readonly name: string;
  readonly email: string;
  readonly username?: string | undefined;
}

/**
 * The words of a person: those of their name (of `Jean-Luc` also `luc`), their whole address and their whole user name. Whoever
 * searches finds them by the beginning of any.
 */
export function wordsOf({ name, email, username }: Described): string[] {
  const words = separated(name);
  const parts = words.flatMap((word) => word.split(/[^\p{L}\p{M}\p{N}]+/u)).filter((part) => part !== '');
  const identifiers = [email, ...(username === undefined ? [] : [username])].map((each) =>
    foldText(normaliseIdentifier(each)),
  );
  return [...new Set([...identifiers, ...words, ...parts].map(cut))].slice(0, MOST_WORDS);
}

/** A range of words in the order of code points: `from` is included, `to` is not. */
export interface WordRange {
  readonly from: string;
  /** Undefined where the range has no end. */
  readonly to: string | undefined;
}

/** What a search means: a person is found who has a word in each of these ranges. */
export const searchedWords = (text: string): WordRange[] =>
  [...new Set(separated(text).map(cut))].slice(0, MOST_SEARCHED).map((from) => ({ from, to: endOf(from) }));

const LAST = 0x10ffff;
const SURROGATES = { first: 0xd800, behind: 0xe000 };

/** The first text behind all those that begin so. */
function endOf(prefix: string): string | undefined {
  const points = [...prefix].map((character) => Number(character.codePointAt(0)));
  while (points.at(-1) === LAST) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  const next = last + 1 === SURROGATES.first ? SURROGATES.behind : last + 1;
  return String.fromCodePoint(...points, next);
}
