/** What a unit may be called, and where in the tree it may be. Pure. */

/** How many units may be one above the other, the top one included. */
export const MAX_DEPTH = 8;

const MAX_NAME = 100;

/** A name of one line, of at most 100 characters, with something to see in it. */
export const isUnitName = (text: string): boolean =>
  text.length <= MAX_NAME &&
  /[^\p{Z}\p{Cf}]/u.test(text) &&
  !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) &&
  text.isWellFormed();

/** A name as it is kept: composed (NFC), without spaces around it. */
export const unitName = (text: string): string => text.normalize('NFC').trim();

/** Two names with one form are the same: of the units with one parent, one has it. */
export const unitNameKey = (text: string): string =>
  unitName(text).normalize('NFKC').toLowerCase().normalize('NFKC').replace(/\s+/gu, ' ');

/** Why a unit cannot be where it is asked to be. */
export type Misplaced = 'unit_in_itself' | 'unit_too_deep';

/** A unit that is made or moved, and where to. */
export interface Placement {
  /** Undefined for a new one. */
  readonly unit: string | undefined;
  /** How many levels the unit and what is below it have: 1 where nothing is below it. */
  readonly height: number;
  /** The future parent and everything above it; none: it stands at the top. */
  readonly above: readonly string[];
}

/**
 * Undefined where the unit may be there: the units stay a tree, of at most {@link MAX_DEPTH} levels. The caller holds the lock of
 * the tree, so that nobody moves another part of it meanwhile.
 */
export function misplaced({ unit, height, above }: Placement): Misplaced | undefined {
  if (unit !== undefined && above.includes(unit)) return 'unit_in_itself';
  return above.length + height > MAX_DEPTH ? 'unit_too_deep' : undefined;
}
