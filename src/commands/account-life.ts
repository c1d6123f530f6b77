import type { Command } from 'commander';
import type { Deletion } from '../account-life/deletion.ts';
import type { Invitations } from '../account-life/invitations.ts';
import { isAccountId, isEmail, isPersonName, isRole } from '../domain/accounts/policy.ts';
import type { AccountStore } from '../domain/accounts/store.ts';
import { badRequest, notFound } from '../kernel/errors.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { commandOrigin } from './origin.ts';

export interface AccountLifeHouse {
  readonly accounts: Pick<AccountStore, 'findById' | 'findByIdentifier'>;
  readonly invitations: Pick<Invitations, 'invite'>;
  readonly deletion: Deletion;
}

export interface InviteOptions {
  readonly email: string;
  readonly name: string;
  readonly role: string[];
  readonly locale?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** `gatehouse users invite` and `users delete`, beside those of `users.ts`, which must have been registered. */
export function registerAccountLife(
  program: Command,
  withHouse: <T>(work: (house: AccountLifeHouse) => Promise<T>) => Promise<T>,
  terminal: Terminal = processTerminal,
): void {
  const users = program.commands.find((command) => command.name() === 'users') ?? program.command('users');

  users
    .command('invite')
    .description('create an account and mail its owner a link to choose a password; again: a new link')
    .requiredOption('--email <address>')
    .requiredOption('--name <name>', 'as it is shown to applications; its owner may change it')
    .option(
      '--role <role>',
      'may be given several times',
      (role: string, roles: string[]) => [...roles, role],
      [],
    )
    .option('--locale <tag>', 'the language of the mail and the pages, e.g. es')
    .option('--from <name>', 'who invites, as the mail says it')
    .option('--json', 'print the result as one JSON object')
    .action((options: InviteOptions) => withHouse((house) => inviteUser(house, terminal, options)));

  users
    .command('delete')
    .description(
      'remove an account and everything personal about it, and end its sessions; the audit trail stays',
    )
    .argument('<user>', 'address or id')
    .action((user: string) => withHouse((house) => deleteUser(house, terminal, user)));
}

/** Rejects with what is wrong with the words, before anything is looked up. */
export async function inviteUser(
  { invitations }: Pick<AccountLifeHouse, 'invitations'>,
  terminal: Terminal,
  { email, name, role: roles, locale, from, json = false }: InviteOptions,
): Promise<void> {
  if (!isEmail(email.trim())) throw badRequest('email_invalid', `"${email}" is not an e-mail address.`);
  if (!isPersonName(name)) throw badRequest('name_invalid', 'A name is one line of at most 200 characters.');
  const unfit = roles.find((each) => !isRole(each));
  if (unfit !== undefined) throw badRequest('role_invalid', `"${unfit}" is not a role.`);
  const { account, again, expiresAt } = await invitations.invite(
    { email, name, roles, ...(locale === undefined ? {} : { locale: languageTag(locale) }) },
    {
      actor: 'command',
      origin: commandOrigin('users invite'),
      ...(from === undefined ? {} : { name: from }),
    },
  );
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
    throw badRequest('locale_invalid', `"${text}" is not a language tag.`, cause);
  }
}

async function deleteUser(
  { accounts, deletion }: AccountLifeHouse,
  terminal: Terminal,
  user: string,
): Promise<void> {
  const account = isAccountId(user) ? await accounts.findById(user) : await accounts.findByIdentifier(user);
  const by = { actor: 'command', origin: commandOrigin('users delete') };
  if (account === undefined || !(await deletion.remove(account.id, by))) {
    throw notFound('account_unknown', `There is no account "${user}".`);
  }
  terminal.print(`${account.email} is deleted. In the audit trail it stays as ${account.id}.`);
}
