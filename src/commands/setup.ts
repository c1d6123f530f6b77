import type { Command } from 'commander';
import { setup } from '../administration/setup.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import { processTerminal, type Terminal } from './environment.ts';

/** `gatehouse setup-link`: how production gets its first administrator. */
export function registerSetup(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  changing(program.command('setup-link'))
    .description('print a one-time link that creates the first administrator; links before it stop working')
    .action((_options: unknown, command: Command) =>
      withApp(async ({ administration }) => {
        const { link } = await administration.perform(setup.issueLink, operatorOf(command), {});
        terminal.print(link);
      }),
    );
}
