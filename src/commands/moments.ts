import { timeZone } from '../kernel/time-zones.ts';
import { UsageError } from './usage.ts';

/** Times that operators type and read, in a zone of their choice. */

/** The zone that is named, in its usual spelling; without a name that of this process (`TZ`). Throws `time_zone_unknown`. */
export function zoneOf(name: string | undefined): string {
  if (name === undefined) return new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
  const zone = timeZone(name);
  if (zone === undefined) {
    throw new UsageError(
      'time_zone_unknown',
      '--time-zone: expected the IANA name of one, such as Europe/Lisbon',
    );
  }
  return zone;
}

type Parts = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>;

const formats = (zone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    ...({ year: 'numeric', month: '2-digit', day: '2-digit' } as const),
    ...({ hour: '2-digit', minute: '2-digit', second: '2-digit' } as const),
  });

function partsIn(format: Intl.DateTimeFormat, at: Date): Parts {
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return parts as Parts;
}

/** How far the zone is ahead of UTC at that moment, in minutes. */
function offsetMinutes(format: Intl.DateTimeFormat, at: Date): number {
  const { year, month, day, hour, minute, second } = partsIn(format, at);
  const local = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
  return Math.round((local - Math.floor(at.getTime() / 1000) * 1000) / 60_000);
}

const two = (value: number) => String(value).padStart(2, '0');

/** Writes times as `2026-11-30 03:15:09.123 +01:00`. What it is given has microseconds, in UTC. */
export function momentWriter(zone: string): (at: string) => string {
  const format = formats(zone);
  return (text) => {
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) return text;
    const offset = offsetMinutes(format, at);
    const { year, month, day, hour, minute, second } = partsIn(format, at);
    const size = Math.abs(offset);
    const fraction = /\.(\d{3})/.exec(text)?.[1] ?? '000';
    const sign = offset < 0 ? '-' : '+';
    return `${year.padStart(4, '0')}-${month}-${day} ${hour}:${minute}:${second}.${fraction} ${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  };
}

const LOCAL =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?(Z|[+-]\d{2}:\d{2})?$/i;
const AGO = /^(\+?)(\d{1,6})(m|h|d|w)$/;
const MINUTES = { m: 1, h: 60, d: 1_440, w: 10_080 } as const;

/**
 * A time as it is typed: a day or a time of day of the zone, a time with an offset, how long ago (`90m`, `24h`, `7d`, `2w`), or
 * with a `+` from now on (`+7d`). Throws `time_invalid`, with the option.
 */
export function momentOf(text: string, option: string, zone: string, now: Date): Date {
  const [, later, amount, unit] = AGO.exec(text) ?? [];
  if (amount !== undefined) {
    const away = Number(amount) * MINUTES[unit as keyof typeof MINUTES] * 60_000;
    return new Date(now.getTime() + (later === '+' ? away : -away));
  }
  const found = LOCAL.exec(text);
  const at = found === null ? undefined : momentIn(found, zone);
  if (at !== undefined) return at;
  throw new UsageError(
    'time_invalid',
    `${option}: expected a time such as 2026-11-30, 2026-11-30T14:00, 2026-11-30T14:00:00Z or 24h (ago)`,
  );
}

function momentIn(found: RegExpExecArray, zone: string): Date | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = found;
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`;
  const asUtc = new Date(`${written}Z`);
  // A day that there is not, such as February 30, comes out as another one.
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString() !== `${written}Z`) return undefined;
  if (offset !== undefined) {
    const at = new Date(`${written}${offset.toUpperCase()}`);
    return Number.isNaN(at.getTime()) ? undefined : at;
  }
  const format = formats(zone);
  // The offset depends on the moment that is looked for: once more with the one that was found, for the hours around a change.
  const guess = new Date(asUtc.getTime() - offsetMinutes(format, asUtc) * 60_000);
  return new Date(asUtc.getTime() - offsetMinutes(format, guess) * 60_000);
}
