/**
 * Canonical JSON (RFC 8785) for every line of a bundle, several times as fast as `canonicalize`, whose text it is. Throws where the value
 * has a number that is not finite, or text that is not Unicode.
 */
export function canonicalText(value: unknown): string {
  // By far the most: what was read of a canonical text is sorted already, and ECMAScript writes numbers and strings alike.
  if (isSorted(value)) {
    const text = JSON.stringify(value);
    // A lone surrogate, a number that is not finite, or text that only looks like one of them.
    if (text !== undefined && !text.includes('\\ud') && !text.includes('null')) return text;
  }
  return written(value);
}

function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let before = '';
  for (const name in value) {
    if (name < before || !isSorted((value as Record<string, unknown>)[name])) return false;
    before = name;
  }
  return true;
}

function written(value: unknown): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Error('a text that is not Unicode');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('a number that is not finite');
    return JSON.stringify(value);
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined) members.push(`${written(name)}:${written(member)}`);
  }
  return `{${members.join(',')}}`;
}
