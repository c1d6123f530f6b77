import { expect } from 'chai';
import type { NewMail } from '../../src/domain/mail/mails.ts';
import { asFixture, fixture } from '../support/evidence/fixture.ts';
import { LINK, useMailServer } from '../support/mail-server.ts';
import { eventually } from '../support/processes.ts';
import { type SmtpReply, startRelay } from '../support/relay.ts';

describe('mail', () => {
  const setup = useMailServer();
  const { clock, later, start, reset, notice, enqueue, entries, only, until, afterAttempt } = setup;

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
    const [mail] = await setup.relay.until(1);
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
    const [mail] = await setup.relay.until(1);
    expect(setup.relay.seen).to.deep.equal([mail?.messageId, mail?.messageId]);
  });

  it('waits while there is no relay, and goes out when there is', async () => {
    await start();
    await setup.relay.close();
    await enqueue(reset(), notice());
    await eventually('both have failed', async () =>
      (await entries()).every(({ attempts, problem }) => attempts === 1 && problem !== undefined),
    );
    const [entry] = await entries();
    expect(entry?.problem).to.match(/ECONNREFUSED|ESOCKET/u);
    setup.relay = await startRelay({ port: setup.relay.port });
    later(6);
    await setup.relay.until(2);
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
    const audit = await setup.server.app.database.query<{ account: string; details: object }>(
      `select account, details from audit_events where type = 'mail.given_up'`,
    );
    expect(audit).to.deep.equal([
      { account: dead.accountId, details: { mail: dead.id, kind: 'new-device', reason: 'refused' } },
    ]);
    expect(setup.lines.filter((line) => line.includes('mail given up'))).to.have.length(1);
    const listed = await setup.server.app.mail.outbox.list({ state: 'dead', limit: 10 });
    expect(listed.map(({ id, to }) => ({ id, to }))).to.deep.equal([{ id: dead.id, to: 'gone@example.org' }]);
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
    } = setup.server.app;
    const retried = await asFixture(database, (tx) => mail.retry(tx, dead.id));
    expect(retried.map(({ id, attempts }) => ({ id, attempts }))).to.deep.equal([
      { id: dead.id, attempts: 0 },
    ]);
    await setup.relay.until(1);
    await until('it is sent', ({ state }) => state === 'sent');
    expect(await asFixture(database, (tx) => mail.retry(tx, dead.id)), 'not what is sent').to.deep.equal([]);
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
    await setup.relay.close();
    await enqueue(reset());
    await afterAttempt(1);
    setup.relay = await startRelay({ port: setup.relay.port });
    later(1_900);
    const dead = await until('it is dead', ({ state }) => state === 'dead');
    expect(dead.problem).to.include('expired');
    expect(setup.relay.taken).to.deep.equal([]);
    const [row] = await setup.server.app.database.query<{ sealed: null }>('select sealed from mail_outbox');
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
    const [mail] = await setup.relay.until(1);
    expect(mail?.envelope.to).to.deep.equal(['good@example.org']);
  });

  it('for which somebody waits goes before what can wait', async () => {
    await start({}, {});
    await setup.relay.close();
    await setup.server.app.jobs.stop(1_000);
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
    const claimed = await setup.server.app.mail.outbox.claim(3, 60);
    expect(claimed.map(({ kind }) => kind).sort()).to.deep.equal([
      'new-device',
      'password-expires',
      'password-reset',
    ]);
  });

  it('is forgotten with the account, and after a month', async () => {
    await start({ recipient: () => ({ code: 451, text: 'no' }) });
    await enqueue(notice());
    const { accountId } = await afterAttempt(1);
    await setup.server.app.database.transaction((tx) =>
      setup.server.app.mail.outbox.forgetAccount(tx, String(accountId)),
    );
    expect(await entries()).to.deep.equal([]);
    await enqueue(notice());
    const { id } = await afterAttempt(1);
    await fixture(
      setup.server.app.database,
      `update mail_outbox set state = 'sent', sealed = null, finished_at = $2 where id = $1`,
      [id, clock.now()],
    );
    setup.now += 29 * 86_400_000;
    expect(await setup.server.app.mail.outbox.clear(10)).to.equal(0);
    setup.now += 2 * 86_400_000;
    expect(await setup.server.app.mail.outbox.clear(10)).to.equal(1);
  });
});
