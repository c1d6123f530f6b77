import { type Command, Option } from 'commander';
import type { LogoutEntry } from '../domain/logout-deliveries/entry-store.ts';
import { notFound } from '../kernel/errors.ts';
import type { App } from '../wire.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { commandOrigin } from './origin.ts';
import { UsageError } from './usage.ts';
import type { WithApp } from './with-app.ts';

const ORIGIN = commandOrigin('logouts retry');
const MOST_LISTED = 1_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface ListOptions {
  readonly state?: LogoutEntry['state'];
  readonly failed?: boolean;
  readonly client?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** `gatehouse logouts …`: which applications were told that a session ended, and which could not be. */
export function registerLogouts(
  program: Command,
  withApp: WithApp,
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
    .action((options: ListOptions) =>
      withApp(async (app) => {
        const state = options.failed === true ? 'given_up' : options.state;
        const entries = await app.logouts.outbox.list({
          limit: count(options.limit),
          ...(state && { state }),
          ...(options.client && { clientId: options.client }),
        });
        const rows = entries.map(rowOf);
        if (options.json) return terminal.print(JSON.stringify(rows, null, 2));
        for (const row of rows) terminal.print(lineOf(row));
        if (rows.length === 0) terminal.print('There is no such notice.');
      }),
    );

  logouts
    .command('retry')
    .description('have a notice that was given up, or waits for its next attempt, delivered at once')
    .argument('[id]', 'its id; without one, use --all')
    .option('--all', 'every notice that was given up')
    .action((id: string | undefined, options: { all?: boolean }) =>
      withApp(async (app) => {
        if ((id === undefined) !== (options.all === true)) {
          throw new UsageError('logout_not_named', 'Name one notice by its id, or ask for --all.');
        }
        const retried = await retry(app, id);
        if (retried.length === 0 && id !== undefined) {
          throw notFound('logout_not_retried', `There is no notice "${id}" that could be delivered again.`);
        }
        for (const entry of retried) terminal.print(`${entry.id}  ${entry.clientId}  will be tried at once`);
        if (retried.length === 0) terminal.print('No notice was given up.');
      }),
    );
}

function retry(app: App, id: string | undefined): Promise<LogoutEntry[]> {
  if (id !== undefined && !UUID.test(id)) return Promise.resolve([]);
  return app.database.transaction(async (tx) => {
    const entries = await app.logouts.outbox.retry(tx, id);
    for (const { id: delivery, clientId, accountId, sessionUid } of entries) {
      await app.audit.log.record(tx, {
        type: 'logout.retried',
        outcome: 'success',
        actor: 'command',
        account: accountId,
        client: clientId,
        ...(sessionUid === undefined ? {} : { session: sessionUid }),
        origin: ORIGIN,
        details: { delivery },
      });
    }
    return entries;
  });
}

const rowOf = (entry: LogoutEntry) => ({
  id: entry.id,
  client: entry.clientId,
  account: entry.accountId,
  session: entry.sessionUid ?? null,
  state: entry.state,
  uri: entry.uri,
  created_at: entry.createdAt.toISOString(),
  attempts: entry.attempts,
  next_attempt_at: entry.state === 'waiting' ? entry.nextAttemptAt.toISOString() : null,
  finished_at: entry.finishedAt?.toISOString() ?? null,
  problem: entry.problem ?? null,
});

function lineOf(row: ReturnType<typeof rowOf>): string {
  const when = row.state === 'waiting' ? `next attempt ${row.next_attempt_at}` : `since ${row.finished_at}`;
  const told = [row.id, row.client, row.state, row.account, `${row.attempts} attempts`, when, row.problem];
  return told.filter((part) => part !== null).join('  ');
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/u.test(text) || value < 1 || value > MOST_LISTED) {
    throw new UsageError('limit_invalid', `--limit: expected a whole number from 1 to ${MOST_LISTED}`);
  }
  return value;
}
