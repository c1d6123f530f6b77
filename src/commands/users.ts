import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { CommandActor } from '../administration/actor.ts';
import { people } from '../administration/people/index.ts';
import { type ImportReport, importAccounts } from '../domain/accounts/import.ts';
import { isAccountId, normaliseIdentifier } from '../domain/accounts/policy.ts';
import { rolesInUse } from '../domain/accounts/role-store.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { type UnknownRole, unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import { assertImportable } from '../domain/passwords/imported.ts';
import { badRequest, notFound } from '../kernel/errors.ts';
import { type AdministeredHouse, changing, operatorOf } from './acting.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { type PasswordPrompt, processPrompt } from './password-prompt.ts';
import { rolesToWarnOfAmong } from './role-warnings.ts';
import { accountCreated, byCommand, type CreateOptions, createUser } from './user-creation.ts';
import { printPerson, toJson, toLine } from './user-views.ts';
import type { UsersHouse, WithHouse } from './users-house.ts';

interface Format {
  readonly json?: boolean;
}

/**
 * `gatehouse users …`. Every action rejects with a GatehouseError when it could not do what it was asked; whoever runs
 * the program shows its safe message and exits with another code than 0.
 */
export function registerUsers(
  program: Command,
  withHouse: WithHouse,
  terminal: Terminal = processTerminal,
  prompt: PasswordPrompt = processPrompt(),
): void {
  const users = program.command('users').description('the people who may sign in');
  const act = (work: (house: UsersHouse) => Promise<void>) => withHouse(work);

  users
    .command('import')
    .description(
      'create accounts from a file with one JSON object a line; a file with an error in it changes nothing',
    )
    .argument('<file>', 'lines of: email, name, roles[], email_verified, password_hash, totp_secret')
    .option('--dry-run', 'only check the file')
    .option('--json', 'print the result as one JSON object')
    .action((file: string, options: { dryRun?: boolean } & Format) =>
      act((house) => importUsers(house, terminal, file, options)),
    );

  users
    .command('create')
    .description('create one account; its owner chooses the password by a link (users invite mails it)')
    .requiredOption('--email <address>')
    .requiredOption('--name <name>', 'as it is shown to applications')
    .option(
      '--role <role>',
      'may be given several times',
      (role: string, roles: string[]) => [...roles, role],
      [],
    )
    .option('--email-verified', 'the address is known to be theirs')
    .option(
      '--password-stdin',
      'read a password from the standard input; in production it has to be changed at the first sign-in',
    )
    .option('--no-password', 'do not ask for a password; production never asks')
    .option('--json', 'print the account as one JSON object')
    .action((options: CreateOptions) => act((house) => createUser(house, terminal, prompt, options)));

  users
    .command('list')
    .description('list accounts by address')
    .option('--search <text>', 'part of an address or a name')
    .option('--json', 'print one JSON object a line')
    .action((options: { search?: string } & Format, command: Command) =>
      act((house) => listUsers(house, terminal, operatorOf(command), options)),
    );

  users
    .command('show')
    .argument('<user>', 'address or id')
    .option('--json', 'print the account as one JSON object')
    .action((person: string, { json }: Format, command: Command) =>
      act(async ({ administration }) => {
        const shown = await administration.perform(people.show, operatorOf(command), { person });
        printPerson(terminal, shown, json);
      }),
    );

  changing(users.command('disable'))
    .description('end every session and token of an account, and let nobody sign in with it')
    .argument('<user>', 'address or id')
    .action((user: string, _options: unknown, command: Command) =>
      act((house) => setStatus(house, terminal, operatorOf(command), user, 'disable')),
    );

  changing(users.command('enable'))
    .description('let a disabled account sign in again')
    .argument('<user>', 'address or id')
    .action((user: string, _options: unknown, command: Command) =>
      act((house) => setStatus(house, terminal, operatorOf(command), user, 'enable')),
    );

  users
    .command('unlock')
    .description('end the lock that failed sign-ins of an account have begun, and forget the failures')
    .argument('<user>', 'address or id')
    .action((user: string) => act((house) => unlock(house, terminal, user)));
}

async function importUsers(
  house: UsersHouse,
  terminal: Terminal,
  file: string,
  { dryRun = false, json }: { dryRun?: boolean } & Format,
): Promise<void> {
  const { database, audit, accounts, totp } = house;
  await assertReadableTwice(file);
  // Of the roles of the file, only those are known that somebody has before it is imported.
  const known = await rolesInUse(database);
  const dependencies = { database, accounts, factors: totp, checkPasswordHash: assertImportable };
  const report = await importAccounts(dependencies, () => createReadStream(file), {
    dryRun,
    onCreated: (tx, made) =>
      audit.record(tx, ...made.map(({ id }) => accountCreated('import', id, 'users import'))),
  });
  const unknown = rolesToWarnOfAmong(house.config, known, report.roles.keys());
  printReport(terminal, report, unknown, json);
  const wrong = report.problems.length;
  if (wrong > 0) {
    throw badRequest(
      'import_refused',
      `Nothing was imported: ${wrong} of ${countOf(report.lines, 'line')} cannot be used.`,
    );
  }
  if (report.lines === 0) throw badRequest('import_empty', 'The file holds no accounts.');
}

const countOf = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function printReport(
  terminal: Terminal,
  { lines: accounts, problems, roles, written }: ImportReport,
  unknown: readonly UnknownRole[],
  json = false,
): void {
  const warnings = unknown.map((role) => ({ line: roles.get(role.role), message: unknownRoleText(role) }));
  if (json) {
    terminal.print(JSON.stringify({ accounts: written ? accounts : 0, lines: accounts, problems, warnings }));
    return;
  }
  for (const { line, message } of warnings) terminal.warn(`line ${line}: ${message}`);
  for (const { line, message } of problems) terminal.warn(`line ${line}: ${message}`);
  if (problems.length > 0 || accounts === 0) return;
  const people = countOf(accounts, 'account');
  terminal.print(written ? `Imported ${people}.` : `The file is good: ${people} would be imported.`);
}

async function assertReadableTwice(file: string): Promise<void> {
  try {
    if ((await stat(file)).isFile()) return;
  } catch (cause) {
    throw badRequest('file_unreadable', `${file} cannot be read.`, cause);
  }
  throw badRequest('file_unreadable', `${file} is not a file; it has to be one, because it is read twice.`);
}

async function find(accounts: AccountStore, user: string): Promise<Account> {
  const account = isAccountId(user) ? await accounts.findById(user) : await accounts.findByIdentifier(user);
  if (account === undefined) throw notFound('account_unknown', `There is no account "${user}".`);
  return account;
}

const PAGE = 500;

async function listUsers(
  { administration }: AdministeredHouse,
  terminal: Terminal,
  actor: CommandActor,
  { search, json = false }: { search?: string } & Format,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = await administration.perform(people.list, actor, { search, after, limit: PAGE });
    if (after === undefined && page.people.length === 0 && !json)
      terminal.warn('There are no such accounts.');
    for (const person of page.people) terminal.print(json ? JSON.stringify(toJson(person)) : toLine(person));
    after = page.next;
  } while (after !== undefined);
}

async function setStatus(
  { administration }: AdministeredHouse,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
  verb: 'enable' | 'disable',
): Promise<void> {
  const { person, changed } = await administration.perform(people[verb], actor, { person: user });
  terminal.print(changed ? `${person.email} is ${verb}d.` : `${person.email} was ${verb}d already.`);
}

/** An address that nobody has can be locked, too; that ends by itself. */
async function unlock(
  { database, audit, accounts, lockout }: UsersHouse,
  terminal: Terminal,
  user: string,
): Promise<void> {
  const { id, email } = await find(accounts, user);
  const unlocked = await database.transaction(async (tx) => {
    const { wasLocked } = await lockout.unlock(tx, { id, identifier: normaliseIdentifier(email) });
    if (wasLocked) {
      await audit.record(tx, {
        ...byCommand('users unlock'),
        type: 'account.unlocked',
        account: id,
        details: {},
      });
    }
    return wasLocked;
  });
  terminal.print(unlocked ? `${email} is unlocked.` : `${email} was not locked.`);
  if (await lockout.passwordDisabled(id)) {
    terminal.warn(`The password of ${email} is disabled after too many failures: it has to be reset.`);
  }
}
