import type { Command } from 'commander';
import type { z } from 'zod';
import type { CommandActor } from '../administration/actor.ts';
import { sessions as acts } from '../administration/sessions.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from './acting.ts';
import { confirm } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { UsageError } from './usage.ts';

/** `gatehouse sessions …`: where somebody is signed in, and an end to it. */
export function registerSessions(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const sessions = program.command('sessions').description('where people are signed in');

  sessions
    .command('list')
    .description('list the sessions of a person, the last used first')
    .argument('<user>', 'an email address or an account id')
    .option('--json', 'print as JSON')
    .action((user: string, options: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const found = await administration.perform(acts.list, operatorOf(command), { person: user });
        if (options.json) return terminal.print(JSON.stringify(found.sessions, null, 2));
        for (const session of found.sessions) terminal.print(lineOf(session));
        if (found.sessions.length === 0) terminal.print(`${found.person.email} is not signed in anywhere.`);
      }),
    );

  changing(sessions.command('end'))
    .description('end a session, or all of a person, with everything that was issued')
    .argument('[session]', 'its id, from `sessions list`; without one, use --user')
    .option('--user <user>', 'end all sessions of this person')
    .option('--yes', 'end all of a person without asking; needed where no terminal is')
    .action(
      async (
        session: string | undefined,
        { user, yes }: { user?: string; yes?: boolean },
        command: Command,
      ) => {
        if ((session === undefined) === (user === undefined)) {
          throw new UsageError('session_not_named', 'Name one session by its id, or a person with --user.');
        }
        const actor = operatorOf(command);
        await withApp((app) =>
          user === undefined
            ? endOne(app, terminal, actor, session ?? '')
            : endAll(app, terminal, actor, user, yes),
        );
      },
    );
}

async function endOne(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  session: string,
): Promise<void> {
  const ended = await administration.perform(acts.end, actor, { session });
  terminal.print(`${ended.session} of ${ended.person.id} is ended.`);
}

async function endAll(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  user: string,
  yes: boolean | undefined,
): Promise<void> {
  const { person, sessions } = await administration.perform(acts.list, actor, { person: user });
  const open = sessions.length;
  await confirm(terminal, {
    yes,
    danger: acts.endAll.irreversible,
    act: `End all sessions of ${person.email}`,
    loses: [
      `They are signed out of ${open} ${open === 1 ? 'browser' : 'browsers'} and of every application, with what they have not saved.`,
    ],
  });
  await administration.perform(acts.endAll, actor, { person: person.id });
  terminal.print(`${person.email} is signed out everywhere.`);
}

type Session = z.output<typeof acts.list.result>['sessions'][number];

function lineOf({ id, createdAt, lastActiveAt, ip, clients, userAgent }: Session): string {
  const told = [id, `since ${createdAt.toISOString()}`, `last used ${lastActiveAt.toISOString()}`, ip];
  const at = clients.length > 0 ? `at ${clients.join(', ')}` : null;
  const browser = userAgent === null ? null : JSON.stringify(userAgent);
  return [...told, at, browser].filter((part) => part !== null).join('  ');
}
