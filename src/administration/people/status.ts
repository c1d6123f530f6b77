import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import type { AccountStatusChanges } from '../../lifecycle/account-status.ts';
import type { StatusSchedule } from '../../lifecycle/status-schedule.ts';
import { defineAct, InvalidInput } from '../act.ts';
import { type AdmissionDependencies, assertMayLeadInto, permittedLimit } from '../admission.ts';
import { accountUnknown, namedPerson, onePerson, onPerson } from './person.ts';

interface SetsStatus extends Pick<AdmissionDependencies, 'rights'> {
  readonly accountStatus: Pick<AccountStatusChanges, 'set'>;
  readonly statusSchedule: Pick<StatusSchedule, 'change'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly rights: AdmissionDependencies['rights'];
}

/** `changed`: false where it was so already. */
const result = z.object({ person: namedPerson, changed: z.boolean() });

const moment = z.iso.datetime({ offset: true });

const ENABLE = { name: 'people.enable', scope: 'people:write', about: onePerson } as const;

/**
 * Ends every session and token of a person, and lets nobody sign in as them: now, or at a time to come; for good, or until a time at
 * which they are enabled again, for whoever may enable them. What was planned for them before is planned no more. Throws
 * `last_administrator` (409), and `target_outranks` (403) where somebody with rights that the asker lacks would have them again, or
 * longer than was planned.
 */
export const disable = defineAct({
  name: 'people.disable',
  summary: 'Disables a person: they are signed out everywhere and cannot sign in.',
  http: { method: 'POST', path: '/people/{person}/disable' },
  scope: 'people:write',
  irreversible: false,
  input: onPerson.extend({
    /** From when on; a moment that has passed means now. */
    at: moment.optional(),
    /** When they are enabled again. */
    until: moment.optional(),
  }),
  result: result.extend({
    /** What is planned. `changed` says what was done at once. */
    disableAt: z.date().nullable(),
    enableAt: z.date().nullable(),
  }),
  about: onePerson,
  async run(
    { accountStatus, statusSchedule, clock, rights }: SetsStatus,
    { tx, by, actor, input: { person: named, at, until }, target: person },
  ) {
    const now = clock.now();
    const disableAt = at === undefined || new Date(at) <= now ? undefined : new Date(at);
    const enableAt = until === undefined ? undefined : new Date(until);
    if (enableAt !== undefined && enableAt <= (disableAt ?? now)) {
      const words = 'has to be later than the moment at which they are disabled';
      throw new InvalidInput([`until: ${words}`], [{ path: ['until'], words }]);
    }
    if (enableAt !== undefined) {
      // Who may not enable them does not have it done by the clock.
      const limit = await permittedLimit(ENABLE, { rights }, actor, tx);
      if (!(await rights.reachesPerson(person.id, limit, tx))) throw accountUnknown(named);
    }
    const changed = disableAt === undefined && (await accountStatus.set(tx, person.id, 'disabled', by));
    await statusSchedule.change(tx, person.id, { disableAt, enableAt }, by);
    if (disableAt !== undefined || enableAt !== undefined)
      await assertMayLeadInto(person.id, { rights }, actor, tx);
    return { person, changed, disableAt: disableAt ?? null, enableAt: enableAt ?? null };
  },
});

/**
 * Lets a disabled person sign in again; they begin anew with everything. What was planned for them is planned no more. Throws
 * `target_outranks` (403): nobody gives rights back that they do not have.
 */
export const enable = defineAct({
  ...ENABLE,
  summary: 'Lets a disabled person sign in again.',
  http: { method: 'POST', path: '/people/{person}/enable' },
  irreversible: false,
  input: onPerson,
  result,
  async run({ accountStatus, statusSchedule, rights }: SetsStatus, { tx, by, actor, target: person }) {
    const changed = await accountStatus.set(tx, person.id, 'active', by);
    await statusSchedule.change(tx, person.id, {}, by);
    await assertMayLeadInto(person.id, { rights }, actor, tx);
    return { person, changed };
  },
});
