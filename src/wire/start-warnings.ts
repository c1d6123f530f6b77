import { resolveConfig } from '../config/load.ts';
import { type RolePolicies, rolesNamedBy } from '../config/role-names.ts';
import { rolesInUse } from '../domain/accounts/role-store.ts';
import { nearestName } from '../kernel/nearest.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../storage/database.ts';

/**
 * Says in the log, at a start, what may be a mistake of the configuration: what `gatehouse config check` warns of, and roles of
 * policies that nobody has, which only the database knows. Nothing of it stands in the way of the start.
 */
export async function logStartWarnings(
  { config, database, log }: { config: RolePolicies; database: Pick<Database, 'query'>; log: Logger },
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  for (const warning of resolveConfig({ env }).warnings) log.warn(warning);
  for (const warning of rolesOfNobody(config, await rolesInUse(database))) log.warn(warning);
}

/** A line for each role that a setting names and nobody has; none where nobody has any role yet. */
export function rolesOfNobody(config: RolePolicies, inUse: readonly string[]): string[] {
  if (inUse.length === 0) return [];
  return rolesNamedBy(config)
    .filter(({ role }) => !inUse.includes(role))
    .map(({ role, setting }) => {
      const nearest = nearestName(role, inUse);
      return `${setting}: nobody has the role "${role}"${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
    });
}
