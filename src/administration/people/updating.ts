import { z } from 'zod';
import type { LifecycleStore } from '../../domain/accounts/life-store.ts';
import { isLocale, isPersonName } from '../../domain/accounts/policy.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { timeZone } from '../../kernel/time-zones.ts';
import type { ProfileSetting } from '../../lifecycle/profile-setting.ts';
import { defineAct } from '../act.ts';
import { assertTaken, attributesField, type KnowsAttributes } from './attributes.ts';
import { nameField, usernameField } from './fields.ts';
import { accountUnknown, namedPerson, onePerson, onPerson } from './person.ts';

const partOfName = z
  .string()
  .refine(isPersonName, 'a name of one line and at most 200 characters')
  .nullable()
  .optional();

/**
 * Changes names, language, time zone, user name or attributes of a person. What is left out stays; null empties. The address is changed by
 * `people.set_address`, since it leads into the account. Throws `username_taken` (409), and `precondition_failed` (412) where the
 * account is not in the version that is expected.
 */
export const updatePerson = defineAct({
  name: 'people.update',
  summary: 'Changes names, language, time zone, user name or attributes of a person.',
  scope: 'people:write',
  irreversible: false,
  http: { method: 'PATCH', path: '/people/{person}' },
  about: onePerson,
  input: onPerson.extend({
    name: nameField.optional(),
    givenName: partOfName,
    familyName: partOfName,
    username: usernameField.nullable().optional(),
    /** The language of mails and pages (BCP 47); null: whatever the browser asks for. */
    locale: z
      .string()
      .refine(isLocale, 'a language tag')
      .transform((tag) => new Intl.Locale(tag).toString())
      .nullable()
      .optional(),
    /** A name of the IANA time zone database; null: whatever the browser says next. */
    zoneinfo: z
      .string()
      .refine((zone) => timeZone(zone) !== undefined, 'a time zone')
      .nullable()
      .optional(),
    /** By name; null removes one, and what is left out stays. */
    attributes: attributesField.optional(),
    /** The version that is changed; another one since is an error. */
    expects: z.int().optional(),
  }),
  result: z.object({
    person: namedPerson,
    /** The names of the fields that have changed; of an attribute `attributes.NAME`. */
    changed: z.array(z.string()),
    version: z.int(),
  }),
  async run(
    deps: {
      readonly profileSetting: ProfileSetting;
      readonly life: Pick<LifecycleStore, 'lock'>;
    } & KnowsAttributes,
    { tx, by, input, target: person },
  ) {
    const { person: named, expects, attributes: given = {}, ...change } = input;
    const held = await deps.life.lock(tx, person.id);
    if (held === undefined) throw accountUnknown(named);
    if (expects !== undefined && expects !== held.version) throw changedMeanwhile();
    const { attributes: all, changed, findings } = deps.attributes.change(held.attributes, given);
    assertTaken(findings);
    const attributes = changed.length === 0 ? undefined : { all, changed };
    const fields = await deps.profileSetting.set(tx, person.id, { ...change, attributes }, by);
    if (fields === undefined) throw accountUnknown(named);
    return {
      person,
      changed: [...fields],
      version: fields.length === 0 ? held.version : held.version + 1,
    };
  },
});

export const changedMeanwhile = () =>
  new GatehouseError('precondition_failed', {
    status: 412,
    message: 'This was changed meanwhile. Read it again.',
  });
