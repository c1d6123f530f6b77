import type { Command } from 'commander';
import type { CommandActor } from '../administration/actor.ts';
import { factors } from '../administration/factors.ts';
import { passwords } from '../administration/passwords/index.ts';
import { people } from '../administration/people/index.ts';
import { asEntered, isEmail } from '../domain/accounts/policy.ts';
import type { IssuedCode } from '../domain/temporary-codes/store.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from './acting.ts';
import { confirm, YES } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { type InviteOptions, inviteUser } from './invite.ts';
import { UsageError } from './usage.ts';

/**
 * `gatehouse users invite`, `delete`, `set-address`, `reset-password`, `reset-factors` and `temporary-code`, beside those of
 * `users.ts`, which must have been registered.
 */
export function registerLifecycle(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const users = program.commands.find((command) => command.name() === 'users') ?? program.command('users');

  changing(users.command('invite'))
    .description('create an account and mail its owner a link to choose a password; again: a new link')
    .requiredOption('--email <address>')
    .requiredOption('--name <name>', 'as it is shown to applications; its owner may change it')
    .option(
      '--role <role>',
      'may be given several times',
      (role: string, roles: string[]) => [...roles, role],
      [],
    )
    .option('--unit <id>', 'the unit that they will belong to')
    .option('--locale <tag>', 'the language of the mail and the pages, e.g. es')
    .option('--from <name>', 'who invites, as the mail says it')
    .option('--json', 'print the result as one JSON object')
    .action((options: InviteOptions, command: Command) =>
      withApp((app) => inviteUser(app, terminal, operatorOf(command), options)),
    );

  changing(users.command('delete'))
    .description(
      'remove an account and everything personal about it, and end its sessions; the audit trail stays',
    )
    .argument('<user>', 'address, user name, subject or id')
    .option(...YES)
    .action((user: string, { yes }: { yes?: boolean }, command: Command) =>
      withApp((app) => deleteUser(app, terminal, operatorOf(command), user, yes)),
    );

  changing(users.command('set-address'))
    .description(
      'give an account another address, e.g. where its owner cannot; ends its sessions and every link that was mailed about ' +
        'it, and tells both',
    )
    .argument('<user>', 'address, user name, subject or id')
    .argument('<address>', 'the new one')
    .option('--email-verified', 'the address is known to be theirs')
    .action(
      (
        person: string,
        email: string,
        { emailVerified = false }: { emailVerified?: boolean },
        command: Command,
      ) => withApp((app) => setAddress(app, terminal, operatorOf(command), { person, email, emailVerified })),
    );

  changing(users.command('reset-password'))
    .description(
      'mail somebody a link with which they choose another password; the one that they have works until then, earlier links ' +
        'do not',
    )
    .argument('<user>', 'address, user name, subject or id')
    .action((user: string, _options: unknown, command: Command) =>
      withApp((app) => resetPassword(app, terminal, operatorOf(command), user)),
    );

  changing(users.command('reset-factors'))
    .description(
      'remove every second factor of somebody who has lost them, end their sessions, and print a temporary access code with ' +
        'which they set up a new one at the next sign-in (docs/lost-factors.md says how to be sure who asks)',
    )
    .argument('<user>', 'address, user name, subject or id')
    .option('--json', 'print what was removed, and the code, as one JSON object')
    .option(...YES)
    .action((user: string, { json = false, yes }: { json?: boolean; yes?: boolean }, command: Command) =>
      withApp((app) => resetFactors(app, terminal, operatorOf(command), user, { json, yes })),
    );

  changing(users.command('temporary-code'))
    .description(
      'print a temporary access code for somebody who has left their second factor at home: it stands in for it once, for one ' +
        'session. After reset-factors: another code to set up a new factor with. Earlier codes no longer work',
    )
    .argument('<user>', 'address, user name, subject or id')
    .option('--json', 'print the code as one JSON object')
    .action((user: string, { json = false }: { json?: boolean }, command: Command) =>
      withApp((app) => temporaryCode(app, terminal, operatorOf(command), user, json)),
    );
}

async function setAddress(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  input: { person: string; email: string; emailVerified: boolean },
): Promise<void> {
  if (!isEmail(asEntered(input.email))) {
    throw new UsageError('email_invalid', `"${input.email}" is not an e-mail address.`);
  }
  const { person, email, changed } = await administration.perform(people.setAddress, actor, input);
  if (!changed) return terminal.print(`${email} was the address of this account already.`);
  terminal.print(
    `${person.email} has the address ${email} now and is signed out everywhere; both addresses are told by mail.`,
  );
  if (person.status === 'disabled') {
    terminal.warn(`The account is disabled: "gatehouse users enable ${email}" opens it.`);
  }
}

async function resetPassword(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
): Promise<void> {
  const { person } = await administration.perform(passwords.sendResetLink, actor, { person: user });
  terminal.print(
    `${person.email} is mailed a link to choose another password. To end the sessions and the effect of the present ` +
      'one at once: "gatehouse users require-password-change".',
  );
}

async function resetFactors(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
  { json, yes }: { json: boolean; yes: boolean | undefined },
): Promise<void> {
  const { id, email, name } = await administration.perform(people.show, actor, { person: user });
  await confirm(terminal, {
    yes,
    danger: factors.reset.irreversible,
    act: `Remove every second factor of ${email} (${name})`,
    loses: [
      'Their authenticator apps, passkeys, recovery codes and trusted devices are lost, and they are signed out everywhere.',
      'Be sure who asks for it: docs/lost-factors.md.',
    ],
  });
  const { removed, issued } = await administration.perform(factors.reset, actor, { person: id });
  if (json) {
    terminal.print(JSON.stringify({ id, ...removed, ...codeAsJson(issued) }));
    return;
  }
  terminal.print(
    `${email} has no second factor any more (removed: ${removed.totp} authenticator apps, ${removed.passkeys} passkeys, ` +
      `${removed.recoveryCodes} unused recovery codes), is signed out everywhere, and is told so by mail.`,
  );
  if (removed.totp + removed.passkeys === 0) terminal.warn('There was none to remove.');
  if (issued === undefined) {
    terminal.warn(
      `The account is disabled, so there is no code yet: once it is enabled, "gatehouse users temporary-code ${email}".`,
    );
    return;
  }
  printCode(terminal, issued, 'With it they set up a new factor, after their password.');
}

async function temporaryCode(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
  json: boolean,
): Promise<void> {
  const done = await administration.perform(factors.issueTemporaryCode, actor, { person: user });
  const { person, purpose, issued } = done;
  if (json) {
    terminal.print(JSON.stringify({ id: person.id, purpose, ...codeAsJson(issued) }));
    return;
  }
  const use =
    purpose === 'enrolment'
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
  issued === undefined ? {} : { temporaryCode: issued.code, temporaryCodeExpiresAt: issued.expiresAt };

async function deleteUser(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
  yes: boolean | undefined,
): Promise<void> {
  const { id, email, name, roles } = await administration.perform(people.show, actor, { person: user });
  await confirm(terminal, {
    yes,
    danger: people.delete.irreversible,
    act: `Delete the account of ${email} (${name}${roles.length === 0 ? '' : `, ${roles.join(', ')}`})`,
    loses: [
      'Their password, second factors, sessions, consents and everything else that is personal about them is lost.',
      `In the audit trail they stay as ${id}. Applications never see the same person again, even with a new account.`,
    ],
  });
  await administration.perform(people.delete, actor, { person: id });
  terminal.print(`${email} is deleted. In the audit trail it stays as ${id}.`);
}
