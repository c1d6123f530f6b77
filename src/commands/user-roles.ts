import type { CommandActor } from '../administration/actor.ts';
import { people } from '../administration/people/index.ts';
import { unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import { badRequest } from '../kernel/errors.ts';
import type { AdministeredApp } from './acting.ts';
import type { Terminal } from './environment.ts';

export interface RoleOptions {
  readonly none?: boolean;
  readonly json?: boolean;
}

/** `users set-roles`. No role is only meant where it is said: an empty variable of a script is not. */
export async function setRoles(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
  { none = false, json = false, roles }: RoleOptions & { readonly roles: string[] },
): Promise<void> {
  if (none === roles.length > 0)
    throw badRequest('roles_missing', 'Name the roles that the account has from now on, or say --none.');
  const done = await administration.perform(people.setRoles, actor, { person: user, roles });
  const { person, added, removed, unknownRoles } = done;
  for (const role of unknownRoles) terminal.warn(unknownRoleText(role));
  if (json) {
    terminal.print(JSON.stringify({ ...person, roles: [...new Set(roles)], added, removed }));
    return;
  }
  if (added.length === 0 && removed.length === 0) {
    terminal.print(`${person.email} has exactly these roles already.`);
    return;
  }
  const changes = [...added.map((role) => `+${role}`), ...removed.map((role) => `-${role}`)];
  const ended = removed.length === 0 ? '' : ' Its sessions and tokens have ended.';
  terminal.print(`The roles of ${person.email} are set: ${changes.join(' ')}.${ended}`);
}
