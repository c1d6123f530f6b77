import { z } from 'zod';
import { heldAccountVersion } from '../../domain/accounts/held-version.ts';
import type { UnitStore } from '../../domain/units/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { RoleSetting } from '../../lifecycle/role-setting.ts';
import { defineAct } from '../act.ts';
import type { RightsReader } from '../rights/rights-store.ts';
import { rolesField } from './fields.ts';
import { accountUnknown, namedPerson, onPerson } from './person.ts';
import { oneRankedPerson } from './ranked-person.ts';
import { assertMayChange, termsAsked, termsField, termsSchema, toldTerms } from './role-terms.ts';
import { type KnowsRoles, unknownAmong, unknownRoleSchema } from './roles.ts';
import { changedMeanwhile } from './updating.ts';

interface SetsRoles {
  readonly roleSetting: RoleSetting;
  readonly rights: Pick<RightsReader, 'of' | 'isAdministrative'>;
  readonly units: Pick<UnitStore, 'below'>;
}

interface PreparesRoles extends KnowsRoles {
  readonly rights: Pick<RightsReader, 'isAdministrative'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Gives a person these roles and no others. Where they lose one, their sessions and tokens end. Nobody gives or takes what they do not
 * have, and nobody changes their own. Throws `account_unknown`, `unit_unknown` (404), `role_invalid` (400), `own_rights`,
 * `grant_refused` (403), `last_administrator` (409), and `precondition_failed` (412) where the account is not in the version that is
 * expected.
 */
export const setRoles = defineAct({
  name: 'people.set_roles',
  scope: 'people:write',
  summary: 'Sets the roles of a person.',
  http: { method: 'PUT', path: '/people/{person}/roles' },
  irreversible: false,
  // To take roles of applications waits for nobody.
  dangerous: ({ roles, terms }, person) =>
    person.isAdministrative ||
    Object.keys(terms).length > 0 ||
    roles.some((role) => !person.ownRoles.includes(role)),
  about: oneRankedPerson,
  input: onPerson.extend({
    roles: rolesField,
    /**
     * Of the roles that are to have another limit or end; `{}`: none any more. Those that stay and are not named here keep theirs.
     */
    terms: termsField.default({}),
    /** The version of the person that is changed; another one since is an error. */
    expects: z.int().optional(),
  }),
  result: z.object({
    person: namedPerson,
    added: z.array(z.string()),
    removed: z.array(z.string()),
    /** Every role that has a limit or an end now. */
    terms: z.array(termsSchema),
    /** Whether anything is another than before. */
    changed: z.boolean(),
    unknownRoles: z.array(unknownRoleSchema),
    version: z.int(),
  }),
  async prepare(deps: PreparesRoles, { roles, terms }) {
    const { isAdministrative } = deps.rights;
    const asked = termsAsked(terms, roles, { isAdministrative, now: deps.clock.now() });
    return { asked, unknownRoles: await unknownAmong(deps, roles) };
  },
  async run(deps: SetsRoles, { tx, by, actor, input, target: person, prepared, limit }) {
    const before = await heldAccountVersion(tx, person.id);
    if (input.expects !== undefined && String(input.expects) !== before) throw changedMeanwhile();
    const asked = { roles: input.roles, terms: prepared.asked };
    const set = await deps.roleSetting.set(tx, person.id, asked, by, (change) =>
      assertMayChange(deps, { tx, actor, limit }, person.id, change),
    );
    if (set === undefined) throw accountUnknown(input.person);
    return {
      person,
      added: [...set.added],
      removed: [...set.removed],
      terms: toldTerms(set.terms),
      changed: set.changed,
      unknownRoles: prepared.unknownRoles,
      version: Number(await heldAccountVersion(tx, person.id)),
    };
  },
});
