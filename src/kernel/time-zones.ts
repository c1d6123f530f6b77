/** Time zones by their IANA names (RFC 6557), as this process's `Intl` knows them. */

/** A name and no offset such as `+01:00`, which `Intl` takes as well but which knows no summer time. */
const NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;

/**
 * The name of a zone in its usual spelling, for any spelling and for older names that `Intl` still knows; undefined for what is
 * no zone.
 */
export function timeZone(text: string): string | undefined {
  if (!NAME.test(text)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** Every zone that people can choose, by name. */
export const TIME_ZONES: readonly string[] = [
  ...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]),
].sort();
