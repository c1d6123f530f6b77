import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose';
import { eventually } from '../support/processes.ts';
import {
  authorize,
  callbackOf,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const AFTER = 'http://127.0.0.1:9/signed-out';

describe('sign-out asked for by a client', () => {
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ name: 'Robin Reyes' });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  const logoutUrl = (parameters: Record<string, string> = {}) =>
    `${server.issuer}/logout?${new URLSearchParams(parameters)}`;
  const confirm = async (agent: UserAgent, page: Page) =>
    agent.follow(await agent.submit(page, { logout: 'yes' }, '/confirm'));
  const isSignedIn = async (agent: UserAgent) =>
    callbackOf(await agent.open(client.authorizeUrl({ prompt: 'none' }))).has('code');

  async function signedIn() {
    const agent = new UserAgent();
    const tokens = await tokensFor(client, person, {}, agent);
    return { agent, tokens };
  }

  it('asks first, names who is signed in, and changes nothing by being looked at', async () => {
    const { agent, tokens } = await signedIn();
    const page = await agent.open(logoutUrl({ id_token_hint: tokens.id_token }));
    expect(page.status).to.equal(200);
    expect(page.body).to.include('Robin Reyes').and.include('Test application');
    expect(await isSignedIn(agent)).to.equal(true);
  });

  it('goes back to the client with its state; session and tokens are gone', async () => {
    const { agent, tokens } = await signedIn();
    const page = await agent.open(
      logoutUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: AFTER, state: 'a&b' }),
    );
    const { events, result: answer } = await eventsDuring(server, () => confirm(agent, page));
    const back = new URL(String(answer.location));
    expect(`${back.origin}${back.pathname}`).to.equal(AFTER);
    expect([...back.searchParams.entries()]).to.deep.equal([['state', 'a&b']]);
    expect(await isSignedIn(agent)).to.equal(false);
    expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
    expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    expect(events.map(({ type }) => type)).to.have.members(['session.ended', 'sign_out.completed']);
    const signOut = events.find(({ type }) => type === 'sign_out.completed');
    expect(signOut).to.include({ account: person.id, client: client.id, outcome: 'success' });
    expect(signOut?.session).to.be.a('string');
    expect(signOut?.details).to.deep.equal({ everywhere: true, clients: [client.id] });
    const ended = events.find(({ type }) => type === 'session.ended');
    expect(ended).to.include({ account: person.id, actor: person.id, session: signOut?.session });
    expect(ended?.details).to.deep.equal({ reason: 'signed_out', offline: false });
  });

  it('works without a hint, and ends on a page of ours', async () => {
    const { agent } = await signedIn();
    const page = await agent.open(logoutUrl());
    const answer = await confirm(agent, page);
    expect(answer.status).to.equal(200);
    expect(answer.body).to.include('You are signed out');
    expect(await isSignedIn(agent)).to.equal(false);
  });

  it('does not redirect without knowing the client', async () => {
    const { agent } = await signedIn();
    const page = await agent.open(logoutUrl({ post_logout_redirect_uri: AFTER }));
    const answer = await confirm(agent, page);
    expect(answer.location).to.equal(undefined);
    expect(answer.status).to.equal(200);
  });

  it('takes the client by its id too', async () => {
    const { agent } = await signedIn();
    const page = await agent.open(logoutUrl({ client_id: client.id, post_logout_redirect_uri: AFTER }));
    expect((await confirm(agent, page)).location).to.equal(AFTER);
  });

  it('refuses an address that is not registered', async () => {
    const { agent, tokens } = await signedIn();
    for (const uri of [`${AFTER}/`, `${AFTER}?x=1`, 'https://evil.example/']) {
      const page = await agent.open(
        logoutUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: uri }),
      );
      expect([page.status, page.location]).to.deep.equal([400, undefined]);
    }
    expect(await isSignedIn(agent)).to.equal(true);
  });

  it('refuses a hint that is forged, or of another client than the one that is named', async () => {
    const { agent, tokens } = await signedIn();
    const forged = `${tokens.id_token.slice(0, -8)}AAAAAAAA`;
    expect((await agent.open(logoutUrl({ id_token_hint: forged }))).status).to.equal(400);
    const other = await server.addClient(WEB_CLIENT);
    const page = await agent.open(
      logoutUrl({ id_token_hint: tokens.id_token, client_id: String(other.client_id) }),
    );
    expect(page.status).to.equal(400);
  });

  it('takes a hint that has expired: people sign out late', async () => {
    const { agent, tokens } = await signedIn();
    const { kid } = decodeProtectedHeader(tokens.id_token);
    const key = await importJWK(await server.app.keys.store.open(String(kid)), 'RS256');
    const old = Math.floor(Date.now() / 1000) - 86_400;
    const hint = await new SignJWT({ ...decodeJwt(tokens.id_token), iat: old, exp: old + 600 })
      .setProtectedHeader({ alg: 'RS256', kid: String(kid) })
      .sign(key);
    const page = await agent.open(logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER }));
    expect((await confirm(agent, page)).location).to.equal(AFTER);
  });

  it('needs the form of this browser: a forged confirmation does nothing', async () => {
    const { agent } = await signedIn();
    await agent.open(logoutUrl());
    const forged = await agent.post(`${server.issuer}/logout/confirm`, { xsrf: 'guess', logout: 'yes' });
    expect(forged.status).to.equal(400);
    expect(await isSignedIn(agent)).to.equal(true);
  });

  it('can be declined: the person stays signed in', async () => {
    const { agent } = await signedIn();
    const page = await agent.open(logoutUrl());
    const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
    const { events } = await eventsDuring(server, async () =>
      agent.follow(await agent.post(String(form?.action), { xsrf: String(form?.fields.xsrf) })),
    );
    expect(events.map(({ type }) => type)).to.not.include('sign_out.completed');
    expect(await isSignedIn(agent)).to.equal(true);
  });

  it('without a session ends well', async () => {
    const page = await new UserAgent().open(
      logoutUrl({ client_id: client.id, post_logout_redirect_uri: AFTER }),
    );
    expect(page.status).to.equal(200);
  });

  it('leaves other browsers of the person alone', async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    await confirm(one.agent, await one.agent.open(logoutUrl()));
    expect(await isSignedIn(other.agent)).to.equal(true);
    expect((await client.userinfo(other.tokens.access_token)).status).to.equal(200);
  });

  it('does not revive the session by a request that was under way', async () => {
    const { agent } = await signedIn();
    const page = await agent.open(logoutUrl());
    const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
    const [session] = await server.app.database.query<{ uid: string }>(
      `select session_uid as uid from oidc_artifacts
       where model = 'Session' and payload->'state'->>'secret' = $1`,
      [form?.fields.xsrf],
    );
    const uid = String(session?.uid);
    const fields = { xsrf: String(form?.fields.xsrf), logout: 'yes' };
    const stale = new UserAgent();
    for (const cookie of await agent.jar.getCookies(server.issuer)) {
      await stale.jar.setCookie(cookie, server.issuer);
    }
    await Promise.all([
      agent.post(String(form?.action), fields),
      ...Array.from({ length: 10 }, () => stale.get(client.authorizeUrl({ prompt: 'none' }))),
    ]);
    const left = await server.app.database.query(
      `select 1 from oidc_artifacts where model = 'Session' and session_uid = $1`,
      [uid],
    );
    expect(left).to.have.length(0);
    expect(await isSignedIn(agent)).to.equal(false);
  });

  describe('told to a client in the background', () => {
    let receiver: Server;
    let received: string[];
    before(async () => {
      received = [];
      receiver = createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request) body += chunk;
        received.push(String(new URLSearchParams(body).get('logout_token')));
        response.end();
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    });
    after(() => new Promise((resolve) => receiver.close(resolve)));

    it('carries the sid of its ID token', async () => {
      const { port } = receiver.address() as AddressInfo;
      const told = handClient(
        server.issuer,
        await server.addClient({
          ...WEB_CLIENT,
          backchannel_logout_uri: `http://127.0.0.1:${port}/logout`,
          backchannel_logout_session_required: true,
        }),
      );
      const agent = new UserAgent();
      const { id_token: idToken } = await tokensFor(told, person, {}, agent);
      await confirm(agent, await agent.open(logoutUrl()));
      await eventually('it is told', async () => received.length > 0);
      const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
      const { payload } = await jwtVerify(String(received[0]), keys, {
        issuer: server.issuer,
        audience: told.id,
        typ: 'logout+jwt',
      });
      expect(payload.sid).to.equal(decodeJwt(idToken).sid);
      expect(payload.sub).to.equal(person.id);
    });
  });

  it('is followed by a fresh session, under another id', async () => {
    const { agent } = await signedIn();
    const cookieOf = async () =>
      (await agent.jar.getCookies(server.issuer)).find(({ key }) => key === 'gatehouse_session')?.value;
    const before = await cookieOf();
    await confirm(agent, await agent.open(logoutUrl()));
    await authorize(agent, client.authorizeUrl(), person);
    expect(await cookieOf())
      .to.be.a('string')
      .and.not.equal(before);
  });
});
