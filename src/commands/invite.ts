import type { CommandActor } from '../administration/actor.ts';
import { invitations } from '../administration/invitations.ts';
import { isEmail, isPersonName, isRole } from '../domain/accounts/policy.ts';
import { unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import type { AdministeredApp } from './acting.ts';
import type { Terminal } from './environment.ts';
import { UsageError } from './usage.ts';

export interface InviteOptions {
  readonly email: string;
  readonly name: string;
  readonly role: string[];
  readonly unit?: string;
  readonly locale?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** `users invite`. Rejects with what is wrong with the words, before anything is looked up. */
export async function inviteUser(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  { email, name, role: roles, unit, locale, from, json = false }: InviteOptions,
): Promise<void> {
  if (!isEmail(email.trim())) throw new UsageError('email_invalid', `"${email}" is not an e-mail address.`);
  if (!isPersonName(name))
    throw new UsageError('name_invalid', 'A name is one line of at most 200 characters.');
  const unfit = roles.find((each) => !isRole(each));
  if (unfit !== undefined) throw new UsageError('role_invalid', `"${unfit}" is not a role.`);
  assertLanguageTag(locale);
  const input = { email, name, roles, unit, locale, from };
  const invited = await administration.perform(invitations.send, actor, input);
  const { person, again, expiresAt } = invited;
  if (!again) for (const role of invited.unknownRoles) terminal.warn(unknownRoleText(role));
  if (json) {
    terminal.print(JSON.stringify({ ...person, again, expiresAt }));
    return;
  }
  terminal.print(
    `${again ? 'Invited again' : 'Invited'}: ${person.email}. The link works until ${expiresAt.toISOString()}.`,
  );
  if (again) terminal.warn('The account exists already and stays as it is; earlier links no longer work.');
}

function assertLanguageTag(text: string | undefined): void {
  try {
    if (text !== undefined) new Intl.Locale(text);
  } catch (cause) {
    throw new UsageError('locale_invalid', `"${text}" is not a language tag.`, cause);
  }
}
