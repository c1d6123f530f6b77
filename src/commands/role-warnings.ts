import { BUILT_IN_ROLES, type RolePolicies, rolesNamedBy } from '../config/role-names.ts';
import { rolesInUse } from '../domain/accounts/role-store.ts';
import { type UnknownRole, unknownRoles } from '../domain/accounts/unknown-roles.ts';
import type { Database } from '../storage/database.ts';

/** What has to be known to tell a role with a typing error from one that there is. */
export interface RolesApp {
  readonly database: Pick<Database, 'query'>;
  readonly config: RolePolicies;
}

/** Those of the roles that nobody has and no setting names. Asked before the accounts are made that will have them. */
export async function rolesToWarnOf(
  { database, config }: RolesApp,
  given: readonly string[],
): Promise<UnknownRole[]> {
  return given.length === 0 ? [] : rolesToWarnOfAmong(config, await rolesInUse(database), given);
}

/** The same, where the roles that somebody has (`inUse`) were asked for before. */
export function rolesToWarnOfAmong(
  config: RolePolicies,
  inUse: readonly string[],
  given: Iterable<string>,
): UnknownRole[] {
  const named = rolesNamedBy(config).map(({ role }) => role);
  return unknownRoles(given, [...BUILT_IN_ROLES, ...named, ...inUse]);
}
