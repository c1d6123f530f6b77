import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { CommandActor } from '../administration/actor.ts';
import { mail as acts } from '../administration/mail.ts';
import { isAddress } from '../domain/mail/addresses.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from './acting.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { limitOf } from './limit.ts';
import { mailFailure } from './mail-advice.ts';
import { firstItems } from './pages.ts';
import { UsageError } from './usage.ts';

type Mail = z.output<typeof acts.list.result>['items'][number];

interface ListOptions {
  readonly state?: Mail['state'];
  readonly failed?: boolean;
  readonly limit: string;
  readonly json?: boolean;
}

/** `gatehouse mail …`: what people should have been told, and what became of it. */
export function registerMail(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const mail = program.command('mail').description('mail that waits, was sent or was given up');

  mail
    .command('list')
    .description('list the mails of the last 30 days, the newest first; to whom is known until one is sent')
    .addOption(new Option('--state <state>', 'only these').choices(['waiting', 'sent', 'dead']))
    .option('--failed', 'only those that were given up')
    .option('--limit <count>', 'at most so many', '50')
    .option('--json', 'print as JSON')
    .action((options: ListOptions, command: Command) =>
      withApp(async ({ administration }) => {
        const state = options.failed === true ? 'dead' : options.state;
        const mails = await firstItems(limitOf(options.limit), (page) =>
          administration.perform(acts.list, operatorOf(command), { state, ...page }),
        );
        if (options.json) return terminal.print(JSON.stringify(mails, null, 2));
        for (const each of mails) terminal.print(lineOf(each));
        if (mails.length === 0) terminal.print('There is no such mail.');
      }),
    );

  mail
    .command('test')
    .description('send a mail at once, not by way of the queue, and say what the relay answers')
    .argument('<address>', 'where to')
    .action(async (address: string, _options: unknown, command: Command) => {
      if (!isAddress(address))
        throw new UsageError('email_invalid', `"${address}" is not an e-mail address.`);
      await withApp((app) => sendTest(app, terminal, operatorOf(command), address));
    });

  changing(mail.command('retry'))
    .description('have a mail that was given up, or waits for its next attempt, sent at once')
    .argument('[id]', 'its id; without one, use --all')
    .option('--all', 'every mail that was given up')
    .action((id: string | undefined, options: { all?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        if ((id === undefined) !== (options.all === true)) {
          throw new UsageError('mail_not_named', 'Name one mail by its id, or ask for --all.');
        }
        const { mails } = await administration.perform(acts.retry, operatorOf(command), { mail: id });
        for (const each of mails) terminal.print(`${each.id}  ${each.kind}  will be tried at once`);
        if (mails.length === 0) terminal.print('No mail that was given up can be sent again.');
      }),
    );
}

/** Rejects with `mail_failed`, which names the setting. */
async function sendTest(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  address: string,
): Promise<void> {
  const { kept, issuer } = await administration
    .perform(acts.sendTest, actor, { to: address })
    .catch((error: unknown) => {
      throw error instanceof GatehouseError ? error : mailFailure(error);
    });
  terminal.print(
    kept
      ? `There is no relay (SMTP_URL): the mail to ${address} is kept, and shown at ${issuer}/dev/mailbox.`
      : `The relay has taken a mail to ${address}. Whether it arrives, the mailbox shows.`,
  );
}

function lineOf({ id, kind, state, to, attempts, nextAttemptAt, finishedAt, problem }: Mail): string {
  const when =
    state === 'waiting'
      ? `next attempt ${nextAttemptAt?.toISOString()}`
      : `since ${finishedAt?.toISOString()}`;
  const told = [id, kind, state, to ?? '-', `${attempts} attempts`, when, problem];
  return told.filter((part) => part !== null).join('  ');
}
