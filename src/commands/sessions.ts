import type { Command } from 'commander';
import { isAccountId } from '../domain/accounts/policy.ts';
import type { Account } from '../domain/accounts/store.ts';
import type { OpenSession } from '../domain/sessions/store.ts';
import { notFound } from '../kernel/errors.ts';
import type { App } from '../wire.ts';
import { confirm } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { commandOrigin } from './origin.ts';
import { UsageError } from './usage.ts';
import type { WithApp } from './with-app.ts';

const BY = { actor: 'command', origin: commandOrigin('sessions end') };

/** `gatehouse sessions …`: where somebody is signed in, and an end to it. */
export function registerSessions(
  program: Command,
  withApp: WithApp,
  terminal: Terminal = processTerminal,
): void {
  const sessions = program.command('sessions').description('where people are signed in');

  sessions
    .command('list')
    .description('list the sessions of a person, the last used first')
    .argument('<user>', 'an email address or an account id')
    .option('--json', 'print as JSON')
    .action((user: string, options: { json?: boolean }) =>
      withApp(async (app) => {
        const { id, email } = await find(app, user);
        const rows = (await app.sessions.store.openOf(id, app.clock.now())).map(rowOf);
        if (options.json) return terminal.print(JSON.stringify(rows, null, 2));
        for (const row of rows) terminal.print(lineOf(row));
        if (rows.length === 0) terminal.print(`${email} is not signed in anywhere.`);
      }),
    );

  sessions
    .command('end')
    .description('end a session, or all of a person, with everything that was issued')
    .argument('[session]', 'its id, from `sessions list`; without one, use --user')
    .option('--user <user>', 'end all sessions of this person')
    .option('--yes', 'end all of a person without asking; needed where no terminal is')
    .action(async (session: string | undefined, options: { user?: string; yes?: boolean }) => {
      if ((session === undefined) === (options.user === undefined)) {
        throw new UsageError('session_not_named', 'Name one session by its id, or a person with --user.');
      }
      await withApp(async (app) => {
        if (options.user !== undefined) return endAll(app, terminal, options.user, options.yes);
        const ended = await app.database.transaction((tx) =>
          app.lifecycle.access.endSession(tx, session ?? '', 'ended_by_administrator', BY),
        );
        if (ended === undefined) {
          throw notFound('session_unknown', `There is no session "${session}", or it has ended.`);
        }
        terminal.print(`${ended.uid} of ${ended.accountId} is ended.`);
      });
    });
}

async function endAll(app: App, terminal: Terminal, user: string, yes: boolean | undefined): Promise<void> {
  const { id, email } = await find(app, user);
  const open = (await app.sessions.store.openOf(id, app.clock.now())).length;
  await confirm(terminal, {
    yes,
    unattended: 'proceed',
    act: `End all sessions of ${email}`,
    loses: [
      `They are signed out of ${open} ${open === 1 ? 'browser' : 'browsers'} and of every application, with what they have not saved.`,
    ],
  });
  await app.lifecycle.accountStatus.signOut(id, BY);
  terminal.print(`${email} is signed out everywhere.`);
}

async function find({ accounts: { store: accounts } }: App, user: string): Promise<Account> {
  const account = isAccountId(user) ? await accounts.findById(user) : await accounts.findByIdentifier(user);
  if (account === undefined) throw notFound('account_unknown', `There is no account "${user}".`);
  return account;
}

const rowOf = (session: OpenSession) => ({
  id: session.uid,
  created_at: session.createdAt.toISOString(),
  last_active_at: session.lastActiveAt.toISOString(),
  idle_expires_at: session.idleExpiresAt.toISOString(),
  absolute_expires_at: session.absoluteExpiresAt.toISOString(),
  acr: session.acr ?? null,
  shared: session.shared,
  ip: session.ip ?? null,
  user_agent: session.userAgent ?? null,
  clients: session.clients,
});

function lineOf(row: ReturnType<typeof rowOf>): string {
  const told = [row.id, `since ${row.created_at}`, `last used ${row.last_active_at}`, row.ip];
  const clients = row.clients.length > 0 ? `at ${row.clients.join(', ')}` : null;
  const browser = row.user_agent === null ? null : JSON.stringify(row.user_agent);
  return [...told, clients, browser].filter((part) => part !== null).join('  ');
}
