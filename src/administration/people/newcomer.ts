import { z } from 'zod';
import type { Unit, UnitStore } from '../../domain/units/store.ts';
import { unitUnknown } from '../../lifecycle/unit-setting.ts';
import type { Executor } from '../../storage/database.ts';
import type { About } from '../about.ts';
import { InvalidInput } from '../admission.ts';
import type { Limit } from '../rights/limit.ts';
import { isWithin } from '../units/unit.ts';

/** Where somebody belongs who is made by an act: a right that is limited to units makes people within them, and nowhere else. */

/** Id of the unit that they will belong to; left out: to none, which takes a right without a limit. */
export const unitField = z.string().optional();

export interface PlacesNewcomers {
  readonly units: Pick<UnitStore, 'find' | 'hold'>;
  readonly database: Executor;
}

/**
 * An act that makes somebody, limited by where they will be. Throws `input_invalid` (400) where a limited right names no unit, and
 * `unit_unknown` (404) for one that is not there, or beyond the limit.
 */
export const newPerson: About<{ readonly unit?: string | undefined }, Unit | undefined, PlacesNewcomers> = {
  subject: 'newPerson',
  async find({ units, database }, { unit: asked }, limit) {
    const unit = asked === undefined ? undefined : await units.find(database, asked);
    if (asked !== undefined && unit === undefined) throw unitUnknown(asked);
    assertReaches(limit, unit);
    return unit;
  },
  async hold(_deps, _tx, _input, unit, limit) {
    assertReaches(limit, unit);
  },
};

function assertReaches(limit: Limit, unit: Unit | undefined): void {
  if (isWithin(limit, unit?.id)) return;
  if (unit !== undefined) throw unitUnknown(unit.id);
  const words = 'is missing; a right that is limited to units makes people within them';
  throw new InvalidInput([`unit: ${words}`], [{ path: ['unit'], words }]);
}

/** In the transaction: the unit is there until its end. Throws `unit_unknown` (404). */
export async function heldPlace(
  { units }: Pick<PlacesNewcomers, 'units'>,
  tx: Executor,
  unit: Unit | undefined,
): Promise<{ readonly unit?: string }> {
  if (unit === undefined) return {};
  if ((await units.hold(tx, unit.id)) === undefined) throw unitUnknown(unit.id);
  return { unit: unit.id };
}
