import { expect } from 'chai';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  type Answer,
  answerOf,
  authorize,
  type HandClient,
  handClient,
  tokensFor,
} from '../support/protocol.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const MINUTE = 60_000;
const RECORDS = 'https://records.example.org';
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const ORIGIN = new URL(REDIRECT_URI).origin;

describe('the deadlines of a session, for applications', function status() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    const settings = {
      SESSION_POLICIES: '{"administrator": {"timeoutMinutes": 5}}',
      // So that the same token can be shown after the session's time.
      ACCESS_TOKEN_SECONDS: '3600',
    };
    server = await startTestServer({ settings, replace: { clock } });
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records'],
      token_seconds: 3600,
    });
    client = await newClient();
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const newClient = async (metadata = {}) =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...metadata }));

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const ask = async (token: string, headers = {}): Promise<Answer> =>
    answerOf(await fetch(`${server.issuer}/session`, { headers: { ...bearer(token), ...headers } }));
  const use = async (token: string, init: RequestInit = {}): Promise<Answer> =>
    answerOf(
      await fetch(`${server.issuer}/session/activity`, {
        method: 'POST',
        ...init,
        headers: { ...bearer(token), ...init.headers },
      }),
    );

  async function signedIn(by = client, given: { roles?: string[] } = {}, parameters = {}) {
    const person = await server.addAccount(given);
    const agent = new UserAgent();
    const tokens = await tokensFor(by, person, parameters, agent);
    return { person, agent, tokens, token: String(tokens.access_token) };
  }

  const KINDS = {
    opaque: {},
    JWT: { scope: 'openid records', resource: RECORDS },
  };

  /** In seconds from the answer's own time. */
  const ahead = ({ body: { now, ...deadlines } }: Answer) =>
    Object.fromEntries(
      Object.entries(deadlines).map(([name, at]) => [name, Math.round((at - now) / 10) * 10]),
    );

  function expectRefusal(answer: Answer, status: number, error: string): void {
    expect(answer.status).to.equal(status);
    expect(answer.body).to.include({ error });
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge)
      .to.match(/^Bearer realm="http:\/\/localhost:\d+", error="/)
      .and.include(`error="${error}"`);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
  }

  for (const [kind, parameters] of Object.entries(KINDS)) {
    describe(`with a token that is ${kind}`, () => {
      it('are told, and asking for them is no use of the session', async () => {
        const { person, token } = await signedIn(client, {}, parameters);
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
        expect((await sessionsOf(server, person.id))[0]?.idle_expires_at.getTime()).to.be.below(
          clock.now().getTime(),
        );
      });

      it('move when its person is there, until the session is too old', async () => {
        const { token } = await signedIn(client, {}, parameters);
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
        const { person, agent, token } = await signedIn(client, {}, parameters);
        const page = await agent.open(`${server.issuer}/logout`);
        expect((await ask(token)).status).to.equal(200);
        await agent.submit(page, { logout: 'yes' });
        expectRefusal(await use(token), 401, 'invalid_token');
        const other = await signedIn(client, {}, parameters);
        await server.app.accounts.store.setStatus(server.app.database, other.person.id, 'disabled');
        expectRefusal(await ask(other.token), 401, 'invalid_token');
        expect(person.id).to.not.equal(other.person.id);
      });

      it('are not told to a client that may no more', async () => {
        const asking = await newClient({ first_party: false });
        const { person, agent, token } = await signedIn(asking, {}, parameters);
        await authorize(agent, client.authorizeUrl());
        expect((await ask(token)).status).to.equal(200);
        const {
          database,
          lifecycle: { access },
        } = server.app;
        await database.transaction((tx) => access.endForClient(tx, person.id, asking.id));
        expectRefusal(await ask(token), 401, 'invalid_token');
        expectRefusal(await use(token), 401, 'invalid_token');
      });

      it('are not those of a token that outlives the session', async () => {
        const offline = await newClient({ offline_access: true });
        const scope = `${'scope' in parameters ? parameters.scope : 'openid'} offline_access`;
        const { person, token } = await signedIn(offline, {}, { ...parameters, scope, prompt: 'consent' });
        const [before] = await sessionsOf(server, person.id);
        clock.offset = MINUTE;
        expectRefusal(await ask(token), 403, 'login_required');
        expectRefusal(await use(token), 403, 'login_required');
        expect((await sessionsOf(server, person.id))[0]).to.deep.equal(before);
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
        const { person, token } = await signedIn(client, {}, parameters);
        const own = await ask(token, { origin: ORIGIN });
        expect(own.status).to.equal(200);
        expect(own.headers.get('access-control-allow-origin')).to.equal(ORIGIN);
        expect(own.headers.get('access-control-allow-credentials')).to.equal(null);
        expect(own.headers.get('vary')).to.include('Origin');
        const [before] = await sessionsOf(server, person.id);
        clock.offset = MINUTE;
        for (const origin of ['https://evil.example', 'null', `${ORIGIN}0`]) {
          for (const foreign of [await ask(token, { origin }), await use(token, { headers: { origin } })]) {
            expect(foreign.status, origin).to.equal(400);
            expect(foreign.headers.get('access-control-allow-origin'), origin).to.equal(null);
          }
        }
        expect((await sessionsOf(server, person.id))[0]).to.deep.equal(before);
      });
    });
  }

  it('are in discovery, and answer a browser that asks first', async () => {
    const { body } = await answerOf(await fetch(`${server.issuer}/.well-known/openid-configuration`));
    expect(body).to.include({
      session_status_endpoint: `${server.issuer}/session`,
      session_activity_endpoint: `${server.issuer}/session/activity`,
      session_monitor_uri: `${server.issuer}/session-monitor.js`,
    });
    for (const [path, method] of [
      ['/session', 'GET'],
      ['/session/activity', 'POST'],
    ]) {
      const { status, headers } = await fetch(`${server.issuer}${path}`, {
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
    const administrator = await signedIn(client, { roles: ['administrator'] });
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
    const [row] = await sessionsOf(server, person.id);
    const stored = Math.floor(Number(row?.idle_expires_at.getTime()) / 1000);
    expect([...told]).to.deep.equal([`200 ${stored}`]);
    expect(stored - first.body.idle_expires_at).to.be.closeTo(300, 5);
  });

  it('hold on a node that has never heard of the session', async () => {
    const { token } = await signedIn();
    const first = await ask(token);
    const second = await server.secondNode();
    try {
      const { port } = second.app.config.server;
      const answer = await fetch(`http://localhost:${port}/session`, { headers: bearer(token) });
      const { now: _now, ...deadlines } = first.body;
      expect(await answer.json()).to.include(deadlines);
    } finally {
      await second.stop();
    }
  });

  it('are told for an access token in the header, and for nothing else', async () => {
    const { agent, tokens, token } = await signedIn();
    const { status, body, headers } = await answerOf(await fetch(`${server.issuer}/session`));
    expect(status).to.equal(401);
    expect(body.error).to.equal('invalid_token');
    expect(headers.get('www-authenticate')).to.equal(`Bearer realm="${server.issuer}"`);
    // A browser's cookies are no token; one in the address or in a form is none that we take.
    expect((await agent.get(`${server.issuer}/session`)).status).to.equal(401);
    expect((await agent.post(`${server.issuer}/session/activity`, '')).status).to.equal(401);
    const inAddress = await fetch(`${server.issuer}/session?access_token=${token}`);
    expect(inAddress.status).to.equal(401);
    const inForm = await fetch(`${server.issuer}/session/activity`, {
      method: 'POST',
      body: new URLSearchParams({ access_token: token }),
    });
    expect(inForm.status).to.equal(401);
    for (const other of [tokens.id_token, tokens.refresh_token, 'x', 'a.b.c', '..', `${token}x`]) {
      expectRefusal(await ask(other), 401, 'invalid_token');
      expectRefusal(await use(other), 401, 'invalid_token');
    }
    for (const authorization of ['Bearer', 'Bearer ', `Basic ${token}`, `Bearer ${token} ${token}`, token]) {
      const answer = await fetch(`${server.issuer}/session`, { headers: { authorization } });
      expect(answer.status, authorization).to.equal(401);
    }
    const bodies = [{ body: '[1' }, { body: 'a=1', headers: { 'content-type': 'application/json' } }];
    for (const init of bodies) expect((await use(token, init)).status).to.equal(200);
  });

  it('are not told for a JWT that somebody else has made, or made of ours', async () => {
    const { tokens } = await signedIn(client, {}, KINDS.JWT);
    const jwt = String(tokens.access_token);
    const [header, payload, signature] = jwt.split('.') as [string, string, string];
    const claims = decodeJwt(jwt);
    expect(claims).to.not.have.property('sid');
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const own = await new SignJWT(claims)
      .setProtectedHeader({
        alg: 'EdDSA',
        typ: 'at+jwt',
        kid,
        jwk: await exportJWK(publicKey),
      })
      .sign(privateKey);
    for (const forged of [
      own,
      `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      `${header}.${encode({ ...claims, jti: 'another' })}.${signature}`,
      `${header}.${payload}.`,
      `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}.${signature}`,
    ]) {
      expectRefusal(await use(forged), 401, 'invalid_token');
    }
    expect((await use(jwt)).status).to.equal(200);
    clock.offset = 61 * MINUTE;
    expectRefusal(await use(jwt), 401, 'invalid_token');
  });
});
