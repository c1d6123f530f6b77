import { z } from 'zod';
import type { AccountPasswordStore } from '../../domain/accounts/password-store.ts';
import { type AccountStore, accountExists } from '../../domain/accounts/store.ts';
import { accountFacts, flagChange } from '../../domain/audit/facts.ts';
import type { PasswordHasher } from '../../domain/passwords/hasher.ts';
import { conflict } from '../../kernel/errors.ts';
import { defineAct } from '../act.ts';
import { assertAcceptable, type JudgesPasswords } from '../passwords/refusal.ts';
import { assertMayGiveRoles } from '../rights/granting.ts';
import type { RightsReader } from '../rights/rights-store.ts';
import { assertTaken, attributesField, type KnowsAttributes } from './attributes.ts';
import { emailField, nameField, rolesField, usernameField } from './fields.ts';
import { heldPlace, newPerson, type PlacesNewcomers, unitField } from './newcomer.ts';
import { personOf, personSchema } from './person.ts';
import { givesRoles, type KnowsRoles, unknownAmong, unknownRoleSchema } from './roles.ts';

/** How the account came to be, by who acts. */
const SOURCES = { person: 'administrator', client: 'api', command: 'command', system: 'system' } as const;

interface PreparesPeople extends KnowsRoles, JudgesPasswords, KnowsAttributes {
  readonly accounts: Pick<AccountStore, 'findByIdentifier'>;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
}

interface CreatesPeople extends KnowsAttributes, Pick<PlacesNewcomers, 'units'> {
  readonly rights: Pick<RightsReader, 'of' | 'isAdministrative'>;
  readonly accounts: Pick<AccountStore, 'create'>;
  readonly accountPasswords: Pick<AccountPasswordStore, 'flag'>;
  /** Whether a password that somebody else has made up may stay; in production it may not (OWASP ASVS 6.4.6). */
  readonly firstPasswordsLast: boolean;
}

/**
 * Makes one account. Where a password is given and may not stay, its owner chooses another one at the first sign-in. Throws
 * `account_exists`, `username_taken` (409), `password_refused` (400), `grant_refused` (403), `unit_unknown` (404), `hashing_busy` (503).
 */
export const create = defineAct({
  name: 'people.create',
  summary: 'Makes an account.',
  http: { method: 'POST', path: '/people', status: 201 },
  scope: 'people:write',
  irreversible: false,
  dangerous: givesRoles,
  about: newPerson,
  input: z.strictObject({
    email: emailField,
    name: nameField,
    /** They may sign in with it as well as with the address. */
    username: usernameField.optional(),
    roles: rolesField.default([]),
    /** Id of the unit that they belong to. A right that is limited to units makes people within them only. */
    unit: unitField,
    /** The address is known to be theirs. */
    emailVerified: z.boolean().default(false),
    password: z.string().optional(),
    /** By name; those that are required and not the person's to fill in have to be there. */
    attributes: attributesField.optional(),
  }),
  result: z.object({ person: personSchema, unknownRoles: z.array(unknownRoleSchema) }),
  async prepare(deps: PreparesPeople, { email, name, username, roles, password, attributes = {} }) {
    const told = deps.attributes.ofNew(attributes);
    assertTaken(told.findings);
    // The constraint decides in the end; what is there already is not to cost a hash.
    if ((await deps.accounts.findByIdentifier(email)) !== undefined) throw accountExists();
    if (username !== undefined && (await deps.accounts.findByIdentifier(username)) !== undefined)
      throw conflict('username_taken', 'An account with this user name exists already.');
    const owner = { email, name, roles, ...(username === undefined ? {} : { username }) };
    if (password !== undefined) await assertAcceptable(deps, password, owner);
    const unknownRoles = await unknownAmong(deps, roles);
    return {
      attributes: told.attributes,
      unknownRoles,
      ...(password === undefined ? {} : { passwordHash: await deps.hasher.hash(password) }),
    };
  },
  async run(
    { accounts, accountPasswords, firstPasswordsLast, rights, units, attributes }: CreatesPeople,
    { tx, by, actor, input, target, prepared, record },
  ) {
    const place = await heldPlace({ units }, tx, target);
    await assertMayGiveRoles({ rights }, tx, actor, place, input.roles);
    const { password, username, unit: _asked, ...described } = input;
    const { unknownRoles, ...hash } = prepared;
    const made = await accounts.create(tx, {
      ...described,
      ...hash,
      ...place,
      ...(username === undefined ? {} : { username }),
    });
    const created = { source: SOURCES[by.actor.kind], after: accountFacts(made) };
    await record({ type: 'account.created', account: made.id, details: created });
    if (firstPasswordsLast || password === undefined)
      return { person: personOf(made, { attributes }), unknownRoles };
    const flagged = await accountPasswords.flag(tx, made.id, 'must_change');
    const details = { reason: 'must_change' as const, ...flagChange('must_change', flagged) };
    await record({ type: 'password.change_required', account: made.id, details });
    return { person: personOf({ ...made, passwordMustChange: true }, { attributes }), unknownRoles };
  },
});
