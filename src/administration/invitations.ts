import { z } from 'zod';
import { accountExists } from '../domain/accounts/store.ts';
import type { Invitations } from '../lifecycle/invitations.ts';
import { defineAct } from './act.ts';
import { assertTaken, attributesField, type KnowsAttributes } from './people/attributes.ts';
import { emailField, nameField, rolesField } from './people/fields.ts';
import { heldPlace, newPerson, type PlacesNewcomers, unitField } from './people/newcomer.ts';
import { accountUnknown, namedPerson, onePerson, onPerson } from './people/person.ts';
import { givesRoles, type KnowsRoles, unknownAmong, unknownRoleSchema } from './people/roles.ts';
import { assertMayGiveRoles } from './rights/granting.ts';
import { EVERYTHING } from './rights/limit.ts';
import type { RightsReader } from './rights/rights-store.ts';

function isLanguageTag(text: string): boolean {
  try {
    return new Intl.Locale(text).toString() !== '';
  } catch {
    return false;
  }
}

/**
 * Makes an account without a password and mails its owner a link to choose one; again, for somebody who has not come yet, another
 * link, as far as the right of who asks reaches them. Throws `account_exists` (409), `grant_refused` (403), `unit_unknown` (404).
 */
const send = defineAct({
  name: 'invitations.send',
  summary: 'Invites somebody by mail, with an account that they finish themselves.',
  http: { method: 'POST', path: '/invitations', status: 201 },
  scope: 'people:write',
  irreversible: false,
  dangerous: givesRoles,
  about: newPerson,
  input: z.strictObject({
    email: emailField,
    name: nameField,
    roles: rolesField.default([]),
    /** Id of the unit that they will belong to. A right that is limited to units invites people to them only. */
    unit: unitField,
    /** The language of the mail and the pages. */
    locale: z.string().refine(isLanguageTag, 'a language tag').optional(),
    /** Who invites, as the mail says it. */
    from: z.string().optional(),
    /** By name; those that are required and not the person's to fill in have to be there. */
    attributes: attributesField.optional(),
  }),
  result: z.object({
    person: namedPerson,
    /** The account existed, without a password, and stays as it is; earlier links no longer work. */
    again: z.boolean(),
    expiresAt: z.date(),
    unknownRoles: z.array(unknownRoleSchema),
  }),
  prepare: async (
    deps: KnowsRoles & KnowsAttributes & { readonly invitations: Pick<Invitations, 'waiting'> },
    { email, roles, attributes: given = {} },
  ) => {
    const unknownRoles = await unknownAmong(deps, roles);
    const waiting = await deps.invitations.waiting(email);
    const { attributes, findings } = deps.attributes.ofNew(given);
    // Whoever is there already stays as they are.
    if (waiting === undefined) assertTaken(findings);
    return { unknownRoles, waiting, attributes };
  },
  async run(
    {
      invitations,
      rights,
      units,
    }: Pick<PlacesNewcomers, 'units'> & {
      readonly invitations: Pick<Invitations, 'invite'>;
      readonly rights: Pick<RightsReader, 'of' | 'isAdministrative' | 'reachesPerson'>;
    },
    { tx, by, actor, input, target, limit, prepared: { waiting, unknownRoles, attributes } },
  ) {
    const { email, name, roles, locale, from } = input;
    // Somebody beyond the limit is told of like everybody who has an account already.
    if (
      waiting !== undefined &&
      limit !== EVERYTHING &&
      !(await rights.reachesPerson(waiting.id, limit, tx, true))
    )
      throw accountExists();
    const place = await heldPlace({ units }, tx, target);
    await assertMayGiveRoles({ rights }, tx, actor, place, roles);
    const language = locale === undefined ? {} : { locale: new Intl.Locale(locale).toString() };
    const inviter = from === undefined ? by : { ...by, name: from };
    const invitee = { email, name, roles, attributes, ...place, ...language };
    const invited = await invitations.invite(tx, invitee, waiting, inviter);
    return { person: invited.account, again: invited.again, expiresAt: invited.expiresAt, unknownRoles };
  },
});

/**
 * Mails another link to somebody who was invited and has not chosen a password yet; the links before work no more. It goes to their own
 * address and is told to nobody else. Throws `account_disabled`, `invitation_accepted` (409).
 */
const resend = defineAct({
  name: 'invitations.resend',
  summary: 'Mails another link to somebody who was invited and has not come yet.',
  scope: 'people:assist',
  irreversible: false,
  http: { method: 'POST', path: '/people/{person}/resend-invitation' },
  about: onePerson,
  input: onPerson.extend({
    /** Who invites, as the mail says it. */
    from: z.string().max(200).optional(),
  }),
  result: z.object({ person: namedPerson, expiresAt: z.date() }),
  async run(
    { invitations }: { readonly invitations: Pick<Invitations, 'resend'> },
    { tx, by, input: { person: named, from }, target: person },
  ) {
    const inviter = from === undefined ? by : { ...by, name: from };
    const expiresAt = await invitations.resend(tx, person.id, inviter);
    if (expiresAt === undefined) throw accountUnknown(named);
    return { person, expiresAt };
  },
});

/** What can be done about people who are to have an account. */
export const invitations = { send, resend };
