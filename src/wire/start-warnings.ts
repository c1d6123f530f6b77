import { type ApproverCheck, approverProblem } from '../administration/approvers.ts';
import { resolveConfig } from '../config/load.ts';
import { type RolePolicies, rolesNamedBy } from '../config/role-names.ts';
import { rolesInUse } from '../domain/accounts/role-store.ts';
import { undeclaredAttributes } from '../domain/accounts/undeclared-attribute-store.ts';
import type { DeclaredAttributes } from '../domain/attributes/policy.ts';
import { isAdminScope } from '../domain/clients/admin-scopes.ts';
import type { ClientStore } from '../domain/clients/store.ts';
import type { Resource, ResourceStore } from '../domain/resources/store.ts';
import { nearestName } from '../kernel/nearest.ts';
import type { Logger } from '../log.ts';
import type { ActiveProvider } from '../oidc/active-provider.ts';
import { isAdminIdentifier } from '../oidc/admin-resource.ts';
import { CLIENT_REFUSED, whyRefused } from '../oidc/client-reading.ts';
import type { ToldClaims } from '../oidc/told-claims.ts';
import type { Database } from '../storage/database.ts';

interface StartedApp {
  readonly config: RolePolicies;
  readonly approverCheck: ApproverCheck;
  readonly database: Pick<Database, 'query'>;
  readonly attributes: Pick<DeclaredAttributes, 'list'>;
  readonly clients: {
    readonly store: Pick<ClientStore, 'list'>;
    readonly resources: Pick<ResourceStore, 'list'>;
  };
  readonly protocol: { readonly active: Pick<ActiveProvider, 'current'>; readonly told: ToldClaims };
  readonly log: Logger;
}

/**
 * Says in the log, at a start, what may be a mistake: what `gatehouse config check` warns of; and what only the database knows,
 * roles of policies that nobody has, acts that nobody could approve, attributes that are kept and not declared, clients that are
 * refused, and resources that take what is the administration API's. Nothing of it stands in the way of the start.
 */
export async function logStartWarnings(
  { approverCheck, attributes, config, database, log, clients, protocol: { active, told } }: StartedApp,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  for (const warning of resolveConfig({ env }).warnings) log.warn(warning);
  for (const warning of rolesOfNobody(config, await rolesInUse(database))) log.warn(warning);
  const short = await approverCheck();
  const problem = approverProblem(short);
  if (problem !== undefined) log.error({ acts: short }, problem);
  const declared = attributes.list.map(({ name }) => name);
  for (const { name, people } of await undeclaredAttributes(database, declared))
    log.warn({ attribute: name, people }, UNDECLARED);
  for (const client of await clients.store.list()) {
    const problems = whyRefused(active.current, client, told);
    if (problems.length > 0) log.error({ client: client.id, problems }, CLIENT_REFUSED);
  }
  for (const warning of takenResources(await clients.resources.list(), active.current.issuer))
    log.warn(warning);
}

/** What the log says of an attribute that is stored of so many people, and that the configuration does not declare. */
export const UNDECLARED =
  'ATTRIBUTES: does not declare an attribute that people have; it is kept, and told to nobody';

/** A line for each resource of an earlier version whose name, or a scope of which, is the administration API's by now. */
export function takenResources(
  resources: readonly Pick<Resource, 'identifier' | 'scopes'>[],
  issuer: string,
): string[] {
  return resources.flatMap(({ identifier, scopes }) => {
    const reserved = scopes.map(({ name }) => name).filter(isAdminScope);
    return [
      ...(isAdminIdentifier(identifier, issuer)
        ? [
            `resource "${identifier}": is where the administration API is; register it under another identifier`,
          ]
        : []),
      ...(reserved.length > 0
        ? [
            `resource "${identifier}": its scopes ${reserved.join(', ')} have names of the administration API; give them other names`,
          ]
        : []),
    ];
  });
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
