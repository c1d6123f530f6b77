import type { z } from 'zod';
import type { CommandActor } from '../administration/actor.ts';
import { people } from '../administration/people/index.ts';
import { unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import { badRequest } from '../kernel/errors.ts';
import type { AdministeredApp } from './acting.ts';
import type { Terminal } from './environment.ts';
import { UsageError } from './usage.ts';

export interface RoleOptions {
  readonly none?: boolean;
  readonly json?: boolean;
  /** `role=time` each. */
  readonly until?: readonly string[];
  /** `role=id` each. */
  readonly unit?: readonly string[];
  readonly owned?: readonly string[];
  readonly unlimited?: readonly string[];
}

/** For an option that may be given several times. */
export const collect = (value: string, values: readonly string[]): string[] => [...values, value];

type Terms = NonNullable<z.input<typeof people.setRoles.input>['terms']>;

/** The limits and ends that the options ask for, by role. Throws `terms_invalid` for one that is not `role=value`. */
export function termsOf({ until = [], unit = [], owned = [], unlimited = [] }: RoleOptions): Terms {
  const terms = new Map<string, Terms[string]>();
  const put = (role: string, more: Terms[string]) => terms.set(role, { ...terms.get(role), ...more });
  for (const role of unlimited) put(role, {});
  for (const role of owned) put(role, { owned: true });
  for (const [option, values] of Object.entries({ until, unit }))
    for (const given of values) {
      const at = given.indexOf('=');
      if (at < 1 || at === given.length - 1)
        throw new UsageError('terms_invalid', `--${option} "${given}" is not ROLE=VALUE.`);
      put(given.slice(0, at), { [option]: given.slice(at + 1) });
    }
  const both = unlimited.find((role) => Object.keys(terms.get(role) ?? {}).length > 0);
  if (both !== undefined)
    throw new UsageError('terms_invalid', `The role "${both}" is --unlimited, and limited as well.`);
  return Object.fromEntries(terms);
}

/** `users set-roles`. No role is only meant where it is said: an empty variable of a script is not. */
export async function setRoles(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
  { none = false, json = false, roles, ...limits }: RoleOptions & { readonly roles: string[] },
): Promise<void> {
  if (none === roles.length > 0)
    throw badRequest('roles_missing', 'Name the roles that the account has from now on, or say --none.');
  const input = { person: user, roles, terms: termsOf(limits) };
  const done = await administration.perform(people.setRoles, actor, input);
  const { person, added, removed, terms, changed, unknownRoles } = done;
  for (const role of unknownRoles) terminal.warn(unknownRoleText(role));
  if (json) {
    const result = { ...person, roles: [...new Set(roles)], added, removed, terms };
    terminal.print(JSON.stringify(result));
    return;
  }
  if (!changed) {
    terminal.print(`${person.email} has exactly these roles already.`);
    return;
  }
  const changes = [...added.map((role) => `+${role}`), ...removed.map((role) => `-${role}`)];
  const ended = removed.length === 0 ? '' : ' Its sessions and tokens have ended.';
  const told = changes.length === 0 ? 'with other limits or ends' : changes.join(' ');
  terminal.print(`The roles of ${person.email} are set: ${told}.${ended}`);
}
