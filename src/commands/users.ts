import { type Command, Option } from 'commander';
import type { CommandActor } from '../administration/actor.ts';
import { people } from '../administration/people/index.ts';
import { IMPORT_FIELDS } from '../domain/accounts/import-lines.ts';
import { type AdministeredApp, changing, operatorOf } from './acting.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { type PasswordPrompt, processPrompt } from './password-prompt.ts';
import { type ConvertCommand, convertUsers, EXPORT_KINDS } from './user-convert.ts';
import { type CreateOptions, createUser, type UserCreationApp } from './user-creation.ts';
import { type ImportOptions, importUsers } from './user-import.ts';
import { collect, type RoleOptions, setRoles } from './user-roles.ts';
import { printPerson, toLine } from './user-views.ts';

interface Format {
  readonly json?: boolean;
}

/**
 * `gatehouse users …`. Every action rejects with a GatehouseError when it could not do what it was asked; whoever runs
 * the program shows its safe message and exits with another code than 0.
 */
export function registerUsers(
  program: Command,
  withApp: <T>(work: (app: UserCreationApp) => Promise<T>) => Promise<T>,
  terminal: Terminal = processTerminal,
  prompt: PasswordPrompt = processPrompt(),
): void {
  const users = program.command('users').description('the people who may sign in');

  changing(users.command('import'))
    .description(
      'create accounts from a file with one JSON object a line; a file with an error in it changes nothing. ' +
        'One that was cut off goes on where it ended when it is given again',
    )
    .argument('<file>', `lines of: ${IMPORT_FIELDS.join(', ').replace('roles', 'roles[]')}`)
    .option('--dry-run', 'only check the file')
    .option('--json', 'print the result as one JSON object')
    .action((file: string, options: ImportOptions, command: Command) =>
      withApp((app) => importUsers(app, terminal, operatorOf(command), file, options)),
    );

  users
    .command('convert')
    .description(
      'turn an export of another system into a file for users import; what cannot be taken is said',
    )
    .argument('<file>', 'the export')
    .addOption(new Option('--from <kind>', 'what wrote it').choices(EXPORT_KINDS).makeOptionMandatory())
    .option('--sub <field>', 'the field by which applications know a person (keycloak: id; else none)')
    .option(
      '--attribute <field=name>',
      'the field of the export that becomes an attribute of that name; may be given several times',
      collect,
      [],
    )
    .action((file: string, options: ConvertCommand) => convertUsers(terminal, file, options));

  changing(users.command('create'))
    .description('create one account; its owner chooses the password by a link (users invite mails it)')
    .requiredOption('--email <address>')
    .requiredOption('--name <name>', 'as it is shown to applications')
    .option('--username <name>', 'signs in as well as the address')
    .option(
      '--role <role>',
      'may be given several times',
      (role: string, roles: string[]) => [...roles, role],
      [],
    )
    .option('--unit <id>', 'the unit that they belong to')
    .option('--email-verified', 'the address is known to be theirs')
    .option(
      '--password-stdin',
      'read a password from the standard input; in production it has to be changed at the first sign-in',
    )
    .option('--no-password', 'do not ask for a password; production never asks')
    .option('--json', 'print the account as one JSON object')
    .action((options: CreateOptions, command: Command) =>
      withApp((app) => createUser(app, terminal, operatorOf(command), prompt, options)),
    );

  users
    .command('list')
    .description('list accounts by address')
    .option('--search <text>', 'part of an address or a name')
    .option('--json', 'print one JSON object a line')
    .action((options: { search?: string } & Format, command: Command) =>
      withApp((app) => listUsers(app, terminal, operatorOf(command), options)),
    );

  users
    .command('show')
    .argument('<user>', 'address, user name, subject or id')
    .option('--json', 'print the account as one JSON object')
    .action((person: string, { json }: Format, command: Command) =>
      withApp(async ({ administration }) => {
        const shown = await administration.perform(people.show, operatorOf(command), { person });
        printPerson(terminal, shown, json);
      }),
    );

  changing(users.command('set-roles'))
    .description('give an account these roles and no others; where it loses one, its sessions and tokens end')
    .argument('<user>', 'address, user name, subject or id')
    .argument('[roles...]', 'its roles from now on; without any it has none, and needs --none')
    .option('--none', 'no role at all')
    .option(
      '--until <role=time>',
      'the role ends by itself at this time, e.g. 2027-01-31T18:00:00Z',
      collect,
      [],
    )
    .option('--unit <role=id>', 'the role reaches only the people of this unit and below', collect, [])
    .option('--owned <role>', 'the role reaches only the clients that they own', collect, [])
    .option('--unlimited <role>', 'the role has neither a limit nor an end any more', collect, [])
    .option('--json', 'print the result as one JSON object')
    .action((user: string, roles: string[], options: RoleOptions, command: Command) =>
      withApp((app) => setRoles(app, terminal, operatorOf(command), user, { ...options, roles })),
    );

  changing(users.command('disable'))
    .description('end every session and token of an account, and let nobody sign in with it')
    .argument('<user>', 'address, user name, subject or id')
    .option('--at <time>', 'not before this time, e.g. 2027-01-31T18:00:00Z')
    .option('--until <time>', 'it is enabled again at this time')
    .action((user: string, when: { at?: string; until?: string }, command: Command) =>
      withApp((app) => disableUser(app, terminal, operatorOf(command), { person: user, ...when })),
    );

  changing(users.command('enable'))
    .description('let a disabled account sign in again')
    .argument('<user>', 'address, user name, subject or id')
    .action((user: string, _options: unknown, command: Command) =>
      withApp((app) => enableUser(app, terminal, operatorOf(command), user)),
    );

  changing(users.command('unlock'))
    .description('end the lock that failed sign-ins of an account have begun, and forget the failures')
    .argument('<user>', 'address, user name, subject or id')
    .action((user: string, _options: unknown, command: Command) =>
      withApp((app) => unlock(app, terminal, operatorOf(command), user)),
    );
}

const PAGE = 500;

async function listUsers(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  { search, json = false }: { search?: string } & Format,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = await administration.perform(people.listByAddress, actor, { search, after, limit: PAGE });
    if (after === undefined && page.people.length === 0 && !json)
      terminal.warn('There are no such accounts.');
    for (const person of page.people) terminal.print(json ? JSON.stringify(person) : toLine(person));
    after = page.next;
  } while (after !== undefined);
}

async function disableUser(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  { person: user, at, until }: { person: string; at?: string; until?: string },
): Promise<void> {
  const asked = {
    person: user,
    ...(at === undefined ? {} : { at }),
    ...(until === undefined ? {} : { until }),
  };
  const { person, changed, disableAt, enableAt } = await administration.perform(people.disable, actor, asked);
  const { email } = person;
  if (disableAt !== null) terminal.print(`${email} will be disabled at ${disableAt.toISOString()}.`);
  else terminal.print(changed ? `${email} is disabled.` : `${email} was disabled already.`);
  if (enableAt !== null) terminal.print(`${email} will be enabled at ${enableAt.toISOString()}.`);
}

async function enableUser(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
): Promise<void> {
  const { person, changed } = await administration.perform(people.enable, actor, { person: user });
  terminal.print(changed ? `${person.email} is enabled.` : `${person.email} was enabled already.`);
}

async function unlock(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
): Promise<void> {
  const done = await administration.perform(people.unlock, actor, { person: user });
  const { email } = done.person;
  terminal.print(done.wasLocked ? `${email} is unlocked.` : `${email} was not locked.`);
  if (done.passwordDisabled) {
    terminal.warn(`The password of ${email} is disabled after too many failures: it has to be reset.`);
  }
}
