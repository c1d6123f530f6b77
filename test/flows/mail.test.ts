import { expect } from 'chai';
import pino from 'pino';
import type { MailEntry } from '../../src/domain/mail/entry-store.ts';
import type { NewMail } from '../../src/domain/mail/mails.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { commitWrites, UnitConflict, UnitOfWork } from '../../src/storage/unit-of-work.ts';
import { eventually } from '../support/processes.ts';
import { type Relay, type RelayBehaviour, type SmtpReply, startRelay } from '../support/relay.ts';
import { freePort, type Settings, startTestServer, type TestServer } from '../support/server.ts';

const TOKEN = 'Zq3vT0kEnThatNobodyMaySee8r1';
const LINK = `https://id.example.org/reset?token=${TOKEN}`;

describe('mail', () => {
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

  it('arrives as text and HTML, from whom and to whom it should, marked as automatic', async () => {
    await start(
      {},
      {
        MAIL_FROM: 'Riverside Practice <no-reply@riverside.example>',
        MAIL_REPLY_TO: 'desk@riverside.example',
        SUPPORT_CONTACT: 'desk@riverside.example',
      },
    );
    await enqueue(reset());
    const [mail] = await relay.until(1);
    expect(mail?.envelope).to.deep.equal({ from: 'no-reply@riverside.example', to: ['pat@example.org'] });
    expect(mail?.from?.text).to.equal('"Riverside Practice" <no-reply@riverside.example>');
    expect(mail?.replyTo?.text).to.equal('desk@riverside.example');
    expect(mail?.headers.get('auto-submitted')).to.equal('auto-generated');
    expect(mail?.headers.get('content-language')).to.equal('en');
    expect(mail?.headers.has('x-mailer')).to.equal(false);
    expect(mail?.subject).to.equal('Choose a new password');
    expect(mail?.text).to.include(LINK).and.not.include('are not read');
    expect(mail?.html).to.include(`href="${LINK}"`).and.include('mailto:desk@riverside.example');
    const entry = await until('it is marked as sent', ({ state }) => state === 'sent');
    expect(mail?.messageId).to.equal(`<${entry.id}@localhost>`);
    expect(mail?.date?.getTime()).to.be.closeTo(entry.createdAt.getTime(), 1_000);
  });

  it('speaks the language of the person', async () => {
    await start();
    await enqueue(reset('es@example.org', { locale: 'es-MX' }));
    const [mail] = await relay.until(1);
    expect(mail?.subject).to.equal('Elija una contraseña nueva');
    expect(mail?.headers.get('content-language')).to.equal('es');
  });

  it('is there only when the transaction is', async () => {
    await start();
    const {
      database,
      mail: { outbox: mail },
    } = server.app;
    const failed = await database
      .transaction(async (tx) => {
        await mail.enqueue(tx, notice('never@example.org'));
        throw new Error('no');
      })
      .catch((error: Error) => error.message);
    expect(failed).to.equal('no');
    await enqueue(notice('always@example.org'));
    const [first] = await relay.until(1);
    expect(first?.envelope.to).to.deep.equal(['always@example.org']);
    expect(await entries()).to.have.length(1);
  });

  it('is there only when the unit of work is', async () => {
    await start();
    const {
      database,
      mail: { outbox: mail },
    } = server.app;
    const lost = new UnitOfWork(database);
    lost.add(mail.write(notice('never@example.org')), {
      sql: () => 'update accounts set name = name where false returning id',
      otherwise: 'lost',
    });
    expect(await lost.commit().catch((error) => error)).to.be.instanceOf(UnitConflict);
    expect(await entries()).to.deep.equal([]);

    const won = new UnitOfWork(database);
    won.add(mail.write(notice('one@example.org')), mail.write(reset('two@example.org')));
    await won.commit();
    const mails = await relay.until(2);
    expect(mails.flatMap(({ envelope }) => envelope.to)).to.have.members([
      'one@example.org',
      'two@example.org',
    ]);
  });

  it('with an occasion is written once, by however many at the same time', async () => {
    await start();
    const mail = (): NewMail => ({ ...notice(), once: 'password-expires:pat:14' });
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        index % 2 === 0
          ? enqueue(mail())
          : commitWrites(server.app.database, [server.app.mail.outbox.write(mail())]),
      ),
    );
    await relay.until(1);
    expect(await entries()).to.have.length(1);
  });

  it('keeps its secret: sealed while it waits, gone when it is sent, in no log', async () => {
    let answer: (reply: SmtpReply) => void = () => {};
    const pending = new Promise<SmtpReply>((resolve) => {
      answer = resolve;
    });
    let first = true;
    await start({
      content: (source) => {
        if (!first) return undefined;
        first = false;
        expect(source).to.include(TOKEN.slice(0, 10));
        return pending;
      },
    });
    await enqueue(reset());
    const dump = async () => JSON.stringify(await server.app.database.query('select * from mail_outbox'));
    await eventually('the relay has it', async () => relay.seen.length === 1);
    expect(await dump())
      .to.include('"sealed":"v1.')
      .and.not.include(TOKEN)
      .and.not.include('pat@example.org');
    answer({ code: 451, text: `no links such as ${LINK} and ${TOKEN} to pat@example.org` });
    const failed = await afterAttempt(1);
    expect(failed.problem).to.include('451');
    later(60);
    await relay.until(1);
    await until('it is marked as sent', ({ state }) => state === 'sent');
    expect(await dump())
      .to.include('"sealed":null')
      .and.not.include(TOKEN);
    expect(lines.join('')).to.include('mail sent').and.not.include(TOKEN).and.not.include('pat@example.org');
    expect(failed.problem).to.not.include(TOKEN).and.not.include('pat@example.org');
  });

  it('is tried again after a 4xx reply, as the same message', async () => {
    const replies: (SmtpReply | undefined)[] = [
      { code: 450, text: 'greylisted' },
      { code: 421, text: 'busy' },
    ];
    await start({ recipient: () => replies.shift() });
    await enqueue(reset());
    const failed = await afterAttempt(1);
    expect(failed.state).to.equal('waiting');
    expect(failed.problem).to.include('450').and.include('greylisted');
    const wait = failed.nextAttemptAt.getTime() - clock.now().getTime();
    expect(wait).to.be.within(2_000, 6_000);
    later(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await only()).attempts, 'not before its time').to.equal(1);
    later(6);
    await afterAttempt(2);
    later(13);
    const [mail] = await relay.until(1);
    const entry = await until('it is marked as sent', ({ state }) => state === 'sent');
    expect(entry.attempts).to.equal(3);
    expect(mail?.messageId).to.equal(`<${entry.id}@localhost>`);
  });

  it('keeps its id and its date when the relay loses the answer', async () => {
    let first = true;
    await start({
      content: () => {
        if (!first) return undefined;
        first = false;
        return { code: 451, text: 'lost' };
      },
    });
    await enqueue(reset());
    await afterAttempt(1);
    later(6);
    const [mail] = await relay.until(1);
    expect(relay.seen).to.deep.equal([mail?.messageId, mail?.messageId]);
  });

  it('waits while there is no relay, and goes out when there is', async () => {
    await start();
    await relay.close();
    await enqueue(reset(), notice());
    await eventually('both have failed', async () =>
      (await entries()).every(({ attempts, problem }) => attempts === 1 && problem !== undefined),
    );
    const [entry] = await entries();
    expect(entry?.problem).to.match(/ECONNREFUSED|ESOCKET/u);
    relay = await startRelay({ port: relay.port });
    later(6);
    await relay.until(2);
    await eventually('both are sent', async () => (await entries()).every(({ state }) => state === 'sent'));
  });

  it('is given up at once when the recipient or the content is refused for good, and told of', async () => {
    await start({
      recipient: (address) =>
        address.startsWith('gone') ? { code: 550, text: '5.1.1 no such mailbox' } : undefined,
    });
    await enqueue(notice('gone@example.org'));
    const dead = await until('it is dead', ({ state }) => state === 'dead');
    expect(dead.attempts).to.equal(1);
    expect(dead.problem).to.include('refused').and.include('550').and.include('no such mailbox');
    const audit = await server.app.database.query<{ account: string; details: object }>(
      `select account, details from audit_events where type = 'mail.given_up'`,
    );
    expect(audit).to.deep.equal([
      { account: dead.accountId, details: { mail: dead.id, kind: 'new-device', reason: 'refused' } },
    ]);
    expect(lines.filter((line) => line.includes('mail given up'))).to.have.length(1);
    expect(await server.app.mail.outbox.list({ state: 'dead', limit: 10 })).to.have.length(1);
    expect(await server.app.mail.outbox.addressOf(dead.id)).to.equal('gone@example.org');
  });

  it('is not given up for what the configuration did', async () => {
    await start(
      {
        options: {
          disabledCommands: ['STARTTLS'],
          authOptional: false,
          onAuth: (_auth, _session, callback) =>
            callback(Object.assign(new Error('wrong password'), { responseCode: 535 })),
          allowInsecureAuth: true,
        },
      },
      {},
    );
    await enqueue(reset());
    const failed = await afterAttempt(1);
    expect(failed.state).to.equal('waiting');
    expect(failed.problem).to.include('530');
  });

  it('that was given up can be tried again by hand', async () => {
    let open = false;
    await start({ recipient: () => (open ? undefined : { code: 550, text: 'not yet' }) });
    await enqueue(notice());
    const dead = await until('it is dead', ({ state }) => state === 'dead');
    open = true;
    const {
      database,
      mail: { outbox: mail },
    } = server.app;
    const retried = await database.transaction((tx) => mail.retry(tx, dead.id));
    expect(retried.map(({ id, attempts }) => ({ id, attempts }))).to.deep.equal([
      { id: dead.id, attempts: 0 },
    ]);
    await relay.until(1);
    await until('it is sent', ({ state }) => state === 'sent');
    expect(await database.transaction((tx) => mail.retry(tx, dead.id)), 'not what is sent').to.deep.equal([]);
  });

  it('is given up after a day of failures, and no earlier', async () => {
    await start({ recipient: () => ({ code: 450, text: 'later' }) });
    await enqueue(notice());
    const began = clock.now().getTime();
    for (let attempt = 1; attempt < 34; attempt += 1) {
      const failed = await afterAttempt(attempt);
      expect(failed.state).to.equal('waiting');
      later((failed.nextAttemptAt.getTime() - clock.now().getTime()) / 1000 + 1);
      await eventually('it is tried', async () => (await only()).attempts > attempt);
    }
    const dead = await until('it is dead', ({ state }) => state === 'dead');
    expect(dead.problem).to.include('exhausted');
    expect((clock.now().getTime() - began) / 3_600_000).to.be.within(19, 30);
  });

  it('whose link is dead is not sent any more, and its secret is gone', async () => {
    await start();
    await relay.close();
    await enqueue(reset());
    await afterAttempt(1);
    relay = await startRelay({ port: relay.port });
    later(1_900);
    const dead = await until('it is dead', ({ state }) => state === 'dead');
    expect(dead.problem).to.include('expired');
    expect(relay.taken).to.deep.equal([]);
    const [row] = await server.app.database.query<{ sealed: null }>('select sealed from mail_outbox');
    expect(row?.sealed).to.equal(null);
  });

  it('does not hold up others that can be sent', async () => {
    await start({
      recipient: (address) => (address.startsWith('bad') ? { code: 451, text: 'no' } : undefined),
    });
    await enqueue(
      ...Array.from({ length: 20 }, (_, index) => notice(`bad${index}@example.org`)),
      notice('good@example.org'),
    );
    const [mail] = await relay.until(1);
    expect(mail?.envelope.to).to.deep.equal(['good@example.org']);
  });

  it('for which somebody waits goes before what can wait', async () => {
    await start({}, {});
    await relay.close();
    await server.app.jobs.stop(1_000);
    const expiry = (index: number): NewMail => ({
      kind: 'password-expires',
      to: { address: `slow${index}@example.org` },
      model: { link: LINK, daysLeft: 14, expiresAt: new Date(clock.now().getTime() + 1e9) },
    });
    await enqueue(
      ...Array.from({ length: 10 }, (_, index) => expiry(index)),
      notice(),
      reset('first@example.org'),
    );
    const claimed = await server.app.mail.outbox.claim(3, 60);
    expect(claimed.map(({ kind }) => kind).sort()).to.deep.equal([
      'new-device',
      'password-expires',
      'password-reset',
    ]);
  });

  it('cannot be given headers or recipients by those whose names are in it', async () => {
    await start();
    const names = [
      'Pat\r\nBcc: evil@example.org',
      'Pat\nSubject: Win',
      'Pat" <evil@example.org>, "x',
      'evil@example.org, Pat',
      'Pat\u2028Bcc: evil@example.org',
      '=?utf-8?q?Pat=0D=0ABcc:_evil@example.org?=',
      `${'x'.repeat(300)}\r\n.\r\nMAIL FROM:<evil@example.org>`,
    ];
    await enqueue(...names.map((name, index) => reset(`to${index}@example.org`, { name })));
    const mails = await relay.until(names.length);
    for (const mail of mails) {
      expect(mail.envelope.to).to.have.length(1);
      expect(mail.envelope.to[0]).to.match(/^to\d@example\.org$/);
      const to = Array.isArray(mail.to) ? mail.to : [mail.to];
      expect(to.flatMap((each) => each?.value ?? []).map(({ address }) => address)).to.deep.equal(
        mail.envelope.to,
      );
      expect(mail.headers.has('bcc')).to.equal(false);
      expect(mail.cc).to.equal(undefined);
      expect(mail.subject).to.equal('Choose a new password');
    }
    for (const address of [
      'a@example.org\r\nRCPT TO:<b@example.org>',
      'a@example.org, b@example.org',
      'a b@x',
      '',
    ]) {
      const refused = await enqueue(reset(address)).catch((error) => error.code);
      expect(refused, address).to.equal('mail_invalid');
    }
  });

  it('goes to addresses in every script', async () => {
    await start();
    await enqueue(reset('jörg@bücher.example'), reset('pat@bücher.example'));
    const mails = await relay.until(2);
    expect(mails.flatMap(({ envelope }) => envelope.to)).to.have.members([
      'jörg@bücher.example',
      'pat@bücher.example',
    ]);
  });

  it('is forgotten with the account, and after a month', async () => {
    await start({ recipient: () => ({ code: 451, text: 'no' }) });
    await enqueue(notice());
    const { accountId } = await afterAttempt(1);
    await server.app.database.transaction((tx) =>
      server.app.mail.outbox.forgetAccount(tx, String(accountId)),
    );
    expect(await entries()).to.deep.equal([]);
    await enqueue(notice());
    const { id } = await afterAttempt(1);
    await server.app.database.query(
      `update mail_outbox set state = 'sent', sealed = null, finished_at = $2 where id = $1`,
      [id, clock.now()],
    );
    now += 29 * 86_400_000;
    expect(await server.app.mail.outbox.clear()).to.equal(0);
    now += 2 * 86_400_000;
    expect(await server.app.mail.outbox.clear()).to.equal(1);
  });

  it('takes no secret into a network that is not encrypted', async () => {
    await start();
    const { createSmtpTransport } = await import('../../src/domain/mail/smtp.ts');
    const { DeliveryError } = await import('../../src/domain/mail/transport.ts');
    const message = {
      id: 'x',
      messageId: '<x@localhost>',
      date: new Date(),
      from: { address: 'a@example.org' },
      to: { address: 'b@example.org' },
      language: 'en',
      subject: 's',
      text: 't',
      html: '<p>t</p>',
    };
    const port = await freePort();
    const withTls = await startRelay({ port, options: { disabledCommands: ['AUTH'] } });
    try {
      for (const url of [
        `smtp://0.0.0.0:${relay.port}`,
        `smtp://0.0.0.0:${port}`,
        `smtps://127.0.0.1:${port}`,
      ]) {
        const transport = createSmtpTransport({
          url,
          requireTls: true,
          clientName: 'localhost',
          timeoutSeconds: 2,
          connections: 1,
        });
        const error = await transport.send(message, AbortSignal.timeout(2_000)).catch((reason) => reason);
        expect(error, url).to.be.instanceOf(DeliveryError);
        expect(error.permanent).to.equal(false);
        await transport.close();
      }
      expect([...relay.seen, ...withTls.seen]).to.deep.equal([]);
    } finally {
      await withTls.close();
    }
  });
});
