import type { Command } from 'commander';
import type { z } from 'zod';
import { breakGlass } from '../administration/break-glass.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import { processTerminal, type Terminal } from './environment.ts';

type Made = z.output<typeof breakGlass.create.result>;

/** `gatehouse break-glass create`: what is to be written on paper. The other acts have commands of their definitions. */
export function registerBreakGlass(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const group = program
    .command('break-glass')
    .description('sealed sign-ins of administration for emergencies');

  changing(group.command('create'))
    .description('make a break-glass account, and print this once what is to be written on paper and sealed')
    .option('--json', 'print as JSON')
    .action(({ json }: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const made = await administration.perform(breakGlass.create, operatorOf(command), {});
        terminal.print(json ? JSON.stringify(made) : paperOf(made).join('\n'));
      }),
    );
}

const paperOf = ({ account, username, password, code, totpSecret }: Made): string[] => [
  'Write this down and seal it. It is shown this once, and nothing can show it again.',
  '',
  `  User name      ${username}`,
  `  Password       ${password}`,
  `  Recovery code  ${code}`,
  `  App key        ${inGroups(totpSecret)}`,
  '',
  'The dashes belong to the password. The recovery code stands in for the second factor, once; for further sign-ins within the four',
  'hours, enter the app key in any authenticator app (TOTP).',
  '',
  `Its id, by which it is listed, drilled, revoked and reviewed: ${account}`,
];

const inGroups = (text: string) => text.replaceAll(/.{4}(?=.)/gu, '$& ');
