import { unitNameKey } from '../../domain/units/policy.ts';
import type { UnitStore } from '../../domain/units/store.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Executor } from '../../storage/database.ts';

/** Finds the units that lines of an import name: by id, or by the names from the top down (`North/Ward 3`), in any case. */
export async function unitFinder({
  units,
  database,
}: {
  readonly units: Pick<UnitStore, 'paths'>;
  readonly database: Executor;
}): Promise<(named: string) => string | undefined> {
  const paths = await units.paths(database);
  const ids = new Set(paths.values());
  return (named) =>
    isUuid(named)
      ? [named.toLowerCase()].find((id) => ids.has(id))
      : paths.get(named.split('/').map(unitNameKey).join('/'));
}
