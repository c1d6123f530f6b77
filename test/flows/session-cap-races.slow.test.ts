import { expect } from 'chai';
import pg from 'pg';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { asFixture, fixtures } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { authorize, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** Sign-ins of one person who may have one session, at the same time on two nodes, and whatever else ends sessions. */
describe('sessions that make room for each other at the same moment', function races() {
  this.timeout(120_000);
  let nodes: TestServer[];
  let clients: HandClient[];
  /** Sees what the server's role does not. */
  let owner: pg.Client;

  before(async () => {
    const server = await startTestServer({
      settings: { MAX_CONCURRENT_SESSIONS: '1', SESSION_CAP_POLICY: 'evict-oldest' },
    });
    nodes = [server, await server.secondNode()];
    // What is to be told is looked at, not delivered.
    for (const { app } of nodes) await app.jobs.stop(1_000);
    const metadata = { ...WEB_CLIENT, first_party: true, backchannel_logout_uri: 'http://127.0.0.1:9/' };
    const registrations = await Promise.all([1, 2].map(() => server.addClient(metadata)));
    // Each at one of the nodes, by turns.
    clients = registrations.flatMap((registration) =>
      nodes.map(({ app }) => handClient(`http://localhost:${app.config.server.port}`, registration)),
    );
    owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
  });
  after(async () => {
    await owner.end();
    for (const node of nodes.toReversed()) await node.stop();
  });

  const deadlocks = async (): Promise<number> => {
    await owner.query('select pg_stat_clear_snapshot()');
    const { rows } = await owner.query<{ deadlocks: string }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0]?.deadlocks);
  };

  /** The whole way to tokens, or to wherever it ends for somebody who was signed out meanwhile. */
  async function signIn(person: Person, index: number): Promise<number> {
    const client = clients[index % clients.length] as HandClient;
    const page = await authorize(new UserAgent(), client.authorizeUrl(), person);
    if (!page.location?.includes('code=')) return page.status;
    return (await client.redeem(page.location)).status;
  }

  /** What sessions of the person have ended, how often the clients in them are told, and what the protocol still keeps. */
  const endedOf = async (person: Person) => {
    const { rows } = await owner.query<{ uid: string; client_id: string; told: number; kept: number }>(
      `select uid, client.client_id, (
         select count(*)::int from oidc_artifacts where session_uid = uid) as kept, (
         select count(*)::int from logout_deliveries told
         where told.session_uid = uid and told.client_id = client.client_id and told.sid = client.sid) as told
       from sessions left join session_clients client on client.session_uid = uid
       where account_id = $1 and ended_at is not null`,
      [person.id],
    );
    return rows;
  };

  it('leave nothing of each that has ended, and tell every client of it, once, of 50 sign-ins on two nodes', async () => {
    const [server] = nodes as [TestServer];
    for (let round = 0; round < 3; round += 1) {
      const person = await server.addAccount();
      await Promise.all(Array.from({ length: 50 }, (_, index) => signIn(person, index)));
      const ended = await endedOf(person);
      expect(ended.length).to.be.at.least(20);
      expect(ended.filter(({ told, kept }) => told !== 1 || kept !== 0)).to.deep.equal([]);
      const { rows } = await owner.query(
        'select uid from sessions where account_id = $1 and ended_at is null',
        [person.id],
      );
      expect(rows).to.have.length(1);
    }
  });

  it('hold what they end in no order that somebody else turns round', async () => {
    const [server] = nodes as [TestServer];
    const {
      database,
      clock,
      sessions: { store: sessionStore },
    } = server.app;
    const person = await server.addAccount();
    const begin = (uid: string, at: Date) => ({
      uid,
      accountId: person.id,
      signedInAt: at,
      limits: { idleSeconds: 1_200, absoluteSeconds: 43_200 },
      at,
      shared: false,
    });
    const signIn = { acr: undefined, ip: undefined, userAgent: undefined, byTemporaryCode: false };
    // Used longest ago, and the last by its name.
    const ago = (seconds: number) => new Date(clock.now().getTime() - seconds * 1_000);
    for (const [uid, seconds] of [
      ['room-b', 60],
      ['room-a', 30],
    ] as const) {
      await commitWrites(fixtures(database), [sessionStore.start(begin(uid, ago(seconds)), signIn)]);
    }
    const waiting = (count: number) =>
      eventually(`${count} wait`, async () => {
        const { rows } = await owner.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length === count;
      });
    const before = await deadlocks();
    const work: Promise<unknown>[] = [];
    await asFixture(database, async (tx) => {
      await sessionStore.hold(tx, 'room-b');
      const room = sessionStore.freeSlots(
        begin('room-new', clock.now()),
        { most: 1, evict: true, chosen: [] },
        'room',
      );
      work.push(commitWrites(fixtures(database), [{ ...room, counted: () => undefined }]));
      await waiting(1);
      work.push(database.transaction((other) => sessionStore.holdAll(other, person.id)));
      await waiting(2);
    });
    const [, held] = await Promise.all(work);
    expect(held).to.deep.equal([]);
    expect(await deadlocks()).to.equal(before);
  });

  it('wait for nobody in a circle: sign-ins while the person signs out everywhere, is disabled, gets another password', async () => {
    const [server, second] = nodes as [TestServer, TestServer];
    const before = await deadlocks();
    const statuses = new Set<number>();
    for (let round = 0; round < 6; round += 1) {
      const person = await server.addAccount();
      const enders = [server, second].map(({ app }, index) => async () => {
        for (let turn = 0; turn < 6; turn += 1) {
          await asFixture(app.database, async (tx) => {
            if (turn % 3 === 1) await app.accounts.store.setStatus(tx, person.id, 'disabled');
            if (turn % 3 === 2) {
              await tx.query('update accounts set updated_at = updated_at where id = $1', [person.id]);
            }
            await app.lifecycle.access.endAll(tx, person.id, 'everywhere', {
              actor: { kind: 'person', id: person.id },
            });
          });
          await app.accounts.store.setStatus(fixtures(app.database), person.id, 'active');
          await new Promise((resolve) => setTimeout(resolve, 10 * index + 15));
        }
      });
      const results = await Promise.all([
        ...Array.from({ length: 30 }, (_, index) => signIn(person, index)),
        ...enders.map((end) => end().then(() => 0)),
      ]);
      for (const status of results) statuses.add(status);
      const ended = await endedOf(person);
      expect(ended.filter(({ client_id: client, told }) => client !== null && told !== 1)).to.deep.equal([]);
    }
    // Whom a deadlock ends is answered with an error.
    expect(await deadlocks()).to.equal(before);
    expect([...statuses].filter((status) => status >= 500)).to.deep.equal([]);
  });
});
