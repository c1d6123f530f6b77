import type { Executor } from '../../storage/database.ts';
import { type Unit, type UnitRow, unitOf } from './store.ts';

/** A page of units, by name. */
export interface UnitQuery {
  /** Only those below this one, one level down; null: those at the top of what may be seen. */
  readonly parent?: string | null | undefined;
  readonly after: UnitPlace | undefined;
  readonly descending: boolean;
  readonly most: number;
  /** The SQL condition that a row may be seen; `parameter` takes a value and answers how the statement refers to it. */
  readonly visible: (unit: string, parameter: (value: unknown) => string) => string;
}

/** By what units are ordered. */
export interface UnitPlace {
  readonly key: string;
  readonly id: string;
}

export interface UnitPage {
  readonly units: readonly Unit[];
  /** The last one; undefined where there are no more. */
  readonly last: UnitPlace | undefined;
}

/** One statement, whatever it finds. */
export async function listUnits(
  executor: Executor,
  { parent, after, descending, most, visible }: UnitQuery,
): Promise<UnitPage> {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const above = () =>
    `exists (select from units above where above.id = unit.parent and ${visible('above.id', parameter)})`;
  const conditions = [
    visible('unit.id', parameter),
    ...(parent === undefined
      ? []
      : [parent === null ? `not ${above()}` : `unit.parent = ${parameter(parent)}`]),
    ...(after === undefined
      ? []
      : [
          `(unit.name_key, unit.id) ${descending ? '<' : '>'} (${parameter(after.key)}, ${parameter(after.id)}::uuid)`,
        ]),
  ];
  const order = descending ? 'desc' : 'asc';
  const rows = await executor.query<UnitRow & { name_key: string }>(
    `select unit.id, unit.parent, unit.name, unit.name_key, unit.created_at from units unit
     where ${conditions.join(' and ')} order by unit.name_key ${order}, unit.id ${order} limit ${parameter(most + 1)}`,
    values,
  );
  const page = rows.slice(0, most);
  const end = rows.length > most ? page.at(-1) : undefined;
  return { units: page.map(unitOf), last: end && { key: end.name_key, id: end.id } };
}
