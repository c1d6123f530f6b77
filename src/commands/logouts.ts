import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { notices as acts } from '../administration/notices.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { limitOf } from './limit.ts';
import { firstItems } from './pages.ts';
import { UsageError } from './usage.ts';

type Notice = z.output<typeof acts.list.result>['items'][number];

interface ListOptions {
  readonly state?: Notice['state'];
  readonly failed?: boolean;
  readonly client?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** `gatehouse logouts …`: which applications were told that a session ended, and which could not be. */
export function registerLogouts(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const logouts = program
    .command('logouts')
    .description('notices by which applications learn that a session ended');

  logouts
    .command('list')
    .description('list the notices of the last 7 days, the newest first')
    .addOption(new Option('--state <state>', 'only these').choices(['waiting', 'delivered', 'given_up']))
    .option('--failed', 'only those that were given up')
    .option('--client <id>', 'only those of this application')
    .option('--limit <count>', 'at most so many', '50')
    .option('--json', 'print as JSON')
    .action((options: ListOptions, command: Command) =>
      withApp(async ({ administration }) => {
        const state = options.failed === true ? 'given_up' : options.state;
        const { client } = options;
        const notices = await firstItems(limitOf(options.limit), (page) =>
          administration.perform(acts.list, operatorOf(command), { state, client, ...page }),
        );
        if (options.json) return terminal.print(JSON.stringify(notices, null, 2));
        for (const notice of notices) terminal.print(lineOf(notice));
        if (notices.length === 0) terminal.print('There is no such notice.');
      }),
    );

  changing(logouts.command('retry'))
    .description('have a notice that was given up, or waits for its next attempt, delivered at once')
    .argument('[id]', 'its id; without one, use --all')
    .option('--all', 'every notice that was given up')
    .action((notice: string | undefined, options: { all?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        if ((notice === undefined) !== (options.all === true)) {
          throw new UsageError('logout_not_named', 'Name one notice by its id, or ask for --all.');
        }
        const { notices } = await administration.perform(acts.retry, operatorOf(command), { notice });
        for (const { id, client } of notices) terminal.print(`${id}  ${client}  will be tried at once`);
        if (notices.length === 0) terminal.print('No notice was given up.');
      }),
    );
}

function lineOf({
  id,
  client,
  account,
  state,
  attempts,
  nextAttemptAt,
  finishedAt,
  problem,
}: Notice): string {
  const when =
    state === 'waiting'
      ? `next attempt ${nextAttemptAt?.toISOString()}`
      : `since ${finishedAt?.toISOString()}`;
  const told = [id, client, state, account, `${attempts} attempts`, when, problem];
  return told.filter((part) => part !== null).join('  ');
}
