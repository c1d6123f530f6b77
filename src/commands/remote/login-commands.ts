import { type Command, InvalidArgumentError } from 'commander';
import { people } from '../../administration/people/index.ts';
import { ADMIN_SCOPES, isAdminScope } from '../../domain/clients/admin-scopes.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { operatorOf } from '../acting.ts';
import type { Terminal } from '../environment.ts';
import { momentWriter, zoneOf } from '../moments.ts';
import { RepeatableOption } from '../repeated-options.ts';
import { safeJson, safeText } from '../safe-text.ts';
import { UsageError } from '../usage.ts';
import { signInByDevice } from './device-sign-in.ts';
import { discover } from './discovery.ts';
import { issuerOf } from './issuer.ts';
import type { Login, Logins } from './logins.ts';
import { appThere, loginsOf, type Opening } from './opening.ts';
import { HERE } from './places.ts';
import { signIn } from './sign-in.ts';
import { revoke } from './tokens.ts';

/** `gatehouse login`, `logout` and `whoami`: who one is at a server elsewhere. */
export function registerLogins(program: Command, opening: Opening): void {
  const { terminal, server } = opening;
  const logins = loginsOf(opening);

  program
    .command('login')
    .description('sign in at a server elsewhere by a browser; other commands then work there')
    .argument('<issuer>', 'its address, e.g. https://id.example.org')
    .addOption(
      new RepeatableOption(
        '--scope <scope>',
        `only this; may be given several times (${ADMIN_SCOPES.join(', ')})`,
      ).argParser<string[]>(scopes),
    )
    .option(
      '--device',
      'by a code that is entered in a browser on another machine, where the server allows it',
    )
    .action(async (address: string, { scope, device }: { scope?: string[]; device?: boolean }) => {
      const issuer = issuerOf(address);
      // What was there has another key, and nobody can end it any more once it is forgotten. First: in the same browser it is one
      // grant with what comes now, and ends together with it.
      const before = await logins.find(issuer).catch(() => undefined);
      if (before !== undefined) await ended(before, terminal);
      const login = await (device ? signInByDevice : signIn)({ issuer, scopes: scope }, { terminal });
      await logins.keep(login);
      terminal.print(`Signed in at ${issuer} as ${safeText(login.sub)}. Commands work there now.`);
    });

  program
    .command('logout')
    .description('end the sign-in at a server elsewhere, and forget it')
    .argument('[issuer]', 'which, where there are several')
    .action(async (address: string | undefined) => {
      const issuer = await meant(logins, address ?? server());
      const login = await logins.find(issuer);
      if (login === undefined) return terminal.print(`Nobody is signed in at ${issuer}.`);
      await logins.forget(issuer);
      if (await ended(login, terminal)) terminal.print(`Signed out at ${issuer}.`);
    });

  program
    .command('whoami')
    .description('say at which server elsewhere one is signed in, as whom, and for what')
    .option('--json', 'print as one JSON object')
    .option('--time-zone <zone>', 'of the times that are shown; without it that of TZ')
    .action(async ({ json, timeZone }: { json?: boolean; timeZone?: string }, command: Command) => {
      const zone = zoneOf(timeZone);
      const issuer = await meant(logins, server());
      const { administration } = appThere(issuer, logins, terminal);
      const login = await logins.find(issuer);
      if (login === undefined) throw nobody(`Nobody is signed in at ${issuer}.`);
      const { email, name } = await administration
        .perform(people.show, operatorOf(command), { person: login.sub })
        .catch(onlyRefused);
      const now = (await logins.find(issuer)) ?? login;
      const told = { issuer, sub: login.sub, email, name, scope: now.scope, until: now.expiresAt };
      if (json) terminal.print(safeJson(told, 2));
      else for (const line of lines(told, momentWriter(zone))) terminal.print(line);
    });
}

const scopes = (text: string, before: string[] | undefined): string[] => {
  if (!isAdminScope(text)) throw new InvalidArgumentError(`It has to be one of ${ADMIN_SCOPES.join(', ')}.`);
  return [...(before ?? []), text];
};

const nobody = (message: string) =>
  new GatehouseError('sign_in_needed', {
    status: 401,
    message: `${message} Sign in: gatehouse login ISSUER`,
  });

/** The server that is named, or the only one at which somebody is signed in. */
async function meant(logins: Logins, named: string | undefined): Promise<string> {
  if (named === HERE)
    throw new UsageError('server_invalid', 'On this machine nobody signs in: commands work as its operator.');
  if (named !== undefined) return issuerOf(named);
  const issuers = await logins.issuers();
  const [only, ...more] = issuers;
  if (only === undefined) throw nobody('Nobody is signed in anywhere.');
  if (more.length === 0) return only;
  throw new UsageError('server_ambiguous', `You are signed in at ${issuers.join(' and at ')}. Say which.`);
}

/** Whether the server has ended it; what it could not be told ends by itself. */
async function ended(
  { issuer, key, refreshToken, accessToken }: Login,
  terminal: Terminal,
): Promise<boolean> {
  try {
    const server = await discover(issuer);
    await revoke(server, key, refreshToken ?? accessToken);
    return true;
  } catch (error) {
    const why = error instanceof GatehouseError ? error.safeMessage : 'it cannot be reached.';
    terminal.warn(
      `The sign-in is forgotten here, but ${issuer} could not be told, so its tokens last until their end: ${why}`,
    );
    return false;
  }
}

/** Not everybody may look at people, themselves included. */
function onlyRefused(error: unknown): { email: undefined; name: undefined } {
  const known = error instanceof GatehouseError && [403, 404].includes(error.status);
  if (!known) throw error;
  return { email: undefined, name: undefined };
}

interface Told {
  readonly issuer: string;
  readonly sub: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly scope: string;
  readonly until: string;
}

const lines = ({ issuer, sub, email, name, scope, until }: Told, moment: (at: string) => string): string[] =>
  [
    ['server', issuer],
    ['person', [email, name, sub].filter((each) => each !== undefined).join(', ')],
    ['scopes', scope],
    ['token until', moment(until)],
  ].map(([label, text]) => `${`${label}:`.padEnd(14)}${safeText(text ?? '')}`);
