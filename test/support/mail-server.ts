import { expect } from 'chai';
import pino from 'pino';
import type { MailEntry } from '../../src/domain/mail/entry-store.ts';
import type { NewMail } from '../../src/domain/mail/mails.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { eventually } from './processes.ts';
import { type Relay, type RelayBehaviour, startRelay } from './relay.ts';
import { type Settings, startTestServer, type TestServer } from './server.ts';

export const TOKEN = 'Zq3vT0kEnThatNobodyMaySee8r1';
export const LINK = `https://id.example.org/reset?token=${TOKEN}`;

/** A server with a relay of the test's own, and a clock that the test moves: to be called in a `describe`. */
export function useMailServer() {
  let server: TestServer;
  let relay: Relay;
  let now: number;
  let lines: string[];

  const clock: Clock = { now: () => new Date(Date.now() + now) };
  /** Moves the clock of the server and has it look at the outbox. */
  const later = (seconds: number) => {
    now += seconds * 1000;
    server.app.jobs.wake('send-mail');
  };

  const start = async (behaviour: RelayBehaviour = {}, settings: Settings = {}) => {
    now = 0;
    lines = [];
    relay = await startRelay(behaviour);
    const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
    server = await startTestServer({
      settings: { SMTP_URL: relay.url, MAIL_SEND_TIMEOUT_SECONDS: '2', ...settings },
      replace: { clock, log },
    });
  };
  afterEach(async () => {
    await server.stop();
    await relay.close();
  });

  const reset = (address = 'pat@example.org', more: Partial<NewMail['to']> = {}): NewMail => ({
    kind: 'password-reset',
    to: { address, name: 'Pat Person', ...more },
    model: {
      link: LINK,
      expiresAt: new Date(clock.now().getTime() + 1_800_000),
      requestedBy: 'person',
      at: clock.now(),
    },
  });
  const notice = (address = 'pat@example.org'): NewMail => ({
    kind: 'new-device',
    to: { address, accountId: '0190a6c2-5f4e-7000-8000-000000000001' },
    model: { at: clock.now(), ip: '192.0.2.7' },
  });

  const enqueue = (...mails: NewMail[]) =>
    server.app.database.transaction(async (tx) => {
      for (const mail of mails) await server.app.mail.outbox.enqueue(tx, mail);
    });
  const entries = () => server.app.mail.outbox.list({ limit: 100 });
  const only = async (): Promise<MailEntry> => {
    const [entry, ...rest] = await entries();
    expect(rest).to.deep.equal([]);
    return entry as MailEntry;
  };
  const until = async (what: string, holds: (entry: MailEntry) => boolean) => {
    await eventually(what, async () => holds(await only()));
    return only();
  };
  /** After a failed attempt the mail waits without anybody at it. */
  const afterAttempt = (attempts: number) =>
    until(`attempt ${attempts} has failed`, (entry) => entry.attempts === attempts && !entry.sending);

  return {
    get server() {
      return server;
    },
    get relay() {
      return relay;
    },
    set relay(value) {
      relay = value;
    },
    get now() {
      return now;
    },
    set now(value) {
      now = value;
    },
    get lines() {
      return lines;
    },
    clock,
    later,
    start,
    reset,
    notice,
    enqueue,
    entries,
    only,
    until,
    afterAttempt,
  };
}
