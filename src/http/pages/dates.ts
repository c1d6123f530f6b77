import { timeZone } from '../../kernel/time-zones.ts';

/** How moments are written: in the reader's zone and in the format of the reader's country, as far as either is known. */

export interface Dates {
  /**
   * Day and time, with the zone. Where the reader's own is not known, or is none, it is the default one, and its name is written
   * out: nobody may take another zone's time for their own. In the format of `place`, where that is another zone's.
   */
  moment(at: Date, zone: string | undefined, place?: string): string;
  /** The day alone, in the same zone. */
  day(at: Date, zone: string | undefined): string;
  /** The reader's zone in its usual spelling; undefined where it is not known, or is none. */
  zoneOf(zone: string | undefined): string | undefined;
  /** The tag of the format, for a browser that writes the same moment anew. */
  localeFor(zone: string | undefined): string;
}

const DAY = { day: 'numeric', month: 'long', year: 'numeric' } as const;
const MOMENT = { ...DAY, hour: 'numeric', minute: '2-digit' } as const;

/** `defaultZone` is that of the organisation. */
export function datesIn(locale: string, defaultZone: string): Dates {
  const zoneOf = (zone: string | undefined) => (zone === undefined ? undefined : timeZone(zone));
  const localeFor = (zone: string | undefined) => countryFormat(locale, zoneOf(zone) ?? defaultZone);
  const write = (at: Date, zone: string | undefined, options: Intl.DateTimeFormatOptions, place = zone) =>
    new Intl.DateTimeFormat(localeFor(place), { ...options, timeZone: zoneOf(zone) ?? defaultZone }).format(
      at,
    );
  return {
    zoneOf,
    localeFor,
    day: (at, zone) => write(at, zone, DAY),
    moment: (at, zone, place) => {
      const isKnown = zoneOf(zone) !== undefined || defaultZone === 'UTC';
      return write(at, zone, { ...MOMENT, timeZoneName: isKnown ? 'short' : 'long' }, place);
    },
  };
}

/** Zones of the United States: `Intl` lists them by country, which TypeScript's library does not know yet. */
const UNITED_STATES: ReadonlySet<string> = new Set(
  (new Intl.Locale('en-US') as Intl.Locale & { getTimeZones?(): string[] }).getTimeZones?.() ?? [],
);

/**
 * A language without a country (`en`) means the United States to `Intl`, whose order of day and month no other country has. The
 * zone tells more: of the tag's language, the variety of that part of the world (CLDR: 001 the world, 150 Europe, 419 Latin America).
 */
function countryFormat(locale: string, zone: string): string {
  if (locale !== 'en' && locale !== 'es') return locale;
  if (UNITED_STATES.has(zone)) return `${locale}-US`;
  if (locale === 'es') return zone.startsWith('America/') ? 'es-419' : 'es';
  return zone.startsWith('Europe/') ? 'en-150' : 'en-001';
}
