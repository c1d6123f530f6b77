import { z } from 'zod';
import type { RoleSetting } from '../../lifecycle/role-setting.ts';
import { defineAct } from '../act.ts';
import { rolesField } from './fields.ts';
import { accountUnknown, namedPerson, onePerson, onPerson } from './person.ts';
import { type KnowsRoles, unknownAmong, unknownRoleSchema } from './roles.ts';

/**
 * Gives a person these roles and no others. Where they lose one, their sessions and tokens end. Throws `account_unknown` (404),
 * `role_invalid` (400).
 */
export const setRoles = defineAct({
  name: 'people.set_roles',
  scope: 'people:write',
  irreversible: false,
  about: onePerson,
  input: onPerson.extend({ roles: rolesField }),
  result: z.object({
    person: namedPerson,
    added: z.array(z.string()),
    removed: z.array(z.string()),
    unknownRoles: z.array(unknownRoleSchema),
  }),
  prepare: (deps: KnowsRoles, { roles }) => unknownAmong(deps, roles),
  async run(
    { roleSetting }: { readonly roleSetting: RoleSetting },
    { tx, by, input, target: person, prepared: unknownRoles },
  ) {
    const set = await roleSetting.set(tx, person.id, { roles: input.roles }, by);
    if (set === undefined) throw accountUnknown(input.person);
    return { person, added: [...set.added], removed: [...set.removed], unknownRoles };
  },
});
