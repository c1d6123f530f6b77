import { isEmail, isPersonName, isRole } from '../domain/accounts/policy.ts';
import { unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import type { Invitations } from '../lifecycle/invitations.ts';
import type { Terminal } from './environment.ts';
import { commandOrigin } from './origin.ts';
import { type RolesApp, rolesToWarnOf } from './role-warnings.ts';
import { UsageError } from './usage.ts';

export interface InviteOptions {
  readonly email: string;
  readonly name: string;
  readonly role: string[];
  readonly locale?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** Rejects with what is wrong with the words, before anything is looked up. */
export async function inviteUser(
  app: RolesApp & { readonly invitations: Pick<Invitations, 'invite'> },
  terminal: Terminal,
  { email, name, role: roles, locale, from, json = false }: InviteOptions,
): Promise<void> {
  if (!isEmail(email.trim())) throw new UsageError('email_invalid', `"${email}" is not an e-mail address.`);
  if (!isPersonName(name))
    throw new UsageError('name_invalid', 'A name is one line of at most 200 characters.');
  const unfit = roles.find((each) => !isRole(each));
  if (unfit !== undefined) throw new UsageError('role_invalid', `"${unfit}" is not a role.`);
  const unknown = await rolesToWarnOf(app, roles);
  const { account, again, expiresAt } = await app.lifecycle.invitations.invite(
    { email, name, roles, ...(locale === undefined ? {} : { locale: languageTag(locale) }) },
    {
      actor: 'command',
      origin: commandOrigin('users invite'),
      ...(from === undefined ? {} : { name: from }),
    },
  );
  if (!again) for (const role of unknown) terminal.warn(unknownRoleText(role));
  if (json) {
    const { id, email: address } = account;
    terminal.print(JSON.stringify({ id, email: address, again, expires_at: expiresAt }));
    return;
  }
  terminal.print(
    `${again ? 'Invited again' : 'Invited'}: ${account.email}. The link works until ${expiresAt.toISOString()}.`,
  );
  if (again) terminal.warn('The account exists already and stays as it is; earlier links no longer work.');
}

function languageTag(text: string): string {
  try {
    return new Intl.Locale(text).toString();
  } catch (cause) {
    throw new UsageError('locale_invalid', `"${text}" is not a language tag.`, cause);
  }
}
