/** What `JSON.parse` does not say of a text: which names stand in it, and which of them twice in one object. */

const TOKEN = /"(?:\\.|[^"\\])*"|[{}[\],:]/g;

interface Level {
  /** The names of an object so far; undefined in an array. */
  readonly names?: Set<string>;
  /** The name or the index of what is being read. */
  at: string | number;
  /** The next text is a name. */
  isName: boolean;
}

/** A name in a JSON text. */
export interface FoundName {
  /** The names and indexes that lead to it, its own last. */
  readonly path: readonly (string | number)[];
  /** It stands in the same object before. */
  readonly again: boolean;
}

/** Every name of every object in the text, in order, escapes resolved. `text` must be valid JSON. */
export function* namesIn(text: string): Generator<FoundName> {
  const levels: Level[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === '{') levels.push({ names: new Set(), at: '', isName: true });
    else if (token === '[') levels.push({ at: 0, isName: false });
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',' && level !== undefined) {
      if (level.names === undefined) level.at = Number(level.at) + 1;
      else level.isName = true;
    } else if (token.startsWith('"') && level?.names !== undefined && level.isName) {
      const name = JSON.parse(token) as string;
      level.at = name;
      level.isName = false;
      yield { path: levels.map(({ at }) => at), again: level.names.has(name) };
      level.names.add(name);
    }
  }
}

/**
 * The paths (`brand.name`, `jwks.keys.0.kid`) of the names that stand in the same object more than once, of which `JSON.parse`
 * keeps the last one without a word (RFC 8259, section 4: what receivers make of them cannot be foreseen). Names are compared
 * as they are read, escapes resolved. `text` must be valid JSON.
 */
export function duplicateNames(text: string): string[] {
  const found = new Set<string>();
  for (const { path, again } of namesIn(text)) if (again) found.add(path.join('.'));
  return [...found];
}
