import { z } from 'zod';
import type { Deletion } from '../../lifecycle/deletion.ts';
import { defineAct } from '../act.ts';
import { accountUnknown, namedPerson, onePerson, onPerson } from './person.ts';

/** Removes an account and everything personal about it, and ends its sessions; the audit trail stays. */
export const deletePerson = defineAct({
  name: 'people.delete',
  summary: 'Deletes a person and everything personal about them.',
  http: { method: 'DELETE', path: '/people/{person}' },
  scope: 'people:write',
  irreversible: true,
  dangerous: true,
  input: onPerson,
  result: z.object({ person: namedPerson }),
  about: onePerson,
  async run({ deletion }: { readonly deletion: Deletion }, { tx, by, input, target: person }) {
    if (!(await deletion.remove(tx, person.id, by))) throw accountUnknown(input.person);
    return { person };
  },
});
