import { z } from 'zod';
import { isAddress, type Sender } from '../domain/mail/addresses.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { MailTransport } from '../domain/mail/transport.ts';
import type { Clock } from '../kernel/clock.ts';
import { notFound } from '../kernel/errors.ts';
import { isUuid, type Randomness } from '../kernel/ids.ts';
import { ROWS } from './about.ts';
import { defineAct } from './act.ts';
import { defineList } from './list.ts';
import { reportBounce, toPeopleWithin } from './mail-bounces.ts';
import { defineStepwise } from './stepwise.ts';
import { progress, progressOf } from './waiting.ts';

const state = z.enum(['waiting', 'sent', 'dead']);

/** The mails that are remembered, the newest first. A right that is limited to units lists those to their people. */
const list = defineList({
  name: 'mail.list',
  summary: 'Lists mails, the newest first.',
  http: { method: 'GET', path: '/mail' },
  scope: 'system:read',
  filters: {
    state: state.optional(),
    /** The id of the account that it is written to. */
    person: z.uuid().optional(),
  },
  sorts: ['created'],
  newestFirst: true,
  item: z.object({
    id: z.string(),
    kind: z.string(),
    state,
    /** Known until it is sent, as long as the key is there with which it is sealed. */
    to: z.string().nullable(),
    account: z.string().nullable(),
    ...progress,
  }),
  place: z.uuid(),
  async run(
    { mail }: { readonly mail: Pick<MailOutbox, 'list'> },
    { filters, after, descending, most, limit },
  ) {
    const page = { ...filters, after, ascending: !descending, limit: most + 1, only: toPeopleWithin(limit) };
    const found = await mail.list(page);
    const entries = found.slice(0, most);
    const items = entries.map((entry) => ({
      id: entry.id,
      kind: entry.kind,
      state: entry.state,
      to: entry.to ?? null,
      account: entry.accountId ?? null,
      ...progressOf(entry),
    }));
    return { items, next: found.length > most ? entries.at(-1)?.id : undefined };
  },
});

/**
 * Has a mail that was given up, or waits for its next attempt, sent at once, within the limit of the right. Throws `mail_not_retried`
 * (404).
 */
const retry = defineAct({
  name: 'mail.retry',
  summary: 'Sends mail again that was given up.',
  http: { method: 'POST', path: '/mail/{mail}/retry', all: '/mail/retry' },
  scope: 'system:write',
  irreversible: false,
  about: ROWS,
  input: z.strictObject({
    /** Its id; without one, every mail that was given up. */
    mail: z.string().optional(),
  }),
  result: z.object({ mails: z.array(z.object({ id: z.string(), kind: z.string() })) }),
  async run(
    { mail }: { readonly mail: Pick<MailOutbox, 'retry'> },
    { tx, input: { mail: id }, limit, record },
  ) {
    const mails = id === undefined || isUuid(id) ? await mail.retry(tx, id, toPeopleWithin(limit)) : [];
    if (mails.length === 0 && id !== undefined) {
      throw notFound('mail_not_retried', `There is no mail "${id}" that could be sent again.`);
    }
    for (const { id: mail, kind, accountId } of mails) {
      const account = accountId === undefined ? {} : { account: accountId };
      await record({ type: 'mail.retried', ...account, details: { mail, kind } });
    }
    return { mails };
  },
});

interface SendsTests {
  readonly mailTransport: Pick<MailTransport, 'send'>;
  readonly mailSender: Sender;
  /** How long the relay may take, in seconds. */
  readonly mailTimeoutSeconds: number;
  /** Where mails are kept in development, instead of being sent. */
  readonly mailFolder: object | undefined;
  readonly issuer: string;
  readonly clock: Clock;
  readonly random: Pick<Randomness, 'uuid'>;
}

/** Sends a mail at once, not by way of the outbox. Throws what the transport does, a `DeliveryError`. */
const sendTest = defineStepwise({
  name: 'mail.send_test',
  summary: 'Sends a test mail.',
  http: { method: 'POST', path: '/mail/test' },
  scope: 'system:write',
  irreversible: false,
  input: z.strictObject({ to: z.string().refine(isAddress, 'an e-mail address') }),
  result: z.object({
    /** There is no relay, so that the mail was only kept on this machine. */
    kept: z.boolean(),
    issuer: z.string(),
  }),
  async run(deps: SendsTests, { input }) {
    const { issuer, mailFolder, mailTransport, mailTimeoutSeconds } = deps;
    await mailTransport.send(testMail(deps, input.to), AbortSignal.timeout(mailTimeoutSeconds * 1000));
    return { kept: mailFolder !== undefined, issuer };
  },
});

function testMail({ mailSender, issuer, clock, random }: SendsTests, address: string) {
  const id = random.uuid();
  const { domain, ...from } = mailSender;
  const text = `This mail was sent by "gatehouse mail test". It shows that ${issuer} can send mail.`;
  return {
    id,
    messageId: `<${id}@${domain}>`,
    date: clock.now(),
    ...from,
    to: { address },
    language: 'en',
    subject: 'A test of Gatehouse',
    text: `${text}\n`,
    html: `<!doctype html><html lang="en"><title>A test of Gatehouse</title><p>${text}</p></html>`,
  };
}

/** What can be done about what people are written. */
export const mail = { list, retry, sendTest, reportBounce };
