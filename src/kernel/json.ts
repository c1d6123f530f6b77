/** What `JSON.parse` does not say of a text: which names stand in one object twice. */

const TOKEN = /"(?:\\.|[^"\\])*"|[{}[\],:]/g;

interface Level {
  /** The names of an object so far; undefined in an array. */
  readonly names?: Set<string>;
  /** The name or the index of what is being read. */
  at: string | number;
  /** The next text is a name. */
  isName: boolean;
}

/**
 * The paths (`brand.name`, `jwks.keys.0.kid`) of the names that stand in the same object more than once, of which `JSON.parse`
 * keeps the last one without a word (RFC 8259, section 4: what receivers make of them cannot be foreseen). Names are compared
 * as they are read, escapes resolved. `text` must be valid JSON.
 */
export function duplicateNames(text: string): string[] {
  const found = new Set<string>();
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
      if (level.names.has(name)) found.add(levels.map(({ at }) => at).join('.'));
      level.names.add(name);
    }
  }
  return [...found];
}
