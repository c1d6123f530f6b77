import { expect } from 'chai';
import { asFixture, fixtures } from '../support/evidence/fixture.ts';
import { answerOf, authorize } from '../support/protocol.ts';
import { REDIRECT_URI } from '../support/relying-party.ts';
import { clock, MINUTE, RECORDS, useSessionStatus } from '../support/session-status.ts';
import { sessionsOf } from '../support/sessions.ts';

const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const ORIGIN = new URL(REDIRECT_URI).origin;

describe('the deadlines of a session, for applications', function status() {
  this.timeout(60_000);
  const setup = useSessionStatus();
  const { newClient, bearer, ask, use, signedIn, KINDS, ahead, expectRefusal } = setup;

  for (const [kind, parameters] of Object.entries(KINDS)) {
    describe(`with a token that is ${kind}`, () => {
      it('are told, and asking for them is no use of the session', async () => {
        const { person, token } = await signedIn(setup.client, {}, parameters);
        expect(token.split('.')).to.have.length(kind === 'JWT' ? 3 : 1);
        const first = await ask(token);
        expect(first.status).to.equal(200);
        expect(first.headers.get('cache-control')).to.equal('no-store');
        expect(Math.abs(first.body.now - clock.now().getTime() / 1000)).to.be.below(5);
        expect(ahead(first)).to.deep.equal({
          warn_at: 1_080,
          idle_expires_at: 1_200,
          absolute_expires_at: 43_200,
        });
        clock.offset = 19 * MINUTE;
        const { now: _then, ...deadlines } = first.body;
        const later = await ask(token);
        expect(later.body).to.include(deadlines);
        expect(later.body.now - first.body.now).to.be.closeTo(19 * 60, 5);
        clock.offset = 20 * MINUTE;
        expectRefusal(await ask(token), 401, 'invalid_token');
        expectRefusal(await use(token), 401, 'invalid_token');
        expect((await sessionsOf(setup.server, person.id))[0]?.idle_expires_at.getTime()).to.be.below(
          clock.now().getTime(),
        );
      });

      it('move when its person is there, until the session is too old', async () => {
        const { token } = await signedIn(setup.client, {}, parameters);
        const first = await ask(token);
        clock.offset = 19 * MINUTE;
        const extended = await use(token);
        expect(extended.status).to.equal(200);
        expect(ahead(extended).idle_expires_at).to.equal(1_200);
        expect(extended.body.absolute_expires_at).to.equal(first.body.absolute_expires_at);
        clock.offset = 38 * MINUTE;
        expect((await ask(token)).body).to.include({ idle_expires_at: extended.body.idle_expires_at });
      });

      it('are no one’s any more when the session has ended, however', async () => {
        const { person, agent, token } = await signedIn(setup.client, {}, parameters);
        const page = await agent.open(`${setup.server.issuer}/logout`);
        expect((await ask(token)).status).to.equal(200);
        await agent.submit(page, { logout: 'yes' });
        expectRefusal(await use(token), 401, 'invalid_token');
        const other = await signedIn(setup.client, {}, parameters);
        await setup.server.app.accounts.store.setStatus(
          fixtures(setup.server.app.database),
          other.person.id,
          'disabled',
        );
        expectRefusal(await ask(other.token), 401, 'invalid_token');
        expect(person.id).to.not.equal(other.person.id);
      });

      it('are not told to a client that may no more', async () => {
        const asking = await newClient({ first_party: false });
        const { person, agent, token } = await signedIn(asking, {}, parameters);
        await authorize(agent, setup.client.authorizeUrl());
        expect((await ask(token)).status).to.equal(200);
        const {
          database,
          lifecycle: { access },
        } = setup.server.app;
        await asFixture(database, (tx) => access.endForClient(tx, person.id, asking.id));
        expectRefusal(await ask(token), 401, 'invalid_token');
        expectRefusal(await use(token), 401, 'invalid_token');
      });

      it('are not those of a token that outlives the session', async () => {
        const offline = await newClient({ offline_access: true });
        const scope = `${'scope' in parameters ? parameters.scope : 'openid'} offline_access`;
        const { person, token } = await signedIn(offline, {}, { ...parameters, scope, prompt: 'consent' });
        const [before] = await sessionsOf(setup.server, person.id);
        clock.offset = MINUTE;
        expectRefusal(await ask(token), 403, 'login_required');
        expectRefusal(await use(token), 403, 'login_required');
        expect((await sessionsOf(setup.server, person.id))[0]).to.deep.equal(before);
      });

      it('are not those of a service, which has no session', async () => {
        const service = await newClient(SERVICE);
        const resource = kind === 'JWT' ? { resource: RECORDS, scope: 'records' } : {};
        const { body } = await service.post('/token', { grant_type: 'client_credentials', ...resource });
        expect(String(body.access_token).includes('.')).to.equal(kind === 'JWT');
        expectRefusal(await ask(body.access_token), 403, 'no_session');
        expectRefusal(await use(body.access_token), 403, 'no_session');
      });

      it('are for pages of that client alone, whatever else they would do', async () => {
        const { person, token } = await signedIn(setup.client, {}, parameters);
        const own = await ask(token, { origin: ORIGIN });
        expect(own.status).to.equal(200);
        expect(own.headers.get('access-control-allow-origin')).to.equal(ORIGIN);
        expect(own.headers.get('access-control-allow-credentials')).to.equal(null);
        expect(own.headers.get('vary')).to.include('Origin');
        const [before] = await sessionsOf(setup.server, person.id);
        clock.offset = MINUTE;
        for (const origin of ['https://evil.example', 'null', `${ORIGIN}0`]) {
          for (const foreign of [await ask(token, { origin }), await use(token, { headers: { origin } })]) {
            expect(foreign.status, origin).to.equal(400);
            expect(foreign.headers.get('access-control-allow-origin'), origin).to.equal(null);
          }
        }
        expect((await sessionsOf(setup.server, person.id))[0]).to.deep.equal(before);
      });
    });
  }

  it('are in discovery, and answer a browser that asks first', async () => {
    const { body } = await answerOf(await fetch(`${setup.server.issuer}/.well-known/openid-configuration`));
    expect(body).to.include({
      session_status_endpoint: `${setup.server.issuer}/session`,
      session_activity_endpoint: `${setup.server.issuer}/session/activity`,
      session_monitor_uri: `${setup.server.issuer}/session-monitor.js`,
    });
    for (const [path, method] of [
      ['/session', 'GET'],
      ['/session/activity', 'POST'],
    ]) {
      const { status, headers } = await fetch(`${setup.server.issuer}${path}`, {
        method: 'OPTIONS',
        headers: { origin: ORIGIN, 'access-control-request-method': String(method) },
      });
      expect(status).to.equal(204);
      expect(headers.get('access-control-allow-origin')).to.equal(ORIGIN);
      expect(headers.get('access-control-allow-methods')).to.equal(method);
      expect(headers.get('access-control-allow-headers')).to.equal('Authorization');
      expect(headers.get('access-control-allow-credentials')).to.equal(null);
    }
  });

  it('are those of the strictest client and role', async () => {
    const strict = await newClient({ session_idle_minutes: 1, session_absolute_seconds: 600 });
    const administrator = await signedIn(setup.client, { roles: ['matron'] });
    expect(ahead(await ask(administrator.token))).to.deep.equal({
      warn_at: 180,
      idle_expires_at: 300,
      absolute_expires_at: 43_200,
    });
    const { agent, token } = await signedIn();
    await authorize(agent, strict.authorizeUrl());
    const narrowed = { warn_at: 30, idle_expires_at: 60, absolute_expires_at: 600 };
    expect(ahead(await ask(token))).to.deep.equal(narrowed);
    for (let second = 40; second < 600; second += 40) {
      clock.offset = second * 1_000;
      const { idle_expires_at: idle, absolute_expires_at: absolute } = (await use(token)).body;
      expect(idle).to.be.at.most(absolute);
    }
    clock.offset = 10 * MINUTE;
    expectRefusal(await use(token), 401, 'invalid_token');
  });

  it('are written at most every 15 seconds, and told alike to all who ask at the same moment', async () => {
    const { person, token } = await signedIn();
    const first = await ask(token);
    clock.offset = 10_000;
    expect((await use(token)).body.idle_expires_at).to.equal(first.body.idle_expires_at);
    clock.offset = 5 * MINUTE;
    const answers = await Promise.all(Array.from({ length: 50 }, () => use(token)));
    const told = new Set(answers.map(({ status, body }) => `${status} ${body.idle_expires_at}`));
    const [row] = await sessionsOf(setup.server, person.id);
    const stored = Math.floor(Number(row?.idle_expires_at.getTime()) / 1000);
    expect([...told]).to.deep.equal([`200 ${stored}`]);
    expect(stored - first.body.idle_expires_at).to.be.closeTo(300, 5);
  });

  it('hold on a node that has never heard of the session', async () => {
    const { token } = await signedIn();
    const first = await ask(token);
    const second = await setup.server.secondNode();
    try {
      const { port } = second.app.config.server;
      const answer = await fetch(`http://localhost:${port}/session`, { headers: bearer(token) });
      const { now: _now, ...deadlines } = first.body;
      expect(await answer.json()).to.include(deadlines);
    } finally {
      await second.stop();
    }
  });
});
