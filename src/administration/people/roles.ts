import { z } from 'zod';
import { rolesInUse } from '../../domain/accounts/role-store.ts';
import { type UnknownRole, unknownRoles } from '../../domain/accounts/unknown-roles.ts';
import type { Database } from '../../storage/database.ts';

/** What has to be known to tell a role with a typing error from one that there is. */
export interface KnowsRoles {
  readonly database: Pick<Database, 'query'>;
  /** Every role that is built in or that a setting names. */
  readonly namedRoles: readonly string[];
}

/** A role that nobody has and no setting names: it may be misspelt, so whoever gives it is warned. */
export const unknownRoleSchema = z.object({
  role: z.string(),
  /** The known role that was probably meant. */
  nearest: z.string().optional(),
});

/** Every role that is known by now. Asked before the accounts are made that will have others. */
export const knownRoles = async ({ database, namedRoles }: KnowsRoles): Promise<string[]> => [
  ...namedRoles,
  ...(await rolesInUse(database)),
];

/** Those of the roles that are not known. */
export const unknownAmong = async (deps: KnowsRoles, roles: readonly string[]): Promise<UnknownRole[]> =>
  roles.length === 0 ? [] : unknownRoles(roles, await knownRoles(deps));

/**
 * Whether somebody is made with a role. That is as dangerous as to give it to somebody who is there: an administrator who makes
 * another one alone has made their own second person.
 */
export const givesRoles = ({ roles }: { readonly roles: readonly string[] }): boolean => roles.length > 0;
