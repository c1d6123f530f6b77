import { expect } from 'chai';
import type { NewMail } from '../../src/domain/mail/mails.ts';
import { commitWrites, UnitConflict, UnitOfWork } from '../../src/storage/unit-of-work.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { LINK, TOKEN, useMailServer } from '../support/mail-server.ts';
import { eventually } from '../support/processes.ts';
import { type SmtpReply, startRelay } from '../support/relay.ts';
import { freePort } from '../support/server.ts';

describe('mail', () => {
  const setup = useMailServer();
  const { later, start, reset, notice, enqueue, entries, until, afterAttempt } = setup;

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
    const [mail] = await setup.relay.until(1);
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
    const [mail] = await setup.relay.until(1);
    expect(mail?.subject).to.equal('Elija una contraseña nueva');
    expect(mail?.headers.get('content-language')).to.equal('es');
  });

  it('is there only when the transaction is', async () => {
    await start();
    const {
      database,
      mail: { outbox: mail },
    } = setup.server.app;
    const failed = await database
      .transaction(async (tx) => {
        await mail.enqueue(tx, notice('never@example.org'));
        throw new Error('no');
      })
      .catch((error: Error) => error.message);
    expect(failed).to.equal('no');
    await enqueue(notice('always@example.org'));
    const [first] = await setup.relay.until(1);
    expect(first?.envelope.to).to.deep.equal(['always@example.org']);
    expect(await entries()).to.have.length(1);
  });

  it('is there only when the unit of work is', async () => {
    await start();
    const {
      database,
      mail: { outbox: mail },
    } = setup.server.app;
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
    const mails = await setup.relay.until(2);
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
          : commitWrites(fixtures(setup.server.app.database), [setup.server.app.mail.outbox.write(mail())]),
      ),
    );
    await setup.relay.until(1);
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
    const dump = async () =>
      JSON.stringify(await setup.server.app.database.query('select * from mail_outbox'));
    await eventually('the relay has it', async () => setup.relay.seen.length === 1);
    expect(await dump())
      .to.include('"sealed":"v1.')
      .and.not.include(TOKEN)
      .and.not.include('pat@example.org');
    answer({ code: 451, text: `no links such as ${LINK} and ${TOKEN} to pat@example.org` });
    const failed = await afterAttempt(1);
    expect(failed.problem).to.include('451');
    later(60);
    await setup.relay.until(1);
    await until('it is marked as sent', ({ state }) => state === 'sent');
    expect(await dump())
      .to.include('"sealed":null')
      .and.not.include(TOKEN);
    expect(setup.lines.join(''))
      .to.include('mail sent')
      .and.not.include(TOKEN)
      .and.not.include('pat@example.org');
    expect(failed.problem).to.not.include(TOKEN).and.not.include('pat@example.org');
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
    const mails = await setup.relay.until(names.length);
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
    const mails = await setup.relay.until(2);
    expect(mails.flatMap(({ envelope }) => envelope.to)).to.have.members([
      'jörg@bücher.example',
      'pat@bücher.example',
    ]);
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
        `smtp://0.0.0.0:${setup.relay.port}`,
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
      expect([...setup.relay.seen, ...withTls.seen]).to.deep.equal([]);
    } finally {
      await withTls.close();
    }
  });
});
