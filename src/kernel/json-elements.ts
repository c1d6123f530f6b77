/** One value of an array in a JSON text, as it is written there. */
export interface JsonElement {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** The text has a value that is longer than may be held in memory. */
export class JsonElementTooLong extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`the value that begins on line ${line} is too long`);
    this.line = line;
  }
}

/**
 * The values of an array in a JSON text of any size, one after the other: of the array that the text is, or of the one that is
 * the member `name` of the object that the text is. Holds no more than one of them, of at most `maxLength` characters. Finds
 * where a value begins and ends, and leaves to the caller whether it is JSON.
 */
export async function* jsonElements(
  chunks: AsyncIterable<string>,
  name: string,
  maxLength: number,
): AsyncGenerator<JsonElement> {
  let [depth, line, begins] = [0, 1, 1];
  let inText = false;
  let escaped = false;
  /** The last text on the first level, and whether it is complete: the name of the member that comes. */
  let member = '';
  /** The level of the values that are wanted; 0 outside of their array. */
  let wanted = 0;
  let held = '';
  for await (const chunk of chunks) {
    // Where what belongs to a value begins in this chunk.
    let from = wanted > 0 && held !== '' ? 0 : -1;
    for (let at = 0; at < chunk.length; at += 1) {
      const character = chunk.charAt(at);
      if (character === '\n') line += 1;
      if (inText) {
        if (escaped) escaped = false;
        else if (character === '\\') escaped = true;
        else if (character === '"') inText = false;
        if (depth === 1 && wanted === 0 && inText) member += character;
        continue;
      }
      const isAt = wanted > 0 && depth === wanted;
      if (isAt && (character === ',' || character === ']')) {
        const text = held + (from === -1 ? '' : chunk.slice(from, at));
        if (text.trim() !== '') yield { line: begins, text };
        held = '';
        from = -1;
      } else if (isAt && from === -1 && held === '' && !/\s/.test(character)) {
        from = at;
        begins = line;
      }
      if (character === '"') {
        inText = true;
        if (depth === 1 && wanted === 0) member = '';
      } else if (character === '[' || character === '{') {
        depth += 1;
        const isArray = character === '[';
        if (isArray && wanted === 0 && (depth === 1 || (depth === 2 && member === name))) wanted = depth;
      } else if (character === ']' || character === '}') {
        if (depth === wanted) wanted = 0;
        depth -= 1;
      }
    }
    if (from !== -1) held += chunk.slice(from);
    if (held.length > maxLength) throw new JsonElementTooLong(begins);
  }
}
