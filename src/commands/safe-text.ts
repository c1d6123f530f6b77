/**
 * Text that strangers have written, as a terminal may be given it. A terminal obeys what it is told: escape sequences move the
 * cursor, change what stands above, set the title or answer as if somebody had typed. Marks of direction and invisible characters make
 * text read as something else.
 */

/** Control, format (directions, zero width), unassigned and private characters; line and paragraph separators. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
};

/** One line in which every such character is written out, e.g. `\x1b`. A backslash stays one. */
export const safeText = (text: string): string => text.replace(UNSAFE, escaped);

/**
 * JSON on one line in which they are escaped as JSON does it, so that programs read the same value: JSON itself leaves DEL, the
 * controls from U+0080 on and marks of direction as they are. With `indent`, on several lines.
 */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    // JSON has escaped every end of a line inside of texts: the others are its own.
    character === '\n'
      ? character
      : Array.from(
          { length: character.length },
          (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
        ).join(''),
  );

/** Wide characters (Unicode Standard Annex #11, as far as terminals agree): East Asian scripts, full width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const widthOfOne = (grapheme: string): number =>
  WIDE.test(grapheme) ? 2 : /^\p{M}+$/u.test(grapheme) ? 0 : 1;

/** How many columns of a terminal a safe text takes. */
export const widthOf = (text: string): number =>
  /^[\x20-\x7e]*$/.test(text)
    ? text.length
    : [...graphemes.segment(text)].reduce((width, { segment }) => width + widthOfOne(segment), 0);

/** The text in so many columns: cut at a character that people see as one, with `…`, or filled up with spaces. */
export function fitted(text: string, columns: number): string {
  const width = widthOf(text);
  if (width <= columns) return text + ' '.repeat(columns - width);
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = widthOfOne(segment);
    if (used + next > columns - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept}…${' '.repeat(Math.max(0, columns - used - 1))}`;
}
