/** Which known name somebody probably meant. For messages only: nothing is ever taken for what it resembles. */

/** The least number of insertions, deletions, substitutions and swaps of neighbours that make `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The words of a name in snake_case, kebab-case, camelCase or with dots, lower case. */
export const wordsOf = (name: string): string[] =>
  name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '');

/** One of the words begins with the other one, so that `require` and `required`, `uri` and `uris` are the same. */
const sameWord = (a: string, b: string) =>
  a === b || (Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a)));

const shared = (some: readonly string[], others: readonly string[]) =>
  some.filter((word) => others.some((other) => sameWord(word, other))).length;

/** The longest name that is looked at: what is longer was not misspelt, and comparing it would cost too much. */
const MAX_LENGTH = 128;

/** How many edits a name may be away: a third of its letters, three at most. */
const tolerance = (length: number) => Math.min(3, Math.floor(length / 3));

/**
 * The known name that `name` was probably meant to be; undefined where none resembles it. Spelling in another case or with
 * other separators (`redirectUris`) comes first, then typing errors (`second_facter`), then names that share their words
 * (`pkce` and `require_pkce`).
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const words = wordsOf(name);
  const letters = words.join('');
  let best: { known: string; cost: number } | undefined;
  for (const candidate of known) {
    const cost = costOf(letters, words, candidate);
    if (cost !== undefined && (best === undefined || cost < best.cost)) best = { known: candidate, cost };
  }
  return best?.known;
}

/** Below 10 for a typing error, from 10 on for shared words; undefined for names that do not resemble each other. */
function costOf(letters: string, words: readonly string[], candidate: string): number | undefined {
  const theirs = wordsOf(candidate);
  const theirLetters = theirs.join('');
  const limit = tolerance(Math.max(letters.length, theirLetters.length));
  if (Math.abs(letters.length - theirLetters.length) <= limit) {
    const distance = editDistance(letters, theirLetters);
    if (distance <= limit) return distance;
  }
  if (words.length === 0 || theirs.length === 0) return undefined;
  const common = shared(words, theirs);
  const share = common / (words.length + theirs.length - common);
  const contained = common > 0 && common === Math.min(words.length, theirs.length);
  return contained || share >= 0.5 ? 10 + (1 - share) : undefined;
}

/** ` (did you mean NAME?)`, or nothing where no known name resembles it. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}
