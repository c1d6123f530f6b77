import { TIME_ZONES, timeZone } from '../../kernel/time-zones.ts';

/** Zones of one part of the world, as a list for choosing has them. */
export interface ZoneGroup {
  /** What the locale files describe under `account-profile.zoneGroup`, or what stands in front of the zones' names. */
  readonly name: string;
  readonly zones: readonly { readonly value: string; readonly label: string }[];
}

const OTHER = 'Other';

/** Every zone, by the part of the world that its name begins with, and `chosen` among them whatever it is. */
export function zoneGroups(chosen: string | undefined): readonly ZoneGroup[] {
  const own = chosen === undefined ? undefined : timeZone(chosen);
  const names = own === undefined || TIME_ZONES.includes(own) ? TIME_ZONES : [...TIME_ZONES, own];
  const groups = Object.groupBy(names, (name) =>
    name.includes('/') ? name.slice(0, name.indexOf('/')) : OTHER,
  );
  return Object.entries(groups).map(([name, zones = []]) => ({
    name,
    zones: zones.map((value) => ({ value, label: labelOf(value, name) })),
  }));
}

/** `America/Argentina/Buenos_Aires` reads `Argentina, Buenos Aires` among those of America. */
const labelOf = (zone: string, group: string): string =>
  zone
    .slice(zone.startsWith(`${group}/`) ? group.length + 1 : 0)
    .replaceAll('_', ' ')
    .replaceAll('/', ', ');
