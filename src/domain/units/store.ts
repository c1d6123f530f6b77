/**
 * Units: the sites and departments of an organisation, as a tree. This folder owns their names, their place and what is below them.
 * Whose right a unit limits, it leaves to `administration`; its callers write the audit events.
 */
import { defineEntity, type EntitySchema, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { conflict } from '../../kernel/errors.ts';
import { isUuid, type Randomness } from '../../kernel/ids.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';
import { MAX_DEPTH, unitName, unitNameKey } from './policy.ts';

/** A type that says nothing, because it would be a circle. */
const itself = (): EntitySchema => UnitRecord;

export const UnitRecord = defineEntity({
  name: 'UnitRecord',
  tableName: 'units',
  properties: {
    id: p.uuid().primary(),
    parent: () =>
      p
        .manyToOne(itself())
        .joinColumn('parent')
        .nullable()
        .deleteRule('no action')
        .updateRule('no action')
        .index(false),
    name: p.text(),
    nameKey: p.text(),
    createdAt: p.datetime(),
  },
  checks: [{ name: 'units_parent_check', expression: 'parent <> id' }],
  indexes: [
    {
      name: 'units_name_unique',
      expression:
        'create unique index units_name_unique on units (parent, name_key) where parent is not null',
    },
    {
      name: 'units_top_name_unique',
      expression: 'create unique index units_top_name_unique on units (name_key) where parent is null',
    },
  ],
});

export interface Unit {
  readonly id: string;
  /** Undefined for one at the top. */
  readonly parent: string | undefined;
  readonly name: string;
  readonly createdAt: Date;
}

/** What keeps a unit from being deleted. */
export interface UnitUse {
  readonly people: boolean;
  readonly unitsBelow: boolean;
  readonly roleTerms: boolean;
}

export interface UnitStore {
  find(executor: Executor, id: string): Promise<Unit | undefined>;
  /** The unit, which nobody deletes before the end of the transaction. For who puts somebody or something into it. */
  hold(tx: Executor, id: string): Promise<Unit | undefined>;
  /** The unit, which nobody changes, and into which nobody comes, before the end of the transaction. */
  lock(tx: Executor, id: string): Promise<Unit | undefined>;
  /** From here to the end of the transaction nobody else makes, moves or deletes a unit. */
  lockTree(tx: Executor): Promise<void>;
  /** Every unit, the oldest first. */
  all(executor: Executor): Promise<Unit[]>;
  /** The unit itself and everything above it, upwards. */
  above(executor: Executor, id: string): Promise<string[]>;
  /** These units and everything below them, each once. Ids that no unit has are left out. */
  below(executor: Executor, ids: readonly string[]): Promise<string[]>;
  /** Ids by the forms of the names from the top down, joined by `/`; a path that two units have is left out. */
  paths(executor: Executor): Promise<ReadonlyMap<string, string>>;
  /** How many levels the unit and what is below it have. */
  height(executor: Executor, id: string): Promise<number>;
  /** Throws `unit_exists` (409) where its parent has one of that name. */
  create(tx: Executor, unit: { readonly name: string; readonly parent: string | undefined }): Promise<Unit>;
  /** Throws `unit_exists` (409). */
  change(
    tx: Executor,
    id: string,
    to: { readonly name: string; readonly parent: string | undefined },
  ): Promise<Unit | undefined>;
  use(executor: Executor, id: string): Promise<UnitUse>;
  /** False where there is no such unit. The caller has looked whether it is in use, and holds its {@link lock}. */
  delete(tx: Executor, id: string): Promise<boolean>;
}

const COLUMNS = 'id, parent, name, created_at';

/**
 * As SQL: the ids of the units that the expression (a `uuid[]`) names, and of everything below them. `union` leaves out what was
 * met before, so that it ends whatever the table says.
 */
export const unitsBelow = (units: string): string => `
  with recursive below as (
    select id from units where id = any(${units})
    union select unit.id from units unit join below on unit.parent = below.id
  ) select id from below`;

const FIND: Statement = { name: 'units_find', text: `select ${COLUMNS} from units where id = $1` };

const ALL: Statement = {
  name: 'units_all',
  text: `select ${COLUMNS} from units order by created_at, id`,
};

const HOLD: Statement = {
  name: 'units_hold',
  text: `select ${COLUMNS} from units where id = $1 for key share`,
};

const LOCK: Statement = { name: 'units_lock', text: `select ${COLUMNS} from units where id = $1 for update` };

const ABOVE: Statement = {
  name: 'units_above',
  text: `
    with recursive above as (
      select id, parent, 1 as level from units where id = $1
      union all select unit.id, unit.parent, level + 1 from units unit join above on unit.id = above.parent
      where level <= ${MAX_DEPTH}
    ) select id from above order by level`,
};

const BELOW: Statement = { name: 'units_below', text: unitsBelow('$1::uuid[]') };

const PATHS: Statement = {
  name: 'units_paths',
  text: `
    with recursive placed as (
      select id, name_key as path, 1 as level from units where parent is null
      union all select unit.id, path || '/' || unit.name_key, level + 1
      from units unit join placed on unit.parent = placed.id where level < ${MAX_DEPTH}
    ) select path, min(id::text) as id from placed group by path having count(*) = 1`,
};

const HEIGHT: Statement = {
  name: 'units_height',
  text: `
    with recursive below as (
      select id, 1 as level from units where id = $1
      union all select unit.id, level + 1 from units unit join below on unit.parent = below.id where level <= ${MAX_DEPTH}
    ) select coalesce(max(level), 0)::integer as height from below`,
};

// ON CONFLICT and NOT EXISTS instead of a caught error, which would leave the caller's transaction aborted.
const CREATE: Statement = {
  name: 'units_create',
  text: `
    insert into units (id, parent, name, name_key, created_at) values ($1, $2, $3, $4, $5)
    on conflict do nothing returning ${COLUMNS}`,
};

const CHANGE: Statement = {
  name: 'units_change',
  text: `
    update units set parent = $2::uuid, name = $3, name_key = $4
    where id = $1 and not exists (
      select from units other where other.parent is not distinct from $2::uuid and other.name_key = $4 and other.id <> $1)
    returning ${COLUMNS}`,
};

const USE: Statement = {
  name: 'units_use',
  text: `
    select exists (select from accounts where unit = $1) as people, exists (select from units where parent = $1) as units_below,
      exists (select from account_role_terms where unit = $1) as role_terms`,
};

const DELETE: Statement = { name: 'units_delete', text: 'delete from units where id = $1 returning id' };

export interface UnitRow {
  id: string;
  parent: string | null;
  name: string;
  created_at: Date | string;
}

export const unitOf = ({ id, parent, name, created_at: createdAt }: UnitRow): Unit => ({
  id,
  parent: parent ?? undefined,
  name,
  createdAt: new Date(createdAt),
});

const UNIQUE_VIOLATION = '23505';

export function createUnitStore(clock: Clock, random: Randomness): UnitStore {
  const one = (statement: Statement) => async (executor: Executor, id: string) => {
    const [row] = isUuid(id) ? await executor.query<UnitRow>(statement, [id]) : [];
    return row && unitOf(row);
  };

  return {
    find: one(FIND),
    hold: one(HOLD),
    lock: one(LOCK),
    lockTree: (tx) => lock(tx, 'units'),

    all: async (executor) => (await executor.query<UnitRow>(ALL)).map(unitOf),

    async above(executor, id) {
      const rows = isUuid(id) ? await executor.query<{ id: string }>(ABOVE, [id]) : [];
      return rows.map((row) => row.id);
    },

    async below(executor, ids) {
      const rows = await executor.query<{ id: string }>(BELOW, [ids.filter(isUuid)]);
      return rows.map((row) => row.id);
    },

    async paths(executor) {
      const rows = await executor.query<{ path: string; id: string }>(PATHS);
      return new Map(rows.map(({ path, id }) => [path, id]));
    },

    async height(executor, id) {
      const [row] = isUuid(id) ? await executor.query<{ height: number }>(HEIGHT, [id]) : [];
      return row?.height ?? 0;
    },

    async create(tx, { name, parent }) {
      const values = [random.uuid(), parent ?? null, unitName(name), unitNameKey(name), clock.now()];
      const [row] = await tx.query<UnitRow>(CREATE, values);
      if (row === undefined) throw exists();
      return unitOf(row);
    },

    async change(tx, id, { name, parent }) {
      try {
        const [row] = await tx.query<UnitRow>(CHANGE, [
          id,
          parent ?? null,
          unitName(name),
          unitNameKey(name),
        ]);
        if (row === undefined && (await one(FIND)(tx, id)) !== undefined) throw exists();
        return row && unitOf(row);
      } catch (error) {
        if ((error as { code?: string }).code === UNIQUE_VIOLATION) throw exists();
        throw error;
      }
    },

    async use(executor, id) {
      const [row] = await executor.query<{ people: boolean; units_below: boolean; role_terms: boolean }>(
        USE,
        [id],
      );
      return {
        people: row?.people ?? false,
        unitsBelow: row?.units_below ?? false,
        roleTerms: row?.role_terms ?? false,
      };
    },

    async delete(tx, id) {
      return (await tx.query(DELETE, [id])).length === 1;
    },
  };
}

const exists = () => conflict('unit_exists', 'There is a unit of this name there already.');
