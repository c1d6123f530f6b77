import { expect } from 'chai';
import {
  auditTrail,
  authorize,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const ROLES = '{"matron": {"maxConcurrent": 1}}';

describe('in how many browsers a person is signed in at a time', function cap() {
  this.timeout(120_000);
  let server: TestServer;
  let refusing: TestServer;
  before(async () => {
    const settings = {
      MAX_CONCURRENT_SESSIONS: '',
      SESSION_POLICIES: ROLES,
      SESSION_CAP_POLICY: 'evict-oldest',
    };
    server = await startTestServer({ settings, replace: { clock } });
    refusing = await startTestServer({ settings: { ...settings, SESSION_CAP_POLICY: 'refuse' } });
  });
  after(async () => {
    await server.stop();
    await refusing.stop();
  });
  beforeEach(() => {
    clock.offset = 0;
  });

  const clientOf = async (app = server): Promise<HandClient> =>
    handClient(
      app.issuer,
      await app.addClient({
        ...WEB_CLIENT,
        first_party: true,
        backchannel_logout_uri: 'http://127.0.0.1:9/never',
      }),
    );
  const isSignedIn = async (agent: UserAgent) => (await agent.get(`${server.issuer}/account`)).status === 200;
  const lasting = async (person: Person, app = server) =>
    (await sessionsOf(app, person.id)).filter((row) => row.ended_at === null);

  it('is two: a third sign-in ends the session that was not used for longest, and says so', async () => {
    const client = await clientOf();
    const person = await server.addAccount();
    const [first, second, third] = [new UserAgent(), new UserAgent(), new UserAgent()];
    await tokensFor(client, person, {}, first);
    clock.offset = 60_000;
    const tokens = await tokensFor(client, person, {}, second);
    clock.offset = 120_000;
    expect(await isSignedIn(first)).to.equal(true);
    clock.offset = 180_000;
    await tokensFor(client, person, {}, third);
    const signedIn = await Promise.all([first, second, third].map(isSignedIn));
    expect(signedIn).to.deep.equal([true, false, true]);
    expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    const over = (await sessionsOf(server, person.id)).filter((row) => row.ended_at !== null);
    expect(over.map((row) => row.end_reason)).to.deep.equal(['evicted']);
    const [event, ...more] = (await auditTrail(server)).filter(
      ({ type, account }) => type === 'session.ended' && account === person.id,
    );
    expect(more).to.deep.equal([]);
    expect(event).to.include({ actor: person.id, session: over[0]?.uid, outcome: 'success' });
    expect(event?.details).to.deep.equal({ reason: 'evicted', offline: false });
    expect(event?.request_id).to.be.a('string');
    // A UUIDv7 (RFC 9562, section 5.7) begins with the milliseconds at which it was made.
    const id = String(event?.id).replaceAll('-', '');
    expect(id.charAt(12)).to.equal('7');
    expect(Number.parseInt(id.slice(0, 12), 16)).to.equal(event?.at.getTime());
    const told = await server.app.logouts.outbox.list({ clientId: client.id, limit: 10 });
    expect(told.map(({ sessionUid }) => sessionUid)).to.deep.equal([over[0]?.uid]);
  });

  it('counts none that is over though nobody has swept it, and not the same browser twice', async () => {
    const client = await clientOf();
    const person = await server.addAccount();
    const agents = [new UserAgent(), new UserAgent()];
    for (const agent of agents) await tokensFor(client, person, {}, agent);
    await authorize(agents[0] as UserAgent, client.authorizeUrl({ prompt: 'login' }), person);
    expect(await Promise.all(agents.map(isSignedIn))).to.deep.equal([true, true]);
    clock.offset = 25 * 60_000;
    for (const agent of agents) await tokensFor(client, person, {}, agent);
    const rows = await sessionsOf(server, person.id);
    expect(rows.filter((row) => row.end_reason === 'evicted')).to.deep.equal([]);
  });

  it('is one for a role that says so', async () => {
    const client = await clientOf();
    const person = await server.addAccount({ roles: ['matron'] });
    const [first, second] = [new UserAgent(), new UserAgent()];
    await tokensFor(client, person, {}, first);
    await tokensFor(client, person, {}, second);
    expect([await isSignedIn(first), await isSignedIn(second)]).to.deep.equal([false, true]);
  });

  it('refuses the next one where the organisation says so, and takes it when there is room', async () => {
    const client = await clientOf(refusing);
    const person = await refusing.addAccount();
    const [first, third] = [new UserAgent(), new UserAgent()];
    await tokensFor(client, person, {}, first);
    await tokensFor(client, person, {}, new UserAgent());
    const refused = await authorize(third, client.authorizeUrl(), person);
    expect(refused.status).to.equal(403);
    expect(refused.body).to.include('You are signed in too often');
    expect(await lasting(person, refusing)).to.have.length(2);
    expect((await third.get(`${refusing.issuer}/account`)).status).to.equal(303);
    const page = await first.open(`${refusing.issuer}/logout`);
    await first.submit(page, { logout: 'yes' });
    await tokensFor(client, person, {}, new UserAgent());
    expect(await lasting(person, refusing)).to.have.length(2);
  });

  it('is never more, of 50 sign-ins in parallel on two nodes', async () => {
    for (const node of [server, refusing]) {
      const client = await clientOf(node);
      const person = await node.addAccount();
      const second = await node.secondNode();
      try {
        const port = second.app.config.server.port;
        const other = handClient(`http://localhost:${port}`, { client_id: client.id });
        const results = await Promise.allSettled(
          Array.from({ length: 50 }, (_, index) => {
            const by = index % 2 === 0 ? client : other;
            return authorize(new UserAgent(), by.authorizeUrl(), person);
          }),
        );
        const codes = results.filter(
          (result) => result.status === 'fulfilled' && String(result.value.location).includes('code='),
        );
        expect(codes.length).to.be.at.least(2);
        expect(await lasting(person, node)).to.have.length(2);
        const rows = await sessionsOf(node, person.id);
        const ended = (await auditTrail(node)).filter(
          ({ type, account }) => type === 'session.ended' && account === person.id,
        );
        expect(ended.map(({ session }) => session)).to.have.members(
          rows.filter((row) => row.ended_at !== null).map(({ uid }) => uid),
        );
      } finally {
        await second.stop();
      }
    }
  });
});
