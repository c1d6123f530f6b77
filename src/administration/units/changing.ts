import { z } from 'zod';
import { MAX_DEPTH, type Misplaced, misplaced } from '../../domain/units/policy.ts';
import type { Unit, UnitStore } from '../../domain/units/store.ts';
import { conflict, GatehouseError } from '../../kernel/errors.ts';
import { unitUnknown } from '../../lifecycle/unit-setting.ts';
import type { Executor } from '../../storage/database.ts';
import type { About } from '../about.ts';
import { type ActEvent, defineAct } from '../act.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';
import { type FindsUnits, isWithin, oneUnit, onUnit, told, unitNameField, unitSchema } from './unit.ts';

interface ChangesUnits {
  readonly units: UnitStore;
}

/** What the trail says of a unit. */
const facts = ({ name, parent }: Unit) => ({ name, ...(parent === undefined ? {} : { parent }) });

const changed = (before: Unit, after: Unit): ActEvent => ({
  type: 'unit.changed',
  details: { unit: before.id, before: facts(before), after: facts(after) },
});

/** Only whoever may do it everywhere puts something at the top, where no limited right reaches. */
function assertReachesTop(limit: Limit): void {
  if (limit === EVERYTHING) return;
  throw new GatehouseError('not_permitted', { status: 403, message: 'This is not permitted at the top.' });
}

const WORDS: Record<Misplaced, string> = {
  unit_in_itself: 'A unit cannot be below itself.',
  unit_too_deep: `At most ${MAX_DEPTH} units can be one above the other.`,
};

/**
 * The parent, within the limit, below which a unit of this height may stand. Throws `unit_unknown` (404), `not_permitted` (403),
 * `unit_in_itself` and `unit_too_deep` (409).
 */
async function placeOf(
  { units }: ChangesUnits,
  tx: Executor,
  parent: string | undefined,
  limit: Limit,
  { unit, height }: { readonly unit: string | undefined; readonly height: number },
): Promise<Unit | undefined> {
  if (parent === undefined) {
    assertReachesTop(limit);
    return undefined;
  }
  const found = await units.hold(tx, parent);
  if (found === undefined || !isWithin(limit, found.id)) throw unitUnknown(parent);
  const wrong = misplaced({ unit, height, above: await units.above(tx, found.id) });
  if (wrong !== undefined) throw conflict(wrong, WORDS[wrong]);
  return found;
}

/** What is about the unit below which something is made. */
const parentUnit: About<{ readonly parent?: string | null | undefined }, Unit | undefined, FindsUnits> = {
  subject: 'unit',
  async find(deps, { parent }, limit) {
    if (parent !== undefined && parent !== null) return oneUnit.find(deps, { unit: parent }, limit);
    assertReachesTop(limit);
    return undefined;
  },
  // `placeOf` asks again, with the tree held.
  hold: async () => {},
};

/**
 * Makes a unit, at the top or below another. Throws `unit_unknown` (404), `unit_exists` and `unit_too_deep` (409), `not_permitted`
 * (403) where a limited right asks for one at the top.
 */
export const create = defineAct({
  name: 'units.create',
  scope: 'system:write',
  summary: 'Makes a unit.',
  http: { method: 'POST', path: '/units' },
  irreversible: false,
  about: parentUnit,
  input: z.strictObject({ name: unitNameField, parent: z.string().nullable().optional() }),
  result: unitSchema,
  async run(deps: ChangesUnits, { tx, input: { name, parent }, limit, record }) {
    await deps.units.lockTree(tx);
    const below = await placeOf(deps, tx, parent ?? undefined, limit, { unit: undefined, height: 1 });
    const made = await deps.units.create(tx, { name, parent: below?.id });
    await record({ type: 'unit.created', details: { unit: made.id, after: facts(made) } });
    return told(made, limit);
  },
});

/** Gives a unit another name. Throws `unit_unknown` (404), `unit_exists` (409). */
export const rename = defineAct({
  name: 'units.rename',
  scope: 'system:write',
  summary: 'Gives a unit another name.',
  http: { method: 'PATCH', path: '/units/{unit}' },
  irreversible: false,
  about: oneUnit,
  input: onUnit.extend({ name: unitNameField }),
  result: unitSchema,
  async run({ units }: ChangesUnits, { tx, input, target, limit, record }) {
    const before = await units.lock(tx, target.id);
    if (before === undefined) throw unitUnknown(input.unit);
    const after = await units.change(tx, before.id, { name: input.name, parent: before.parent });
    if (after === undefined) throw unitUnknown(input.unit);
    if (after.name !== before.name) await record(changed(before, after));
    return told(after, limit);
  },
});

/**
 * Puts a unit, with all below it, below another, or at the top: rights over what is above it reach its people from now on, and those
 * over what was above it no more. So it needs a right over both. Throws `unit_unknown` (404), `unit_exists`, `unit_in_itself` and
 * `unit_too_deep` (409), `not_permitted` (403).
 */
export const move = defineAct({
  name: 'units.move',
  scope: 'system:write',
  summary: 'Moves a unit, with all below it.',
  http: { method: 'POST', path: '/units/{unit}/move' },
  irreversible: false,
  // As many people as there are in it come under other administrators, and administrators among them.
  dangerous: true,
  about: oneUnit,
  /** Null: to the top. */
  input: onUnit.extend({ parent: z.string().nullable() }),
  result: unitSchema,
  async run(deps: ChangesUnits, { tx, input, target, limit, record }) {
    await deps.units.lockTree(tx);
    const before = await deps.units.lock(tx, target.id);
    if (before === undefined) throw unitUnknown(input.unit);
    if (before.parent === undefined || !isWithin(limit, before.parent)) assertReachesTop(limit);
    const height = await deps.units.height(tx, before.id);
    const place = { unit: before.id, height };
    const below = await placeOf(deps, tx, input.parent ?? undefined, limit, place);
    const after = await deps.units.change(tx, before.id, { name: before.name, parent: below?.id });
    if (after === undefined) throw unitUnknown(input.unit);
    if (after.parent !== before.parent) await record(changed(before, after));
    return told(after, limit);
  },
});

/**
 * Removes a unit that nobody belongs to, that has none below it, and that limits no role. Throws `unit_unknown` (404), `unit_in_use`
 * (409).
 */
export const deleteUnit = defineAct({
  name: 'units.delete',
  scope: 'system:write',
  summary: 'Deletes a unit that is empty.',
  http: { method: 'DELETE', path: '/units/{unit}' },
  irreversible: false,
  about: oneUnit,
  input: onUnit,
  result: z.object({ id: z.string() }),
  async run({ units }: ChangesUnits, { tx, input, target, record }) {
    await units.lockTree(tx);
    const before = await units.lock(tx, target.id);
    if (before === undefined) throw unitUnknown(input.unit);
    const { people, unitsBelow, roleTerms } = await units.use(tx, before.id);
    const uses = [
      ...(people ? ['people belong to it'] : []),
      ...(unitsBelow ? ['there are units below it'] : []),
      ...(roleTerms ? ['a role of somebody is limited to it'] : []),
    ];
    if (uses.length > 0) throw conflict('unit_in_use', `The unit is in use: ${uses.join(', ')}.`);
    await units.delete(tx, before.id);
    await record({ type: 'unit.deleted', details: { unit: before.id, before: facts(before) } });
    return { id: before.id };
  },
});
