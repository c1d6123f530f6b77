import { expect } from 'chai';
import { registerMail } from '../../src/commands/mail.ts';
import { asFixture, fixture } from '../support/evidence/fixture.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Outcome, runCommand } from '../unit/commands/terminal.ts';

describe('gatehouse mail', () => {
  let server: TestServer;
  const run = (...words: string[]): Promise<Outcome> =>
    runCommand(
      (program, terminal) => registerMail(program, (work) => work(server.app), terminal),
      'mail',
      ...words,
    );
  const list = async (...words: string[]) => JSON.parse((await run('list', '--json', ...words)).printed);

  const enqueue = (address: string) =>
    server.app.database.transaction((tx) =>
      server.app.mail.outbox.enqueue(tx, { kind: 'new-device', to: { address }, model: { at: new Date() } }),
    );
  /** Gives up whatever waits. */
  const giveUp = () =>
    asFixture(server.app.database, async (tx) => {
      for (const mail of await server.app.mail.outbox.claim(100, 60)) {
        await server.app.mail.outbox.giveUp(tx, mail, 'refused: 550 no such mailbox');
      }
    });

  beforeEach(async () => {
    server = await startTestServer();
    await server.app.jobs.stop(1_000);
  });
  afterEach(() => server.stop());

  it('lists what waits and what was given up, and why', async () => {
    expect((await run('list')).printed).to.equal('There is no such mail.');
    await enqueue('gone@example.org');
    await giveUp();
    await enqueue('waits@example.org');
    const [waiting, dead] = await list();
    expect(waiting).to.include({
      kind: 'new-device',
      state: 'waiting',
      to: 'waits@example.org',
      attempts: 0,
      problem: null,
    });
    expect(dead).to.include({
      state: 'dead',
      to: 'gone@example.org',
      attempts: 1,
      problem: 'refused: 550 no such mailbox',
    });
    expect(await list('--failed')).to.deep.equal([dead]);
    expect(await list('--state', 'waiting', '--limit', '1')).to.deep.equal([waiting]);
    const { printed } = await run('list', '--failed');
    expect(printed).to.match(
      /^[0-9a-f-]{36} {2}new-device {2}dead {2}gone@example\.org {2}1 attempts {2}since \S+ {2}refused: 550/u,
    );
    expect((await run('list', '--limit', '0')).error).to.have.property('code', 'limit_invalid');
  });

  it('has mails sent again, one or all that were given up, and leaves evidence of it', async () => {
    for (const name of ['one', 'two', 'three']) await enqueue(`${name}@example.org`);
    await giveUp();
    const [three] = await list();
    const first = await run('retry', three.id);
    expect(first.error).to.equal(undefined);
    expect(first.printed).to.equal(`${three.id}  new-device  will be tried at once`);
    expect(await list('--failed')).to.have.length(2);
    expect((await run('retry', '--all')).printed.split('\n')).to.have.length(2);
    expect((await run('retry', '--all')).printed).to.equal('No mail that was given up can be sent again.');
    expect(await list('--state', 'waiting')).to.have.length(3);
    const events = await server.app.database.query(`select id from audit_events where type = 'mail.retried'`);
    expect(events).to.have.length(3);
  });

  it('says which mail to send again, and that there is none', async () => {
    for (const words of [[], ['0190a6c2-5f4e-7000-8000-000000000001', '--all']]) {
      expect((await run('retry', ...words)).error).to.have.property('code', 'mail_not_named');
    }
    for (const id of ['0190a6c2-5f4e-7000-8000-000000000001', 'nonsense']) {
      expect((await run('retry', id)).error).to.have.property('code', 'mail_not_retried');
    }
  });

  it('lists also what cannot be opened any more', async () => {
    await enqueue('a@example.org');
    await fixture(server.app.database, `update mail_outbox set sealed = 'v1.gone.AAAA'`);
    expect((await list())[0]).to.include({ to: null, state: 'waiting' });
  });
});
