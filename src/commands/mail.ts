import { type Command, Option } from 'commander';
import { isAddress } from '../domain/mail/addresses.ts';
import type { MailEntry } from '../domain/mail/entry-store.ts';
import { notFound } from '../kernel/errors.ts';
import type { App } from '../wire.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { mailFailure } from './mail-advice.ts';
import { commandOrigin } from './origin.ts';
import { UsageError } from './usage.ts';
import type { WithApp } from './with-app.ts';

const ORIGIN = commandOrigin('mail retry');
const MOST_LISTED = 1_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `gatehouse mail …`: what people should have been told, and what became of it. */
export function registerMail(program: Command, withApp: WithApp, terminal: Terminal = processTerminal): void {
  const mail = program.command('mail').description('mail that waits, was sent or was given up');

  mail
    .command('list')
    .description('list the mails of the last 30 days, the newest first; to whom is known until one is sent')
    .addOption(new Option('--state <state>', 'only these').choices(['waiting', 'sent', 'dead']))
    .option('--failed', 'only those that were given up')
    .option('--limit <count>', 'at most so many', '50')
    .option('--json', 'print as JSON')
    .action((options: { state?: MailEntry['state']; failed?: boolean; limit: string; json?: boolean }) =>
      withApp(async (app) => {
        const state = options.failed === true ? 'dead' : options.state;
        const entries = await app.mail.outbox.list({ limit: count(options.limit), ...(state && { state }) });
        const rows = await Promise.all(entries.map((entry) => rowOf(app, entry)));
        if (options.json) return terminal.print(JSON.stringify(rows, null, 2));
        for (const row of rows) terminal.print(lineOf(row));
        if (rows.length === 0) terminal.print('There is no such mail.');
      }),
    );

  mail
    .command('test')
    .description('send a mail at once, not by way of the queue, and say what the relay answers')
    .argument('<address>', 'where to')
    .action(async (address: string) => {
      if (!isAddress(address))
        throw new UsageError('email_invalid', `"${address}" is not an e-mail address.`);
      await withApp((app) => sendTest(app, terminal, address));
    });

  mail
    .command('retry')
    .description('have a mail that was given up, or waits for its next attempt, sent at once')
    .argument('[id]', 'its id; without one, use --all')
    .option('--all', 'every mail that was given up')
    .action((id: string | undefined, options: { all?: boolean }) =>
      withApp(async (app) => {
        if ((id === undefined) !== (options.all === true)) {
          throw new UsageError('mail_not_named', 'Name one mail by its id, or ask for --all.');
        }
        const retried = await retry(app, id);
        if (retried.length === 0 && id !== undefined) {
          throw notFound('mail_not_retried', `There is no mail "${id}" that could be sent again.`);
        }
        for (const entry of retried) terminal.print(`${entry.id}  ${entry.kind}  will be tried at once`);
        if (retried.length === 0) terminal.print('No mail that was given up can be sent again.');
      }),
    );
}

/** Rejects with `mail_failed`, which names the setting. */
async function sendTest(app: App, terminal: Terminal, address: string): Promise<void> {
  const {
    config,
    random,
    clock,
    mail: { sender: mailSender, transport: mailTransport },
  } = app;
  const id = random.uuid();
  const text = `This mail was sent by "gatehouse mail test". It shows that ${config.server.issuer} can send mail.`;
  const { domain, ...from } = mailSender;
  await mailTransport
    .send(
      {
        id,
        messageId: `<${id}@${domain}>`,
        date: clock.now(),
        ...from,
        to: { address },
        language: 'en',
        subject: 'A test of Gatehouse',
        text: `${text}\n`,
        html: `<!doctype html><html lang="en"><title>A test of Gatehouse</title><p>${text}</p></html>`,
      },
      AbortSignal.timeout(config.mail.sendTimeoutSeconds * 1000),
    )
    .catch((error: unknown) => {
      throw mailFailure(error);
    });
  terminal.print(
    app.mail.folder === undefined
      ? `The relay has taken a mail to ${address}. Whether it arrives, the mailbox shows.`
      : `There is no relay (SMTP_URL): the mail to ${address} is kept, and shown at ${config.server.issuer}/dev/mailbox.`,
  );
}

function retry(app: App, id: string | undefined): Promise<MailEntry[]> {
  if (id !== undefined && !UUID.test(id)) return Promise.resolve([]);
  return app.database.transaction(async (tx) => {
    const entries = await app.mail.outbox.retry(tx, id);
    for (const { id: mail, kind, accountId } of entries) {
      await app.audit.log.record(tx, {
        type: 'mail.retried',
        outcome: 'success',
        actor: 'command',
        ...(accountId === undefined ? {} : { account: accountId }),
        origin: ORIGIN,
        details: { mail, kind },
      });
    }
    return entries;
  });
}

async function rowOf(app: App, entry: MailEntry) {
  // What was sealed with a key that is gone is still worth listing.
  const address = await app.mail.outbox.addressOf(entry.id).catch(() => undefined);
  return {
    id: entry.id,
    kind: entry.kind,
    state: entry.state,
    to: address ?? null,
    account: entry.accountId ?? null,
    created_at: entry.createdAt.toISOString(),
    attempts: entry.attempts,
    next_attempt_at: entry.state === 'waiting' ? entry.nextAttemptAt.toISOString() : null,
    finished_at: entry.finishedAt?.toISOString() ?? null,
    problem: entry.problem ?? null,
  };
}

function lineOf(row: Awaited<ReturnType<typeof rowOf>>): string {
  const when = row.state === 'waiting' ? `next attempt ${row.next_attempt_at}` : `since ${row.finished_at}`;
  const told = [row.id, row.kind, row.state, row.to ?? '-', `${row.attempts} attempts`, when, row.problem];
  return told.filter((part) => part !== null).join('  ');
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/u.test(text) || value < 1 || value > MOST_LISTED) {
    throw new UsageError('limit_invalid', `--limit: expected a whole number from 1 to ${MOST_LISTED}`);
  }
  return value;
}
