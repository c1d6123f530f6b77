import { isEmail, isPersonName, isRole } from '../domain/accounts/policy.ts';
import type { Account } from '../domain/accounts/store.ts';
import { unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import type { PasswordPolicy, PasswordProblem } from '../domain/passwords/policy.ts';
import { badRequest, conflict } from '../kernel/errors.ts';
import type { Terminal } from './environment.ts';
import { commandOrigin } from './origin.ts';
import type { PasswordPrompt } from './password-prompt.ts';
import { rolesToWarnOf } from './role-warnings.ts';
import { printAccount } from './user-views.ts';
import type { UsersApp } from './users-app.ts';

/** Who acts when a command does: there is no signed-in person to name. */
export const byCommand = (command: string) =>
  ({ outcome: 'success', actor: 'command', origin: commandOrigin(command) }) as const;

export const accountCreated = (
  source: 'import' | 'command',
  account: string,
  command: string,
): AuditEvent => ({
  ...byCommand(command),
  type: 'account.created',
  account,
  details: { source },
});

export interface CreateOptions {
  readonly json?: boolean;
  readonly email: string;
  readonly name: string;
  readonly role: string[];
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
  app: UsersApp,
  terminal: Terminal,
  prompt: PasswordPrompt,
  options: CreateOptions,
): Promise<void> {
  const {
    config,
    database,
    audit: { log: audit },
    accounts: { store: accounts, passwords: accountPasswords },
    passwords: { hasher },
  } = app;
  const inProduction = config.environment === 'production';
  assertDescribed(options);
  // Before a password is asked for; the constraint decides in the end.
  if ((await accounts.findByIdentifier(options.email)) !== undefined) {
    throw conflict('account_exists', 'An account with this e-mail address exists already.');
  }
  const password = await passwordFor(app, inProduction ? { ...prompt, interactive: false } : prompt, options);
  const unknown = await rolesToWarnOf(app, options.role);
  const passwordHash = password === undefined ? {} : { passwordHash: await hasher.hash(password) };
  const account = await database.transaction(async (tx) => {
    const { email, name, role: roles, emailVerified = false } = options;
    const made = await accounts.create(tx, { email, name, roles, emailVerified, ...passwordHash });
    await audit.record(tx, accountCreated('command', made.id, 'users create'));
    if (!inProduction || password === undefined) return made;
    await accountPasswords.flag(tx, made.id, 'must_change');
    await audit.record(tx, {
      ...byCommand('users create'),
      type: 'password.change_required',
      account: made.id,
      details: { reason: 'must_change' },
    });
    return { ...made, passwordMustChange: true };
  });
  report(terminal, account, { json: options.json === true, password: password !== undefined, inProduction });
  for (const role of unknown) terminal.warn(unknownRoleText(role));
}

function report(
  terminal: Terminal,
  account: Account,
  { json, password, inProduction }: { json: boolean; password: boolean; inProduction: boolean },
): void {
  if (json) {
    printAccount(terminal, account, true);
    return;
  }
  terminal.print(`Created ${account.email} with the id ${account.id}.`);
  if (!password) {
    terminal.warn('No password is set: nobody can sign in with this account yet.');
    terminal.warn(
      'Its owner chooses one by a link: gatehouse users invite, with the same address, mails it.',
    );
  } else if (inProduction) {
    terminal.print('The password is for the first sign-in, in which its owner chooses another one.');
  }
}

function assertDescribed({ email, name, role }: CreateOptions): void {
  if (!isEmail(email.trim())) throw badRequest('email_invalid', `"${email}" is not an e-mail address.`);
  if (!isPersonName(name)) throw badRequest('name_invalid', 'A name is one line of at most 200 characters.');
  const unfit = role.find((each) => !isRole(each));
  if (unfit !== undefined) {
    throw badRequest(
      'role_invalid',
      `"${unfit}" is not a role: use lower-case letters and digits, joined by - _ . or :`,
    );
  }
}

async function passwordFor(
  { passwordRules }: UsersApp,
  prompt: PasswordPrompt,
  { email, name, role: roles, password, passwordStdin }: CreateOptions,
): Promise<string | undefined> {
  const given = passwordStdin ? await prompt.readLine() : password ? await ask(prompt) : undefined;
  if (given === undefined) return undefined;
  const problems = await passwordRules.check(given, { email, name, roles });
  if (problems.length === 0) return given;
  const texts = problemTexts(passwordRules.policyFor({ roles }));
  throw badRequest(
    'password_refused',
    `The password ${problems.map((problem) => texts[problem]).join(', and ')}.`,
  );
}

/** Undefined when there is nobody to ask, or they leave it empty. */
async function ask(prompt: PasswordPrompt): Promise<string | undefined> {
  if (!prompt.interactive) return undefined;
  const first = await prompt.askHidden('Password (empty: none, to be set by a link)');
  if (first === '') return undefined;
  if ((await prompt.askHidden('The same again')) === first) return first;
  throw badRequest('passwords_differ', 'The two passwords differ.');
}

const problemTexts = ({
  minLength,
  maxLength,
}: Pick<PasswordPolicy, 'minLength' | 'maxLength'>): Record<PasswordProblem, string> => ({
  too_short: `must have at least ${minLength} characters`,
  too_long: `must have at most ${maxLength} characters`,
  malformed: 'must be valid Unicode text',
  single_character: 'must not be one character again and again',
  contains_identity:
    'must not contain the name or address of the person, or the name of this service or its organisation',
  lower_missing: 'must have a small letter',
  upper_missing: 'must have a capital letter',
  digit_missing: 'must have a digit',
  symbol_missing: 'must have a character that is neither letter nor digit',
  blocklisted: 'must not be on the list of common and breached passwords',
  too_weak: 'must be harder to guess',
  reused: 'must not be one of the last ones',
});
