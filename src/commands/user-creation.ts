import type { CommandActor } from '../administration/actor.ts';
import { people } from '../administration/people/index.ts';
import type { Person } from '../administration/people/person.ts';
import type { Config } from '../config/schema.ts';
import { asEntered, isEmail, isPersonName, isRole, isUsername } from '../domain/accounts/policy.ts';
import { unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import { badRequest, conflict, GatehouseError } from '../kernel/errors.ts';
import type { AdministeredApp } from './acting.ts';
import type { Terminal } from './environment.ts';
import type { PasswordPrompt } from './password-prompt.ts';
import { printPerson } from './user-views.ts';

export interface UserCreationApp extends AdministeredApp {
  readonly config: Pick<Config, 'environment'>;
}

export interface CreateOptions {
  readonly json?: boolean;
  readonly email: string;
  readonly name: string;
  readonly username?: string;
  readonly role: string[];
  readonly unit?: string;
  readonly emailVerified?: boolean;
  readonly passwordStdin?: boolean;
  /** False after `--no-password`. */
  readonly password: boolean;
}

/**
 * `users create`: checks everything that was said before it asks for a password. In production nobody is asked for one, and
 * one that is piped in is for the first sign-in only: its owner chooses the password that lasts (OWASP ASVS 6.4.6).
 */
export async function createUser(
  app: UserCreationApp,
  terminal: Terminal,
  actor: CommandActor,
  prompt: PasswordPrompt,
  options: CreateOptions,
): Promise<void> {
  const { email, name, username, role: roles, unit, emailVerified = false, json = false } = options;
  assertDescribed(options);
  // Before a password is asked for; the act decides in the end.
  if (await isKnown(app, actor, email)) {
    throw conflict('account_exists', 'An account with this e-mail address exists already.');
  }
  const inProduction = app.config.environment === 'production';
  const password = await passwordFor(inProduction ? { ...prompt, interactive: false } : prompt, options);
  const input = { email, name, username, roles, unit, emailVerified, password };
  const { person, unknownRoles } = await app.administration.perform(people.create, actor, input);
  report(terminal, person, { json, password: password !== undefined });
  for (const role of unknownRoles) terminal.warn(unknownRoleText(role));
}

async function isKnown(
  { administration }: AdministeredApp,
  actor: CommandActor,
  email: string,
): Promise<boolean> {
  try {
    await administration.perform(people.show, actor, { person: email });
    return true;
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'account_unknown') return false;
    throw error;
  }
}

function report(
  terminal: Terminal,
  person: Person,
  { json, password }: { json: boolean; password: boolean },
): void {
  if (json) {
    printPerson(terminal, person, true);
    return;
  }
  terminal.print(`Created ${person.email} with the id ${person.id}.`);
  if (!password) {
    terminal.warn('No password is set: nobody can sign in with this account yet.');
    terminal.warn(
      'Its owner chooses one by a link: gatehouse users invite, with the same address, mails it.',
    );
  } else if (person.passwordChange === 'must_change') {
    terminal.print('The password is for the first sign-in, in which its owner chooses another one.');
  }
}

function assertDescribed({ email, name, username, role }: CreateOptions): void {
  if (!isEmail(asEntered(email))) throw badRequest('email_invalid', `"${email}" is not an e-mail address.`);
  if (!isPersonName(name)) throw badRequest('name_invalid', 'A name is one line of at most 200 characters.');
  if (username !== undefined && !isUsername(asEntered(username)))
    throw badRequest('username_invalid', 'A user name has no @ and no space, and at most 128 characters.');
  const unfit = role.find((each) => !isRole(each));
  if (unfit !== undefined) {
    throw badRequest(
      'role_invalid',
      `"${unfit}" is not a role: use lower-case letters and digits, joined by - _ . or :`,
    );
  }
}

/** Undefined where none is given. */
async function passwordFor(
  prompt: PasswordPrompt,
  { password, passwordStdin }: CreateOptions,
): Promise<string | undefined> {
  if (passwordStdin) return prompt.readLine();
  return password ? ask(prompt) : undefined;
}

/** Undefined when there is nobody to ask, or they leave it empty. */
async function ask(prompt: PasswordPrompt): Promise<string | undefined> {
  if (!prompt.interactive) return undefined;
  const first = await prompt.askHidden('Password (empty: none, to be set by a link)');
  if (first === '') return undefined;
  if ((await prompt.askHidden('The same again')) === first) return first;
  throw badRequest('passwords_differ', 'The two passwords differ.');
}
