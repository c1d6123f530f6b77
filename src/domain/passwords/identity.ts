/**
 * What a guesser would try first: the words of this person, this organisation and this product. No password may contain
 * them (OWASP ASVS 6.2.11), in any case, with any accents, and with the substitutions that everybody knows (`4` for
 * `a`, `$` for `s`).
 */
export interface PasswordSubject {
  readonly email?: string;
  readonly name?: string;
  /** What they sign in with beside the address. */
  readonly username?: string | undefined;
  /** Names of the organisation, the product, its places. */
  readonly words?: readonly string[];
}

/** Shorter words turn up in too many good passphrases. */
const SHORTEST_WORD = 4;
/** Single words of an organisation's name or of a mail domain are commoner ("care", "mail"). */
const SHORTEST_COMMON_WORD = 5;

/** Characters that stand for each other, each by the one that they are compared as. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  l: 'i',
  '!': 'i',
  '|': 'i',
  3: 'e',
  '€': 'e',
  4: 'a',
  '@': 'a',
  5: 's',
  $: 's',
  7: 't',
  '+': 't',
  8: 'b',
  9: 'g',
  6: 'g',
  2: 'z',
};

/** Whether a password contains a word of its subject. */
export function containsIdentity(password: string, subject: PasswordSubject): boolean {
  const { words, phrases } = identityOf(subject);
  const plain = folded(password);
  const written = compared(plain);
  const together = compared(joined(plain));
  return (
    words.some((word) => written.includes(compared(word))) ||
    phrases.some((phrase) => together.includes(compared(phrase)))
  );
}

/** The same words for an estimate of strength, which finds them in parts and backwards as well. */
export function guessableWords(subject: PasswordSubject): string[] {
  const { words, phrases } = identityOf(subject);
  return [...new Set([...words, ...phrases])];
}

/** `phrases` are looked for without what separates their words. */
function identityOf({ email = '', name = '', username = '', words = [] }: PasswordSubject) {
  const address = folded(email);
  const [local = '', domain = ''] = address.split('@');
  const single = [
    ...atLeast(SHORTEST_WORD, [
      ...[address, local, ...parts(local), ...parts(folded(name))],
      ...[folded(username), ...parts(folded(username))],
    ]),
    ...atLeast(SHORTEST_COMMON_WORD, [
      // The last label is everybody's.
      ...domain.split('.').slice(0, -1),
      ...words.flatMap((word) => parts(folded(word))),
    ]),
  ];
  const phrases = [...words, name].map((phrase) => joined(folded(phrase)));
  return { words: single, phrases: atLeast(SHORTEST_WORD, phrases) };
}

/** Without accents, width and case. */
const folded = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/gu, '')
    .toLowerCase();

const SEPARATORS = /[^\p{L}\p{M}\p{N}]+/u;
const parts = (text: string) => text.split(SEPARATORS);

/** Without separators, but with the signs that may stand for letters. */
const joined = (text: string) =>
  [...text].filter((character) => character in LOOKALIKES || !SEPARATORS.test(character)).join('');

const compared = (text: string) => [...text].map((character) => LOOKALIKES[character] ?? character).join('');

const atLeast = (length: number, words: readonly string[]) =>
  words.filter((word) => [...word].length >= length);
