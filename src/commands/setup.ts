import type { Command } from 'commander';
import { conflict } from '../kernel/errors.ts';
import { processTerminal, type Terminal } from './environment.ts';
import type { WithHouse } from './house.ts';
import { commandOrigin } from './origin.ts';

/** `gatehouse setup-link`: how production gets its first administrator. */
export function registerSetup(
  program: Command,
  withHouse: WithHouse,
  terminal: Terminal = processTerminal,
): void {
  program
    .command('setup-link')
    .description('print a one-time link that creates the first administrator; links before it stop working')
    .action(() =>
      withHouse(async ({ setup }) => {
        const link = await setup.issueLink(commandOrigin('setup-link'));
        if (link === undefined) throw conflict('setup_done', 'There is an administrator already.');
        terminal.print(link);
      }),
    );
}
