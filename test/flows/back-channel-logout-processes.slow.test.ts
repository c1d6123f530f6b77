import { expect } from 'chai';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { eventually, type Started, startNode } from '../support/processes.ts';
import { handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer, testEnvironment } from '../support/server.ts';
import { type ServerProcess, serveBeside } from '../support/server-processes.ts';
import { UserAgent } from '../support/user-agent.ts';

/** Whole servers, each a process, killed where it hurts. */
describe('notices that a session has ended, of several processes', function () {
  this.timeout(60_000);

  let server: TestServer;
  let receiver: LogoutReceiver;
  let person: Person;
  let children: Started[];
  let servers: ServerProcess[];

  beforeEach(async () => {
    children = [];
    servers = [];
    server = await startTestServer();
    // The server of the tests only answers; what is delivered is delivered by others.
    await server.app.jobs.stop(1_000);
    receiver = await startLogoutReceiver();
    person = await server.addAccount();
  });
  afterEach(async () => {
    for (const each of servers) await each.kill();
    for (const { child, exit } of children) {
      child.kill('SIGKILL');
      await exit;
    }
    await receiver.close();
    await server.stop();
  });

  const signedIn = async () => {
    const registration = await server.addClient({ ...WEB_CLIENT, backchannel_logout_uri: receiver.uri });
    const client = handClient(server.issuer, registration);
    receiver.expect({ id: client.id, issuer: server.issuer });
    const agent = new UserAgent();
    const { id_token: idToken } = await tokensFor(client, person, {}, agent);
    return { agent, sid: decodeJwt(String(idToken)).sid };
  };
  const serve = async () => {
    const started = await serveBeside(server, { LOGOUT_TIMEOUT_SECONDS: '1' });
    servers.push(started);
    return started;
  };
  const states = async () => (await server.app.logouts.outbox.list({ limit: 10 })).map(({ state }) => state);
  const allDelivered = () =>
    eventually('all is delivered', async () => (await states()).every((state) => state === 'delivered'));

  it('arrive although whoever ended the session is killed between the commit and the delivery', async () => {
    const { sid } = await signedIn();
    const dying = startNode(['test/support/end-sessions-and-die.ts', person.id], {
      env: {
        PATH: process.env.PATH ?? '',
        ...testEnvironment(server.database, await freePort(), { ISSUER: server.issuer }),
      },
    });
    children.push(dying);
    expect(await dying.exit, dying.output()).to.equal(null);
    expect(await states()).to.deep.equal(['waiting']);
    expect(receiver.requests).to.deep.equal([]);
    await serve();
    await receiver.until(1);
    await allDelivered();
    expect(receiver.accepted[0]).to.include({ sid, sub: person.id });
  });

  it('arrive although the server at which the person signed out is killed while it delivers', async () => {
    const { agent, sid } = await signedIn();
    receiver.behave(() => true);
    const first = await serve();
    const page = await agent.open(`${server.issuer}/logout`);
    const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
    await agent.post(String(form?.action), { xsrf: String(form?.fields.xsrf), logout: 'yes' });
    await eventually('it is under way', async () => receiver.requests.length === 1);
    await first.kill();
    expect(await states()).to.deep.equal(['waiting']);
    receiver.behave(undefined);
    await serve();
    await receiver.until(1);
    await allDelivered();
    expect(receiver.accepted[0]?.sid).to.equal(sid);
  });

  it('arrive again where the server is killed before it could note the answer: more than once, and never not at all', async () => {
    const { sid } = await signedIn();
    await server.app.database.transaction((tx) =>
      server.app.lifecycle.access.endAll(tx, person.id, 'everywhere', { actor: { kind: 'system' } }),
    );
    const owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
    let answer: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    receiver.behave(async () => {
      await asked;
      return false;
    });
    try {
      const first = await serve();
      await eventually('it is under way', async () => receiver.requests.length === 1);
      await owner.query('begin; select 1 from logout_deliveries for update');
      answer();
      await receiver.until(1);
      const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await eventually('it is about to be noted', async () => (await owner.query(waiting)).rowCount === 1);
      await first.kill();
      await owner.query(`select pg_terminate_backend(pid) from (${waiting}) as waiting`);
      await owner.query('rollback');
    } finally {
      await owner.end();
    }
    expect(await states()).to.deep.equal(['waiting']);
    receiver.behave(undefined);
    await serve();
    await receiver.until(2);
    await allDelivered();
    expect(receiver.accepted.map((claims) => claims.sid)).to.deep.equal([sid, sid]);
  });

  it('are finished in the drain of a server, and what cannot be is given back', async () => {
    await signedIn();
    receiver.behave(() => true);
    const stopping = await serveBeside(server, { LOGOUT_TIMEOUT_SECONDS: '30', SHUTDOWN_SECONDS: '1' });
    servers.push(stopping);
    await server.app.database.transaction((tx) =>
      server.app.lifecycle.access.endAll(tx, person.id, 'everywhere', { actor: { kind: 'system' } }),
    );
    await eventually('it is under way', async () => receiver.requests.length === 1);
    await stopping.stop();
    const [given] = await server.app.logouts.outbox.list({ limit: 10 });
    expect(given).to.include({ state: 'waiting', attempts: 0, sending: false });
  });
});
