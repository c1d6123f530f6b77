import { z } from 'zod';
import { isUnitName } from '../../domain/units/policy.ts';
import type { Unit, UnitStore } from '../../domain/units/store.ts';
import { unitUnknown } from '../../lifecycle/unit-setting.ts';
import type { Executor } from '../../storage/database.ts';
import type { About } from '../about.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';

/** A unit as acts take and tell it, and who may know of it. */

/** The unit that an act is about, by its id. */
export const onUnit = z.strictObject({ unit: z.string() });

export const unitNameField = z
  .string()
  .refine(isUnitName, 'a name of one line and at most 100 characters, with something to see in it')
  .meta({ minLength: 1, maxLength: 100 });

export const unitSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The unit above it; null for one at the top, and for one above which the asker may look no further. */
  parent: z.string().nullable(),
  createdAt: z.date(),
});

/** Whether a unit is within a limit. */
export const isWithin = (limit: Limit, unit: string | undefined): boolean =>
  limit === EVERYTHING || (unit !== undefined && limit.units.includes(unit));

export const told = ({ id, name, parent, createdAt }: Unit, limit: Limit): z.input<typeof unitSchema> => ({
  id,
  name,
  parent: parent !== undefined && isWithin(limit, parent) ? parent : null,
  createdAt,
});

export interface FindsUnits {
  readonly units: Pick<UnitStore, 'find' | 'lock'>;
  readonly database: Executor;
}

/**
 * An act about the unit that its input names. One beyond the limit is as unknown as one that is not there. Throws `unit_unknown`
 * (404).
 */
export const oneUnit: About<{ readonly unit: string }, Unit, FindsUnits> = {
  subject: 'unit',
  find: ({ units, database }, { unit }, limit) => known(units.find(database, unit), unit, limit),
  async hold({ units }, tx, { unit }, { id }, limit) {
    await known(units.lock(tx, id), unit, limit);
  },
  keptOf: (unit) => ({ version: placeOf(unit) }),
  async heldVersion({ units }, tx, { id }) {
    const held = await units.lock(tx, id);
    return held && placeOf(held);
  },
};

/** Where it is: another place is another unit for who approves its move. */
const placeOf = ({ parent = 'top' }: Unit): string => parent;

async function known(found: Promise<Unit | undefined>, asked: string, limit: Limit): Promise<Unit> {
  const unit = await found;
  if (unit === undefined || !isWithin(limit, unit.id)) throw unitUnknown(asked);
  return unit;
}
