import { expect } from 'chai';
import { asFixture } from '../support/evidence/fixture.ts';
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.ts';
import { type PgBouncer, type PoolMode, usePgBouncer } from '../support/pgbouncer.ts';
import { eventually } from '../support/processes.ts';
import { authorize, callbackOf, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startServerOn, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const REFUSAL =
  /^DATABASE_URL: .*a pooler hands the connection to others between statements\. Use its session mode/;

describe('behind PgBouncer', function behind() {
  this.timeout(90_000);
  let cluster: OwnCluster;
  const startPgBouncer = usePgBouncer();
  const running: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    cluster = await startOwnCluster();
  });
  afterEach(async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  });
  after(() => cluster?.close());

  async function pooler(mode: PoolMode, port?: number): Promise<PgBouncer> {
    const started = await startPgBouncer(cluster.loginUrl, mode, port);
    running.push(started);
    return started;
  }

  async function serve(serverUrl: string): Promise<TestServer> {
    const server = await startServerOn({ ...cluster.database, serverUrl });
    running.push(server);
    return server;
  }

  const ready = (server: TestServer) => fetch(`${server.issuer}/health/ready`).then(({ status }) => status);

  it('in session mode everything works, and a deletion reaches the other node', async () => {
    const { through } = await pooler('session');
    const [one, two] = [await serve(through(cluster.loginUrl)), await serve(through(cluster.loginUrl))];
    const person = await one.addAccount();
    const registration = await one.addClient(WEB_CLIENT);
    const client = handClient(one.issuer, registration);
    const ends = await Promise.all(
      Array.from({ length: 20 }, () => authorize(new UserAgent(), client.authorizeUrl(), person)),
    );
    expect(ends.filter((end) => callbackOf(end).has('code'))).to.have.length(20);
    const other = handClient(two.issuer, registration);
    const knows = async () => (await new UserAgent().open(other.authorizeUrl())).status === 200;
    expect(await knows()).to.equal(true);
    await asFixture(one.app.database, (tx) => one.app.clients.store.delete(tx, client.id));
    await eventually('the other node has forgotten the client', async () => !(await knows()), 2_000);
    const roles = await one.app.database.query<{ role: string }>('select current_user as role');
    expect(roles).to.deep.equal([{ role: 'gatehouse_server' }]);
  });

  for (const mode of ['transaction', 'statement'] as const) {
    it(`in ${mode} mode it refuses to start, and says what to do`, async () => {
      const { through } = await pooler(mode);
      const error = await serve(through(cluster.loginUrl)).catch((thrown: Error) => thrown);
      expect(error).to.include({ code: 'database_pooler' });
      expect((error as Error).message).to.match(REFUSAL);
    });
  }

  it('a pooler that comes later is noticed: nothing is done by it, and session mode heals', async () => {
    const first = await pooler('session');
    const url = first.through(cluster.loginUrl);
    const server = await serve(url);
    const person = await server.addAccount();
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const port = Number(new URL(url).port);

    running.splice(running.indexOf(first), 1);
    await first.stop();
    const wrong = await pooler('transaction', port);
    await eventually('it is told', async () => !server.app.storage.listening(), 10_000);
    // Long enough to have reconnected, had it been allowed to.
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    expect(await ready(server)).to.equal(503);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => new UserAgent().open(client.authorizeUrl())),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([503]));

    running.splice(running.indexOf(wrong), 1);
    await wrong.stop();
    await pooler('session', port);
    await eventually('it is ready', async () => (await ready(server)) === 200, 15_000);
    const end = await authorize(new UserAgent(), client.authorizeUrl(), person);
    expect(callbackOf(end).has('code')).to.equal(true);
  });
});
