import { duplicateNames } from '../kernel/json.ts';
import { parseJsonText } from '../kernel/json-text.ts';

/**
 * JSON with `//` and block comments and trailing commas, for a file that people edit. Throws `JsonMistake`, with
 * the line and the column of the file.
 */
export function parseJsonWithComments(source: string): unknown {
  return parseJsonText(withoutTrailingCommas(withoutComments(source.replace(/^\uFEFF/, ' '))));
}

/** The names that stand twice in one object of such a text, which must be valid. */
export const duplicatesWithComments = (source: string): string[] =>
  duplicateNames(withoutTrailingCommas(withoutComments(source)));

/** A string literal, or a comment: whichever begins first wins, so neither is found inside the other. */
const STRING_OR_COMMENT = /"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

const withoutComments = (source: string) =>
  source.replace(STRING_OR_COMMENT, (found) =>
    found.startsWith('"') ? found : found.replace(/[^\n]/g, ' '),
  );

const STRING_OR_TRAILING_COMMA = /"(?:\\.|[^"\\\n])*"|(?<=[^\s[{,]\s*),(?=\s*[}\]])/g;

const withoutTrailingCommas = (source: string) =>
  source.replace(STRING_OR_TRAILING_COMMA, (found) => (found === ',' ? ' ' : found));
