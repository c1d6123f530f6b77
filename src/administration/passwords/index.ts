import { z } from 'zod';
import type { StandIns } from '../../domain/passwords/stand-in-store.ts';
import { badRequest, conflict } from '../../kernel/errors.ts';
import type { AccountStatusChanges } from '../../lifecycle/account-status.ts';
import type { PasswordReset } from '../../lifecycle/password-reset.ts';
import { defineAct, defineRead } from '../act.ts';
import { namedPerson, onePerson, onPerson } from '../people/person.ts';
import { addSignerKey } from './signer-keys.ts';
import { wrapHashes } from './wrapping.ts';

/**
 * Ends every session of a person and asks for another password at their next sign-in. Throws `password_missing` (400) where they
 * have none.
 */
const requireChange = defineAct({
  name: 'passwords.require_change',
  summary: 'Demands another password at the next sign-in.',
  http: { method: 'POST', path: '/people/{person}/require-password-change' },
  scope: 'people:assist',
  irreversible: false,
  about: onePerson,
  input: onPerson.extend({
    /** Somebody else knows the password, or may. */
    compromised: z.boolean().default(false),
  }),
  /** `changed`: false where that was asked already. */
  result: z.object({ person: namedPerson, changed: z.boolean() }),
  async prepare(_deps, _input, person) {
    if (person.passwordHash !== undefined) return;
    throw badRequest('password_missing', `${person.email} has no password that could be changed.`);
  },
  async run(
    { accountStatus }: { readonly accountStatus: Pick<AccountStatusChanges, 'requirePasswordChange'> },
    { tx, by, input, target: person },
  ) {
    const reason = input.compromised ? 'compromised' : 'must_change';
    return { person, changed: await accountStatus.requirePasswordChange(tx, person.id, reason, by) };
  },
});

/**
 * Mails a person a link with which they choose another password; the one that they have works until then. Throws
 * `account_disabled` (409).
 */
const sendResetLink = defineAct({
  name: 'passwords.send_reset_link',
  summary: 'Mails a person a link with which they set a new password.',
  http: { method: 'POST', path: '/people/{person}/send-password-reset' },
  scope: 'people:assist',
  irreversible: false,
  input: onPerson,
  result: z.object({ person: namedPerson }),
  about: onePerson,
  async run(
    { passwordReset }: { readonly passwordReset: Pick<PasswordReset, 'send'> },
    { tx, by, target: person },
  ) {
    if (await passwordReset.send(tx, person.id, by)) return { person };
    throw conflict('account_disabled', `${person.email} is disabled, so no link was sent.`);
  },
});

/** How many accounts have which kind of password hash, the commonest first. */
const countHashes = defineRead({
  name: 'passwords.count_hashes',
  summary: 'Counts password hashes by algorithm and parameters.',
  http: { method: 'GET', path: '/passwords/hashes' },
  scope: 'system:read',
  input: z.strictObject({}),
  result: z.object({
    kinds: z.array(
      z.object({
        /** Algorithm and parameters, without salt and digest. */
        kind: z.string(),
        accounts: z.int(),
      }),
    ),
  }),
  run: async ({ standIns }: { readonly standIns: Pick<StandIns, 'kinds'> }) => ({
    kinds: [...(await standIns.kinds())],
  }),
});

/** What can be done about passwords, which only their owners choose. */
export const passwords = { requireChange, sendResetLink, countHashes, wrapHashes, addSignerKey };
