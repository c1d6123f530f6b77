import { z } from 'zod';
import type { AccountStatusChanges } from '../../lifecycle/account-status.ts';
import { defineAct } from '../act.ts';
import { namedPerson, onePerson, onPerson } from './person.ts';

interface SetsStatus {
  readonly accountStatus: Pick<AccountStatusChanges, 'set'>;
}

/** `changed`: false where it was so already. */
const result = z.object({ person: namedPerson, changed: z.boolean() });

/** Ends every session and token of a person, and lets nobody sign in as them. */
export const disable = defineAct({
  name: 'people.disable',
  summary: 'Disables a person: they are signed out everywhere and cannot sign in.',
  http: { method: 'POST', path: '/people/{person}/disable' },
  scope: 'people:write',
  irreversible: false,
  input: onPerson,
  result,
  about: onePerson,
  run: async ({ accountStatus }: SetsStatus, { tx, by, target: person }) => ({
    person,
    changed: await accountStatus.set(tx, person.id, 'disabled', by),
  }),
});

/** Lets a disabled person sign in again; they begin anew with everything. */
export const enable = defineAct({
  name: 'people.enable',
  summary: 'Lets a disabled person sign in again.',
  http: { method: 'POST', path: '/people/{person}/enable' },
  scope: 'people:write',
  irreversible: false,
  input: onPerson,
  result,
  about: onePerson,
  run: async ({ accountStatus }: SetsStatus, { tx, by, target: person }) => ({
    person,
    changed: await accountStatus.set(tx, person.id, 'active', by),
  }),
});
