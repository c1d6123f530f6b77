/** What we make up as an id: long, of letters, digits, `-` and `_`. No option has a capital letter, a digit or `_` in it. */
const LOOKS_LIKE_ID = /^-(?=[\w-]*[A-Z0-9_])[\w-]{20,}$/;

/**
 * The words of a command line with ids that begin with a hyphen behind `--`, where they are arguments and not options: one
 * session id in 64 begins so, and whoever copies it from a list knows nothing of that.
 */
export function idsAsArguments(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const [before, after] = end < 0 ? [words, []] : [words.slice(0, end), words.slice(end + 1)];
  const ids = before.filter((word) => LOOKS_LIKE_ID.test(word));
  if (ids.length === 0) return [...words];
  return [...before.filter((word) => !LOOKS_LIKE_ID.test(word)), '--', ...ids, ...after];
}
