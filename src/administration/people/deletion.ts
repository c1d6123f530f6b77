import { z } from 'zod';
import type { Deletion } from '../../lifecycle/deletion.ts';
import { defineAct } from '../act.ts';
import { accountUnknown, findPerson, namedPerson, onPerson } from './person.ts';

/** Removes an account and everything personal about it, and ends its sessions; the audit trail stays. */
export const deletePerson = defineAct({
  name: 'people.delete',
  needs: 'people:write',
  dangerous: true,
  input: onPerson,
  result: z.object({ person: namedPerson }),
  prepare: findPerson,
  async run({ deletion }: { readonly deletion: Deletion }, { tx, by, input, prepared: person }) {
    if (!(await deletion.remove(tx, person.id, by))) throw accountUnknown(input.person);
    return { person };
  },
});
