import { z } from 'zod';
import { normaliseIdentifier } from '../../domain/accounts/policy.ts';
import type { Lockout } from '../../domain/lockout/store.ts';
import { defineAct } from '../act.ts';
import { namedPerson, onePerson, onPerson } from './person.ts';

/**
 * Ends the locks that failed sign-ins of a person have begun, and forgets the failures. An address that nobody has can be locked,
 * too; that ends by itself.
 */
export const unlock = defineAct({
  name: 'people.unlock',
  summary: 'Ends the locks that failed sign-ins have begun.',
  http: { method: 'POST', path: '/people/{person}/unlock' },
  scope: 'people:assist',
  irreversible: false,
  about: onePerson,
  input: onPerson,
  result: z.object({
    person: namedPerson,
    wasLocked: z.boolean(),
    /** After too many failures; it stays so until the password is reset. */
    passwordDisabled: z.boolean(),
  }),
  prepare: ({ lockout }: { readonly lockout: Pick<Lockout, 'passwordDisabled'> }, _input, { id }) =>
    lockout.passwordDisabled(id),
  async run(
    { lockout }: { readonly lockout: Pick<Lockout, 'unlock'> },
    { tx, target: person, prepared: passwordDisabled, record },
  ) {
    const { id, email } = person;
    const { wasLocked } = await lockout.unlock(tx, { id, identifier: normaliseIdentifier(email) });
    if (wasLocked) await record({ type: 'account.unlocked', account: id, details: {} });
    return { person, passwordDisabled, wasLocked };
  },
});
