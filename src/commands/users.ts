import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { type ImportReport, importAccounts } from '../domain/accounts/import.ts';
import { isAccountId, normaliseIdentifier } from '../domain/accounts/policy.ts';
import { rolesInUse } from '../domain/accounts/role-store.ts';
import type { Account, AccountStatus, AccountStore } from '../domain/accounts/store.ts';
import { type UnknownRole, unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import { assertImportable } from '../domain/passwords/imported.ts';
import { badRequest, notFound } from '../kernel/errors.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { type PasswordPrompt, processPrompt } from './password-prompt.ts';
import { rolesToWarnOfAmong } from './role-warnings.ts';
import { accountCreated, byCommand, type CreateOptions, createUser } from './user-creation.ts';
import { printAccount, toJson, toLine } from './user-views.ts';
import type { UsersApp, WithApp } from './users-app.ts';

interface Format {
  readonly json?: boolean;
}

/**
 * `gatehouse users …`. Every action rejects with a GatehouseError when it could not do what it was asked; whoever runs
 * the program shows its safe message and exits with another code than 0.
 */
export function registerUsers(
  program: Command,
  withApp: WithApp,
  terminal: Terminal = processTerminal,
  prompt: PasswordPrompt = processPrompt(),
): void {
  const users = program.command('users').description('the people who may sign in');
  const act = (work: (app: UsersApp) => Promise<void>) => withApp(work);

  users
    .command('import')
    .description(
      'create accounts from a file with one JSON object a line; a file with an error in it changes nothing',
    )
    .argument('<file>', 'lines of: email, name, roles[], email_verified, password_hash, totp_secret')
    .option('--dry-run', 'only check the file')
    .option('--json', 'print the result as one JSON object')
    .action((file: string, options: { dryRun?: boolean } & Format) =>
      act((app) => importUsers(app, terminal, file, options)),
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
    .action((options: CreateOptions) => act((app) => createUser(app, terminal, prompt, options)));

  users
    .command('list')
    .description('list accounts by address')
    .option('--search <text>', 'part of an address or a name')
    .option('--json', 'print one JSON object a line')
    .action((options: { search?: string } & Format) => act((app) => listUsers(app, terminal, options)));

  users
    .command('show')
    .argument('<user>', 'address or id')
    .option('--json', 'print the account as one JSON object')
    .action((user: string, { json }: Format) =>
      act(async ({ accounts }) => printAccount(terminal, await find(accounts, user), json)),
    );

  users
    .command('disable')
    .description('end every session and token of an account, and let nobody sign in with it')
    .argument('<user>', 'address or id')
    .action((user: string) => act((app) => setStatus(app, terminal, user, 'disabled')));

  users
    .command('enable')
    .description('let a disabled account sign in again')
    .argument('<user>', 'address or id')
    .action((user: string) => act((app) => setStatus(app, terminal, user, 'active')));

  users
    .command('unlock')
    .description('end the lock that failed sign-ins of an account have begun, and forget the failures')
    .argument('<user>', 'address or id')
    .action((user: string) => act((app) => unlock(app, terminal, user)));
}

async function importUsers(
  app: UsersApp,
  terminal: Terminal,
  file: string,
  { dryRun = false, json }: { dryRun?: boolean } & Format,
): Promise<void> {
  const {
    database,
    audit: { log: audit },
    accounts: { store: accounts },
    factors: { totp },
  } = app;
  await assertReadableTwice(file);
  // Of the roles of the file, only those are known that somebody has before it is imported.
  const known = await rolesInUse(database);
  const dependencies = { database, accounts, factors: totp, checkPasswordHash: assertImportable };
  const report = await importAccounts(dependencies, () => createReadStream(file), {
    dryRun,
    onCreated: (tx, made) =>
      audit.record(tx, ...made.map(({ id }) => accountCreated('import', id, 'users import'))),
  });
  const unknown = rolesToWarnOfAmong(app.config, known, report.roles.keys());
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
  { accounts }: UsersApp,
  terminal: Terminal,
  { search, json = false }: { search?: string } & Format,
): Promise<void> {
  const matching = search === undefined ? {} : { search };
  let page = await accounts.list({ limit: PAGE, ...matching });
  if (page.length === 0 && !json) terminal.warn('There are no such accounts.');
  while (page.length > 0) {
    for (const account of page) terminal.print(json ? JSON.stringify(toJson(account)) : toLine(account));
    const last = page.at(-1);
    page =
      page.length < PAGE || last === undefined
        ? []
        : await accounts.list({ limit: PAGE, after: last.email, ...matching });
  }
}

const VERBS = { active: 'enable', disabled: 'disable' } as const satisfies Record<AccountStatus, string>;

async function setStatus(
  { accounts, accountStatus }: UsersApp,
  terminal: Terminal,
  user: string,
  status: AccountStatus,
): Promise<void> {
  const { id, email } = await find(accounts, user);
  const changed = await accountStatus.set(id, status, byCommand(`users ${VERBS[status]}`));
  const state = `${VERBS[status]}d`;
  terminal.print(changed ? `${email} is ${state}.` : `${email} was ${state} already.`);
}

/** An address that nobody has can be locked, too; that ends by itself. */
async function unlock(
  { database, audit, accounts, lockout }: UsersApp,
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
