/** PostgreSQL's text and jsonb hold every Unicode text but NUL and lone halves of surrogate pairs. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** The text with U+FFFD for everything that cannot be stored. */
export const toStorable = (text: string): string =>
  isStorable(text) ? text : text.replaceAll('\0', '\uFFFD').toWellFormed();

/** Whether every text in a JSON value, the names included, can be stored. */
export function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, inner]) => isStorable(name) && isStorableJson(inner));
}

/** The JSON value with every text, the names included, made fit to be stored. */
export function toStorableJson(value: unknown): unknown {
  if (isStorableJson(value)) return value;
  if (typeof value === 'string') return toStorable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toStorableJson);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [toStorable(name), toStorableJson(inner)]),
  );
}
