import type { Command } from 'commander';
import { isAccountId, isEmail } from '../domain/accounts/policy.ts';
import type { AccountStore } from '../domain/accounts/store.ts';
import type { IssuedCode } from '../domain/temporary-codes/store.ts';
import { conflict, GatehouseError, notFound } from '../kernel/errors.ts';
import type { AddressSetting } from '../lifecycle/address-setting.ts';
import type { Deletion } from '../lifecycle/deletion.ts';
import type { FactorReset } from '../lifecycle/factor-reset.ts';
import type { Invitations } from '../lifecycle/invitations.ts';
import type { PasswordReset } from '../lifecycle/password-reset.ts';
import type { TemporaryCodeIssuing } from '../lifecycle/temporary-codes.ts';
import { confirm, YES } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { type InviteOptions, inviteUser } from './invite.ts';
import { commandOrigin } from './origin.ts';
import type { RolesApp } from './role-warnings.ts';
import { UsageError } from './usage.ts';

export interface LifecycleApp extends RolesApp {
  readonly accounts: Pick<AccountStore, 'findById' | 'findByIdentifier'>;
  readonly invitations: Pick<Invitations, 'invite'>;
  readonly deletion: Deletion;
  readonly factorReset: FactorReset;
  readonly addressSetting: AddressSetting;
  readonly passwordReset: Pick<PasswordReset, 'send'>;
  readonly temporaryCodeIssuing: Pick<TemporaryCodeIssuing, 'issue'>;
}

/**
 * `gatehouse users invite`, `delete`, `set-address`, `reset-password`, `reset-factors` and `temporary-code`, beside those of `users.ts`, which must have been registered.
 */
export function registerLifecycle(
  program: Command,
  withApp: <T>(work: (app: LifecycleApp) => Promise<T>) => Promise<T>,
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
    .action((options: InviteOptions) => withApp((app) => inviteUser(app, terminal, options)));

  users
    .command('delete')
    .description(
      'remove an account and everything personal about it, and end its sessions; the audit trail stays',
    )
    .argument('<user>', 'address or id')
    .option(...YES)
    .action((user: string, { yes }: { yes?: boolean }) =>
      withApp((app) => deleteUser(app, terminal, user, yes)),
    );

  users
    .command('set-address')
    .description(
      'give an account another address, e.g. where its owner cannot; ends its sessions and every link that was mailed about ' +
        'it, and tells both',
    )
    .argument('<user>', 'address or id')
    .argument('<address>', 'the new one')
    .option('--email-verified', 'the address is known to be theirs')
    .action((user: string, address: string, { emailVerified = false }: { emailVerified?: boolean }) =>
      withApp((app) => setAddress(app, terminal, user, address, emailVerified)),
    );

  users
    .command('reset-password')
    .description(
      'mail somebody a link with which they choose another password; the one that they have works until then, earlier links ' +
        'do not',
    )
    .argument('<user>', 'address or id')
    .action((user: string) => withApp((app) => resetPassword(app, terminal, user)));

  users
    .command('reset-factors')
    .description(
      'remove every second factor of somebody who has lost them, end their sessions, and print a temporary access code with ' +
        'which they set up a new one at the next sign-in (docs/lost-factors.md says how to be sure who asks)',
    )
    .argument('<user>', 'address or id')
    .option('--json', 'print what was removed, and the code, as one JSON object')
    .option(...YES)
    .action((user: string, { json = false, yes }: { json?: boolean; yes?: boolean }) =>
      withApp((app) => resetFactors(app, terminal, user, { json, yes })),
    );

  users
    .command('temporary-code')
    .description(
      'print a temporary access code for somebody who has left their second factor at home: it stands in for it once, for one ' +
        'session. After reset-factors: another code to set up a new factor with. Earlier codes no longer work',
    )
    .argument('<user>', 'address or id')
    .option('--json', 'print the code as one JSON object')
    .action((user: string, { json = false }: { json?: boolean }) =>
      withApp((app) => temporaryCode(app, terminal, user, json)),
    );
}

async function setAddress(
  { accounts, addressSetting }: LifecycleApp,
  terminal: Terminal,
  user: string,
  given: string,
  verified: boolean,
): Promise<void> {
  const email = given.normalize('NFC').trim();
  if (!isEmail(email)) throw new UsageError('email_invalid', `"${given}" is not an e-mail address.`);
  const account = await find(accounts, user);
  if (account === undefined) throw unknown(user);
  const by = { actor: 'command', origin: commandOrigin('users set-address') };
  const outcome = await addressSetting.set(account.id, { email, verified }, by).catch((error) => {
    if (!(error instanceof GatehouseError) || error.code !== 'account_exists') throw error;
    throw conflict('account_exists', `${email} is the address of another account; nothing was changed.`);
  });
  if (outcome === 'unknown') throw unknown(user);
  if (outcome === 'unchanged') return terminal.print(`${email} was the address of this account already.`);
  terminal.print(
    `${account.email} has the address ${email} now and is signed out everywhere; both addresses are told by mail.`,
  );
  if (account.status === 'disabled') {
    terminal.warn(`The account is disabled: "gatehouse users enable ${email}" opens it.`);
  }
}

async function resetPassword(
  { accounts, passwordReset }: LifecycleApp,
  terminal: Terminal,
  user: string,
): Promise<void> {
  const account = await find(accounts, user);
  if (account === undefined) throw unknown(user);
  const by = { actor: 'command', origin: commandOrigin('users reset-password') };
  if (!(await passwordReset.send(account.id, by))) {
    throw conflict('account_disabled', `${account.email} is disabled, so no link was sent.`);
  }
  terminal.print(
    `${account.email} is mailed a link to choose another password. To end the sessions and the effect of the present ` +
      'one at once: "gatehouse users require-password-change".',
  );
}

async function resetFactors(
  { accounts, factorReset }: LifecycleApp,
  terminal: Terminal,
  user: string,
  { json, yes }: { json: boolean; yes: boolean | undefined },
): Promise<void> {
  const account = await find(accounts, user);
  if (account === undefined) throw unknown(user);
  await confirm(terminal, {
    yes,
    unattended: 'proceed',
    act: `Remove every second factor of ${account.email} (${account.name})`,
    loses: [
      'Their authenticator apps, passkeys, recovery codes and trusted devices are lost, and they are signed out everywhere.',
      'Be sure who asks for it: docs/lost-factors.md.',
    ],
  });
  const by = { actor: 'command', origin: commandOrigin('users reset-factors') };
  const reset = await factorReset.reset(account.id, by);
  if (reset === undefined) throw unknown(user);
  const { lost, code } = reset;
  if (json) {
    const { totp, passkeys, recoveryCodes: recovery_codes, trustedDevices: trusted_devices } = lost;
    const removed = { totp, passkeys, recovery_codes, trusted_devices };
    terminal.print(JSON.stringify({ id: account.id, ...removed, ...codeAsJson(code) }));
    return;
  }
  terminal.print(
    `${account.email} has no second factor any more (removed: ${lost.totp} authenticator apps, ${lost.passkeys} passkeys, ` +
      `${lost.recoveryCodes} unused recovery codes), is signed out everywhere, and is told so by mail.`,
  );
  if (lost.totp + lost.passkeys === 0) terminal.warn('There was none to remove.');
  if (code === undefined) {
    terminal.warn(
      `The account is disabled, so there is no code yet: once it is enabled, "gatehouse users temporary-code ${account.email}".`,
    );
    return;
  }
  printCode(terminal, code, 'With it they set up a new factor, after their password.');
}

async function temporaryCode(
  { accounts, temporaryCodeIssuing }: LifecycleApp,
  terminal: Terminal,
  user: string,
  json: boolean,
): Promise<void> {
  const account = await find(accounts, user);
  const by = { actor: 'command', origin: commandOrigin('users temporary-code') };
  const issued = account && (await temporaryCodeIssuing.issue(account.id, by));
  if (account === undefined || issued === undefined) throw unknown(user);
  if (json) {
    terminal.print(JSON.stringify({ id: account.id, purpose: issued.purpose, ...codeAsJson(issued) }));
    return;
  }
  const use =
    issued.purpose === 'enrolment'
      ? 'With it they set up a new factor, after their password.'
      : 'It stands in for their second factor once, for one session, after their password.';
  printCode(terminal, issued, `${use} They are told by mail that there is one.`);
}

/** The only time that it is told. */
function printCode(terminal: Terminal, { code, expiresAt }: IssuedCode, use: string): void {
  terminal.print(`Temporary access code: ${code}`);
  terminal.print(
    `${use} It works once, until ${expiresAt.toISOString()}, and is not shown again. Tell them by telephone or in person, not by mail.`,
  );
}

const codeAsJson = (issued: IssuedCode | undefined) =>
  issued === undefined
    ? {}
    : { temporary_code: issued.code, temporary_code_expires_at: issued.expiresAt.toISOString() };

const find = (accounts: LifecycleApp['accounts'], user: string) =>
  isAccountId(user) ? accounts.findById(user) : accounts.findByIdentifier(user);

const unknown = (user: string) => notFound('account_unknown', `There is no account "${user}".`);

async function deleteUser(
  { accounts, deletion }: LifecycleApp,
  terminal: Terminal,
  user: string,
  yes: boolean | undefined,
): Promise<void> {
  const account = await find(accounts, user);
  if (account === undefined) throw unknown(user);
  const roles = account.roles.length === 0 ? '' : `, ${account.roles.join(', ')}`;
  await confirm(terminal, {
    yes,
    act: `Delete the account of ${account.email} (${account.name}${roles})`,
    loses: [
      'Their password, second factors, sessions, consents and everything else that is personal about them is lost.',
      `In the audit trail they stay as ${account.id}. Applications never see the same person again, even with a new account.`,
    ],
  });
  const by = { actor: 'command', origin: commandOrigin('users delete') };
  if (!(await deletion.remove(account.id, by))) throw unknown(user);
  terminal.print(`${account.email} is deleted. In the audit trail it stays as ${account.id}.`);
}
