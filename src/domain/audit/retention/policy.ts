/** Which months of the trail may leave the database. Pure. */

/** A partition of the trail. */
export interface AuditMonth {
  /** Name of its table. */
  readonly name: string;
  /** Undefined: from the beginning. */
  readonly from: Date | undefined;
  readonly to: Date;
}

/** What is known of the events of a partition. */
export interface MonthContent {
  readonly events: number;
  /** Events that are no leaf of the tree yet. */
  readonly unsealed: number;
  /** Index of the last of their leaves; undefined where there are none. */
  readonly last: number | undefined;
  /** Size of the tree that the newest anchored checkpoint signs; 0 where nothing is anchored. */
  readonly anchored: number;
  /** Number of a hold in force that covers one of the events. */
  readonly hold: number | undefined;
}

/** Why a partition stays. */
export type Obstacle = 'held' | 'unsealed' | 'not_anchored';

/** The first obstacle to archiving a partition whose time is over. */
export function obstacleOf({ hold, unsealed, last, anchored }: MonthContent): Obstacle | undefined {
  if (hold !== undefined) return 'held';
  if (unsealed > 0) return 'unsealed';
  // A tree of this size has the leaves 0 to size - 1.
  if (last !== undefined && last >= anchored) return 'not_anchored';
  return undefined;
}

/**
 * The leaves that go into the archive of a partition: all behind the archive before it, so that archives follow each other without a
 * gap, however events of two months stand among each other in the causal order. Undefined where they were in an earlier one already.
 */
export const rangeOf = (
  until: number,
  last: number | undefined,
): { first: number; last: number } | undefined =>
  last === undefined || last < until ? undefined : { first: until, last };

/** Up to when partitions must have ended to be archived: a calendar month, so many years before this one (UTC). */
export const endOfRetention = (now: Date, years: number): Date =>
  new Date(Date.UTC(now.getUTCFullYear() - years, now.getUTCMonth(), 1));

/** `YYYY-MM` as the beginning of the month (UTC); undefined where it is none. */
export function monthOf(text: string): Date | undefined {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  return year === undefined ? undefined : new Date(Date.UTC(Number(year), Number(month) - 1, 1));
}

export const monthText = (at: Date): string => at.toISOString().slice(0, 7);
