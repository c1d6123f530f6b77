import { z } from 'zod';
import { listUnits } from '../../domain/units/listing-store.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Executor } from '../../storage/database.ts';
import { defineRead } from '../act.ts';
import { defineList } from '../list.ts';
import { withinUnits } from '../rights/limit.ts';
import { oneUnit, onUnit, told, unitSchema } from './unit.ts';

const TOP = 'top';

/** Units by name, of all levels or of one. Of a limited right only those that it reaches. */
export const list = defineList({
  name: 'units.list',
  scope: 'people:read',
  summary: 'Lists units by name.',
  http: { method: 'GET', path: '/units' },
  filters: {
    /** Those right below this unit, by its id; `top`: those above which the asker may look no further. */
    parent: z
      .string()
      .refine((text) => text === TOP || isUuid(text), `the id of a unit, or ${TOP}`)
      .optional(),
  },
  sorts: ['name'],
  item: unitSchema,
  place: z.strictObject({ key: z.string(), id: z.uuid() }),
  async run(
    { database }: { readonly database: Executor },
    { filters: { parent }, after, descending, most, limit },
  ) {
    const { units, last } = await listUnits(database, {
      parent: parent === TOP ? null : parent,
      after,
      descending,
      most,
      visible: (unit, parameter) => withinUnits(limit, unit, parameter),
    });
    return { items: units.map((unit) => told(unit, limit)), next: last };
  },
});

/** One unit. Throws `unit_unknown` (404). */
export const show = defineRead({
  name: 'units.show',
  scope: 'people:read',
  summary: 'Shows one unit.',
  http: { method: 'GET', path: '/units/{unit}' },
  about: oneUnit,
  input: onUnit,
  result: unitSchema,
  run: async (_deps, _input, { target, limit }) => told(target, limit),
});
