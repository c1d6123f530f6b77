import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { BulkStore } from '../../domain/bulk/store.ts';
import type { ClientStore } from '../../domain/clients/store.ts';
import { conflict, isCode } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Database } from '../../storage/database.ts';
import type { Actor } from '../actor.ts';
import { groups } from '../groups/index.ts';
import { invitations } from '../invitations.ts';
import { passwords } from '../passwords/index.ts';
import { sessions } from '../sessions.ts';
import { roleField } from './fields.ts';
import { accountUnknown } from './person.ts';
import { setRoles } from './set-roles.ts';
import { setUnit } from './set-unit.ts';
import { disable, enable } from './status.ts';
import { unlock } from './unlocking.ts';

/** What can be done about many people: each time the act about one of them, with the right of who has asked. */

export const BULK_ACTS = [
  'disable',
  'enable',
  'unlock',
  'sign_out',
  'require_password_change',
  'send_invitation',
  'set_unit',
  'add_role',
  'remove_role',
  'add_to_group',
  'remove_from_group',
] as const;
export type BulkAct = (typeof BULK_ACTS)[number];

/** What changes rights is dangerous about one person already. */
export const CHANGES_RIGHTS: ReadonlySet<BulkAct> = new Set<BulkAct>([
  'set_unit',
  'add_role',
  'remove_role',
  'add_to_group',
  'remove_from_group',
]);

export const bulkOptions = {
  act: z.enum(BULK_ACTS),
  /** Which one is added or removed. */
  role: roleField('a role').optional(),
  /** Where people are moved; null: to no unit. */
  unit: z.uuid().nullable().optional(),
  /** Into or out of which one: its id, or its name in any spelling. */
  group: z.string().refine(isStorable, 'a group').optional(),
};

/** As they are stored with a bulk. */
export const bulkOptionsSchema = z.object(bulkOptions);
export type BulkOptions = z.output<typeof bulkOptionsSchema>;

/** What is missing, by the member that it is about. */
export function missingOption({
  act,
  role,
  unit,
  group,
}: BulkOptions): 'role' | 'unit' | 'group' | undefined {
  if ((act === 'add_role' || act === 'remove_role') && role === undefined) return 'role';
  if ((act === 'add_to_group' || act === 'remove_from_group') && group === undefined) return 'group';
  return act === 'set_unit' && unit === undefined ? 'unit' : undefined;
}

type Needs<Act> = Act extends { perform: (dependencies: infer D, ...rest: never) => unknown } ? D : never;

export type BulkActDependencies = Needs<typeof disable> &
  Needs<typeof enable> &
  Needs<typeof unlock> &
  Needs<typeof setRoles> &
  Needs<typeof setUnit> &
  Needs<typeof groups.addMember> &
  Needs<typeof groups.removeMember> &
  Needs<typeof sessions.endAll> &
  Needs<typeof passwords.requireChange> &
  Needs<typeof invitations.send> & {
    readonly accounts: Pick<AccountStore, 'findById'>;
    readonly clients: Pick<ClientStore, 'find'>;
    readonly bulks: Pick<BulkStore, 'lockRoles'>;
    readonly database: Pick<Database, 'transaction'>;
  };

/** Nothing of a bulk waits by itself: thousands of requests would be nobody's to read. */
const refusesToWait = (fourEyes: BulkActDependencies['fourEyes']): BulkActDependencies['fourEyes'] => ({
  ...fourEyes,
  async ask() {
    throw conflict('approval_impossible', 'This needs a second person for each; ask for it one by one.');
  },
});

/** Does the act about one person. Throws what the act says, and `approval_impossible` (409) where it would wait for a second person. */
export async function performOne(
  { fourEyes, ...rest }: BulkActDependencies,
  actor: Actor,
  { act, role = '', unit = null, group = '' }: BulkOptions,
  person: string,
): Promise<void> {
  const deps = { ...rest, fourEyes: refusesToWait(fourEyes) };
  switch (act) {
    case 'disable':
      await disable.perform(deps, actor, { person });
      return;
    case 'enable':
      await enable.perform(deps, actor, { person });
      return;
    case 'unlock':
      await unlock.perform(deps, actor, { person });
      return;
    case 'sign_out':
      await sessions.endAll.perform(deps, actor, { person });
      return;
    case 'require_password_change':
      await passwords.requireChange.perform(deps, actor, { person });
      return;
    case 'set_unit':
      await setUnit.perform(deps, actor, { person, unit });
      return;
    case 'send_invitation': {
      const account = await deps.accounts.findById(person);
      if (account === undefined) throw accountUnknown(person);
      const { email, name, unit } = account;
      await invitations.send.perform(deps, actor, { email, name, unit }).catch((error) => {
        // Beyond the limit, as of nobody.
        if (isCode(error, 'unit_unknown') || (unit === undefined && isCode(error, 'input_invalid')))
          throw accountUnknown(person);
        throw error;
      });
      return;
    }
    case 'add_to_group':
      await groups.addMember.perform(deps, actor, { group, person });
      return;
    case 'remove_from_group':
      await groups.removeMember.perform(deps, actor, { group, person });
      return;
    case 'add_role':
    case 'remove_role':
      await changeRole(deps, actor, { person, role, has: act === 'add_role' });
  }
}

/** Roles are set all at once: whoever has changed others meanwhile is not undone. */
async function changeRole(
  deps: BulkActDependencies,
  actor: Actor,
  { person, role, has }: { readonly person: string; readonly role: string; readonly has: boolean },
): Promise<void> {
  const account = await deps.accounts.findById(person);
  if (account === undefined) throw accountUnknown(person);
  const before = [...account.ownRoles, ...account.endedRoles];
  // A role whose time is over is none of them: to name it would give it anew, without an end.
  const others = account.ownRoles.filter((each) => each !== role);
  const database: Pick<Database, 'transaction'> = {
    transaction: (work) =>
      deps.database.transaction(async (tx) => {
        const now = await deps.bulks.lockRoles(tx, person);
        if (now !== undefined && [...now].sort().join(' ') !== [...before].sort().join(' '))
          throw conflict('changed_meanwhile', 'The roles of this person were changed meanwhile.');
        return work(tx);
      }),
  };
  const roles = has ? [...others, role] : others;
  await setRoles.perform({ ...deps, database: { ...deps.database, ...database } }, actor, { person, roles });
}
