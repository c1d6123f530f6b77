import { z } from 'zod';
import { asEntered } from '../../domain/accounts/policy.ts';
import { conflict, GatehouseError } from '../../kernel/errors.ts';
import type { AddressSetting } from '../../lifecycle/address-setting.ts';
import { defineAct } from '../act.ts';
import { emailField } from './fields.ts';
import { accountUnknown, namedPerson, onePerson, onPerson } from './person.ts';

/**
 * Gives a person another address, ends their sessions and every link that was mailed about them, and tells both addresses.
 * Throws `account_exists` (409).
 */
export const setAddress = defineAct({
  name: 'people.set_address',
  summary: 'Gives a person another e-mail address, and tells both addresses.',
  http: { method: 'PUT', path: '/people/{person}/address' },
  scope: 'people:write',
  irreversible: false,
  // Links to the address that somebody else reads let them choose a password.
  leadsIn: true,
  dangerous: true,
  input: onPerson.extend({
    email: emailField,
    /** The address is known to be theirs. */
    emailVerified: z.boolean().default(false),
  }),
  result: z.object({
    /** As they were before. */
    person: namedPerson.extend({ status: z.enum(['active', 'disabled']) }),
    email: z.string(),
    /** False where the address was theirs already. */
    changed: z.boolean(),
  }),
  about: onePerson,
  async run(
    { addressSetting }: { readonly addressSetting: AddressSetting },
    { tx, by, input, target: person },
  ) {
    const email = asEntered(input.email);
    const address = { email, verified: input.emailVerified };
    const outcome = await addressSetting.set(tx, person.id, address, by).catch((error) => {
      if (!(error instanceof GatehouseError) || error.code !== 'account_exists') throw error;
      throw conflict('account_exists', `${email} is the address of another account; nothing was changed.`);
    });
    if (outcome === 'unknown') throw accountUnknown(input.person);
    return { person, email, changed: outcome === 'set' };
  },
});
