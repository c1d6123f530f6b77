import { expect } from 'chai';
import pg from 'pg';
import { MailRecord } from '../../src/domain/mail/entry-store.ts';
import { createMailOutbox, type MailOutbox } from '../../src/domain/mail/store.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { createTestDatabase, migrationsPath, type TestDatabase } from '../support/postgres.ts';
import { eventually, type Started, startNode } from '../support/processes.ts';
import { type Relay, type RelayBehaviour, startRelay } from '../support/relay.ts';
import { freePort, type Settings, testEnvironment } from '../support/server.ts';

/** Whole servers, each a process, killed where it hurts. */
describe('mail of several processes', function () {
  this.timeout(120_000);

  let test: TestDatabase;
  let database: Database;
  let owner: pg.Client;
  let outbox: MailOutbox;
  let relay: Relay;
  let processes: Started[];

  beforeEach(async () => {
    processes = [];
    test = await createTestDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [MailRecord],
      role: 'server',
      poolSize: 2,
      migrationsPath,
    });
    owner = new pg.Client({ connectionString: test.ownerUrl });
    await owner.connect();
    const keyring = { current: 'test', keys: new Map([['test', Buffer.from('a1b2c3d4'.repeat(8), 'hex')]]) };
    outbox = createMailOutbox(database, keyring, systemClock, systemRandomness);
  });
  afterEach(async () => {
    for (const { child, exit } of processes) {
      child.kill('SIGKILL');
      await exit;
    }
    await relay.close();
    await owner.end();
    await database.close();
    await test.drop();
  });

  const environment = async (settings: Settings = {}): Promise<Settings> => ({
    PATH: process.env.PATH ?? '',
    ...testEnvironment(test, await freePort(), {
      SMTP_URL: relay.url,
      LOG_LEVEL: 'info',
      ...settings,
    }),
  });
  const serve = async (settings: Settings = {}): Promise<Started> => {
    const started = startNode(['src/main.ts'], { env: await environment(settings) });
    processes.push(started);
    await started.waitFor(/"msg":"listening"/u);
    return started;
  };
  const kill = async ({ child, exit }: Started) => {
    child.kill('SIGKILL');
    await exit;
  };
  const enqueue = (...addresses: string[]) =>
    database.transaction(async (tx) => {
      for (const address of addresses) {
        await outbox.enqueue(tx, { kind: 'new-device', to: { address }, model: { at: new Date() } });
      }
    });
  const start = async (behaviour: RelayBehaviour = {}) => {
    relay = await startRelay(behaviour);
  };
  const waitingForLocks = async (): Promise<number[]> => {
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return (await owner.query<{ pid: number }>(waiting)).rows.map(({ pid }) => pid);
  };
  const recipients = () => relay.taken.flatMap(({ envelope }) => envelope.to);
  const allSent = () =>
    eventually('all is sent', async () =>
      (await outbox.list({ limit: 100 })).every(({ state }) => state === 'sent'),
    );

  // A message is sent once where nobody dies and no process stands still for longer than its claim lasts, which is two minutes
  // here and renewed long before: no load that a machine can be under makes it two.
  it('is shared by two servers, each message sent once', async () => {
    // Slow enough that neither can do it all.
    await start({ content: () => new Promise((resolve) => setTimeout(resolve, 30, undefined)) });
    const servers = await Promise.all([serve(), serve()]);
    const addresses = Array.from({ length: 60 }, (_, index) => `person${index}@example.org`);
    await Promise.all([
      enqueue(...addresses.slice(0, 30)),
      ...addresses.slice(30).map((each) => enqueue(each)),
    ]);
    await relay.until(addresses.length);
    await allSent();
    expect(recipients().sort()).to.deep.equal(addresses.sort());
    for (const { output } of servers) expect(output().match(/"msg":"mail sent"/gu)?.length).to.be.above(5);
  });

  it('is sent once where the relay takes longer for its answer than a claim lasts', async () => {
    await start({ content: () => new Promise((resolve) => setTimeout(resolve, 3_000, undefined)) });
    await Promise.all([1, 2].map(() => serve({ MAIL_SEND_TIMEOUT_SECONDS: '1' })));
    await enqueue('pat@example.org');
    await allSent();
    expect(relay.seen, 'no second attempt has begun').to.have.length(1);
    expect(recipients()).to.deep.equal(['pat@example.org']);
  });

  it('survives whoever is killed between the commit and the sending', async () => {
    await start();
    const writer = startNode(['test/support/enqueue-and-die.ts', 'pat@example.org'], {
      env: await environment(),
    });
    processes.push(writer);
    expect(await writer.exit, writer.output()).to.equal(null);
    expect(
      (await outbox.list({ limit: 10 })).map(({ state, attempts }) => ({ state, attempts })),
    ).to.deep.equal([{ state: 'waiting', attempts: 0 }]);
    await serve();
    await relay.until(1);
    await allSent();
    expect(recipients()).to.deep.equal(['pat@example.org']);
  });

  it('survives a server that is killed while it sends, or before it could note that it has sent', async () => {
    let dying = true;
    let answer: (value?: undefined) => void = () => {};
    const answered = new Promise<undefined>((resolve) => {
      answer = resolve;
    });
    await start({
      content: (source) =>
        !dying ? undefined : source.includes('unnoted@') ? answered : new Promise(() => {}),
    });
    const first = await serve({ MAIL_SEND_TIMEOUT_SECONDS: '2' });
    await enqueue('unnoted@example.org', 'unanswered@example.org');
    await eventually('both are under way', async () => relay.seen.length === 2);
    await database.transaction(async (tx) => {
      await tx.query('select id from mail_outbox for update');
      answer();
      await relay.until(1);
      await eventually('it is about to be noted', async () => (await waitingForLocks()).length > 0);
      await kill(first);
      for (const pid of await waitingForLocks()) await owner.query('select pg_terminate_backend($1)', [pid]);
    });
    expect(
      (await outbox.list({ limit: 10 })).map(({ state, sending }) => ({ state, sending })),
    ).to.deep.equal([
      { state: 'waiting', sending: true },
      { state: 'waiting', sending: true },
    ]);
    dying = false;
    await serve();
    await relay.until(3);
    await allSent();
    expect(recipients().sort(), 'once, or more, and never not at all').to.deep.equal([
      'unanswered@example.org',
      'unnoted@example.org',
      'unnoted@example.org',
    ]);
    expect(new Set(relay.seen), 'the same messages').to.have.property('size', 2);
  });

  it('is finished in the drain of a server, and what cannot be is given back', async () => {
    let release: (value?: undefined) => void = () => {};
    const slow = new Promise<undefined>((resolve) => {
      release = resolve;
    });
    await start({ content: (source) => (source.includes('slow@') ? slow : new Promise(() => {})) });
    const server = await serve({ MAIL_SEND_TIMEOUT_SECONDS: '30', SHUTDOWN_SECONDS: '2' });
    await enqueue('slow@example.org', 'stuck@example.org');
    await eventually('both are under way', async () => relay.seen.length === 2);
    server.child.kill('SIGTERM');
    await server.waitFor(/"msg":"draining"/u);
    await enqueue('later@example.org');
    release();
    expect(await server.exit, server.output()).to.equal(0);
    expect(recipients()).to.deep.equal(['slow@example.org']);
    const left = (await outbox.list({ limit: 10, state: 'waiting' })).map(({ attempts, sending }) => ({
      attempts,
      sending,
    }));
    expect(left, 'given back as if nothing had been tried').to.deep.equal([
      { attempts: 0, sending: false },
      { attempts: 0, sending: false },
    ]);
  });
});
