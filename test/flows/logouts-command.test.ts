import { expect } from 'chai';
import { registerLogouts } from '../../src/commands/logouts.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { asFixture, fixtures } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Outcome, runCommand } from '../unit/commands/terminal.ts';

const PERSON = '0190a6c2-5f4e-7000-8000-000000000001';
const URI = 'http://127.0.0.1:9/back-channel';

describe('gatehouse logouts', () => {
  let server: TestServer;
  let clientId: string;
  const run = (...words: string[]): Promise<Outcome> =>
    runCommand(
      (program, terminal) => registerLogouts(program, (work) => work(server.app), terminal),
      'logouts',
      ...words,
    );
  const list = async (...words: string[]) => JSON.parse((await run('list', '--json', ...words)).printed);
  const enqueue = (sid: string) =>
    commitWrites(fixtures(server.app.database), [
      server.app.logouts.outbox.enqueue(
        (parameter) => `select 'uid' as session_uid, ${parameter(clientId)}::text as client_id,
          '${PERSON}' as account_id, ${parameter(sid)}::text as sid`,
      ),
    ]);
  /** Gives up whatever waits. */
  const giveUp = () =>
    asFixture(server.app.database, async (tx) => {
      for (const notice of await server.app.logouts.outbox.claim(100, 100, 60)) {
        await server.app.logouts.outbox.giveUp(tx, notice, 2, 'refused: answered 400');
      }
    });

  beforeEach(async () => {
    server = await startTestServer();
    await server.app.jobs.stop(1_000);
    ({ client_id: clientId = '' } = await server.addClient({ ...WEB_CLIENT, backchannel_logout_uri: URI }));
  });
  afterEach(() => server.stop());

  it('lists what waits and what was given up, and why', async () => {
    expect((await run('list')).printed).to.equal('There is no such notice.');
    await enqueue('first');
    await giveUp();
    await enqueue('second');
    const [waiting, failed] = await list();
    const both = { client: clientId, account: PERSON, session: 'uid', uri: URI };
    expect(waiting).to.include({ ...both, state: 'waiting', attempts: 0, problem: null, finishedAt: null });
    expect(failed).to.include({
      ...both,
      state: 'given_up',
      attempts: 1,
      problem: 'refused: answered 400',
      nextAttemptAt: null,
    });
    expect(await list('--failed')).to.deep.equal([failed]);
    expect(await list('--state', 'waiting', '--client', clientId, '--limit', '1')).to.deep.equal([waiting]);
    expect(await list('--client', 'another')).to.deep.equal([]);
    expect((await run('list', '--failed')).printed).to.match(
      /^[0-9a-f-]{36} {2}\w+ {2}given_up {2}[0-9a-f-]{36} {2}1 attempts {2}since \S+ {2}refused: answered 400$/u,
    );
    expect((await run('list', '--limit', '0')).error).to.have.property('code', 'limit_invalid');
  });

  it('has notices delivered again, one or all that were given up, and leaves evidence of it', async () => {
    for (const sid of ['one', 'two', 'three']) await enqueue(sid);
    await giveUp();
    const [first] = await list();
    const { printed, error } = await run('retry', first.id);
    expect(error).to.equal(undefined);
    expect(printed).to.equal(`${first.id}  ${clientId}  will be tried at once`);
    expect(await list('--failed')).to.have.length(2);
    expect((await run('retry', '--all')).printed.split('\n')).to.have.length(2);
    expect((await run('retry', '--all')).printed).to.equal('No notice was given up.');
    const waiting = await list('--state', 'waiting');
    expect(waiting.map(({ attempts }: { attempts: number }) => attempts)).to.deep.equal([0, 0, 0]);
    const events = await server.app.database.query(
      `select id from audit_events where type = 'logout.retried' and account = $1`,
      [PERSON],
    );
    expect(events).to.have.length(3);
  });

  it('says which notice to deliver again, and that there is none', async () => {
    for (const words of [[], [PERSON, '--all']]) {
      expect((await run('retry', ...words)).error).to.have.property('code', 'logout_not_named');
    }
    for (const id of [PERSON, 'nonsense']) {
      expect((await run('retry', id)).error).to.have.property('code', 'logout_not_retried');
    }
  });
});
