import type { Command } from 'commander';
import { conflict } from '../kernel/errors.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { commandOrigin } from './origin.ts';
import type { WithApp } from './with-app.ts';

/** `gatehouse setup-link`: how production gets its first administrator. */
export function registerSetup(
  program: Command,
  withApp: WithApp,
  terminal: Terminal = processTerminal,
): void {
  program
    .command('setup-link')
    .description('print a one-time link that creates the first administrator; links before it stop working')
    .action(() =>
      withApp(async ({ setup }) => {
        const link = await setup.issueLink(commandOrigin('setup-link'));
        if (link === undefined) throw conflict('setup_done', 'There is an administrator already.');
        terminal.print(link);
      }),
    );
}
