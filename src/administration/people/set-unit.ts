import { z } from 'zod';
import { GatehouseError } from '../../kernel/errors.ts';
import { type UnitSetting, unitUnknown } from '../../lifecycle/unit-setting.ts';
import { defineAct } from '../act.ts';
import { ownRights } from '../rights/granting.ts';
import { EVERYTHING } from '../rights/limit.ts';
import { isWithin, told, unitSchema } from '../units/unit.ts';
import { accountUnknown, namedPerson, onPerson } from './person.ts';
import { oneRankedPerson } from './ranked-person.ts';

/**
 * A person belongs to this unit from now on, or to none. A limited right has to reach the unit that they leave and the one that they
 * come to; nobody's unit is for unlimited ones. Throws `account_unknown`, `unit_unknown` (404), `own_rights`, `not_permitted` (403).
 */
export const setUnit = defineAct({
  name: 'people.set_unit',
  scope: 'people:write',
  summary: 'Moves a person to another unit.',
  http: { method: 'POST', path: '/people/{person}/unit' },
  irreversible: false,
  // It decides who may do what to an administrator.
  dangerous: (_input, { isAdministrative }) => isAdministrative,
  about: oneRankedPerson,
  /** Null: they belong to none. */
  input: onPerson.extend({ unit: z.string().nullable() }),
  result: z.object({ person: namedPerson, unit: unitSchema.nullable(), changed: z.boolean() }),
  async run(
    { unitSetting }: { readonly unitSetting: UnitSetting },
    { tx, by, actor, input, target: person, limit },
  ) {
    if (actor.kind === 'person' && actor.accountId === person.id) throw ownRights();
    if (input.unit === null && limit !== EVERYTHING)
      throw new GatehouseError('not_permitted', {
        status: 403,
        message: 'Only an unlimited right takes people out of every unit.',
      });
    const set = await unitSetting.set(tx, person.id, input.unit ?? undefined, by);
    if (set === undefined) throw accountUnknown(input.person);
    if (set.unit !== undefined && !isWithin(limit, set.unit.id)) throw unitUnknown(input.unit ?? '');
    return { person, unit: set.unit === undefined ? null : told(set.unit, limit), changed: set.changed };
  },
});
