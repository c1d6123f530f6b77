import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT } from 'jose';
import { fixture } from '../support/evidence/fixture.ts';
import { LED, type Navigation, navigate } from '../support/navigation.ts';
import { eventsDuring, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const AFTER = String(WEB_CLIENT.post_logout_redirect_uris[0]);

describe('a sign-out that asks nothing', function unasked() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ name: 'Robin Reyes' });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  const logoutUrl = (parameters: Record<string, string>) =>
    `${server.issuer}/logout?${new URLSearchParams(parameters)}`;
  const isSignedIn = async (agent: UserAgent) => (await agent.get(`${server.issuer}/account`)).status === 200;
  const isQuestion = ({ status, body }: Navigation) => status === 200 && body.includes('Sign out?');

  async function signedIn(at = client) {
    const agent = new UserAgent();
    const tokens = await tokensFor(at, person, {}, agent);
    return { agent, tokens, hint: String(tokens.id_token) };
  }
  /** The same hint with other claims, under our own key. */
  async function resigned(hint: string, claims: JWTPayload) {
    const { kid } = decodeProtectedHeader(hint);
    const key = await importJWK(await server.app.keys.store.open(String(kid)), 'RS256');
    const header = { alg: 'RS256', kid: String(kid) };
    return new SignJWT({ ...decodeJwt(hint), ...claims }).setProtectedHeader(header).sign(key);
  }

  it('ends session and tokens, and leads back with the state, in one request', async () => {
    const { agent, tokens, hint } = await signedIn();
    const url = logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 'a&b' });
    const { events, result: answer } = await eventsDuring(server, () => navigate(agent, url));
    expect(answer.status).to.equal(303);
    const back = new URL(String(answer.location));
    expect(`${back.origin}${back.pathname}`).to.equal(AFTER);
    expect([...back.searchParams]).to.deep.equal([['state', 'a&b']]);
    expect(await isSignedIn(agent)).to.equal(false);
    expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
    expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    expect(events.map(({ type }) => type)).to.have.members(['session.ended', 'sign_out.completed']);
    const signOut = events.find(({ type }) => type === 'sign_out.completed');
    expect(signOut).to.include({ account: person.id, client: client.id, outcome: 'success' });
    expect(signOut?.details).to.deep.equal({ everywhere: true, clients: [client.id] });
    const cookie = answer.cookies.find((each) => each.startsWith('gatehouse_session='));
    expect(cookie).to.match(/expires=Thu, 01 Jan 1970/);
  });

  it('takes a hint that has expired, ends on our page without an address, and comes by POST, too', async () => {
    const late = await signedIn();
    const old = Math.floor(Date.now() / 1000) - 86_400;
    const expired = await resigned(late.hint, { iat: old, exp: old + 600 });
    const { location } = await navigate(late.agent, logoutUrl({ id_token_hint: expired }));
    const end = await late.agent.open(String(location));
    expect(end.body).to.include('You are signed out').and.include('href="/account"');
    expect(await isSignedIn(late.agent)).to.equal(false);

    const posting = await signedIn();
    const fields = { id_token_hint: posting.hint, post_logout_redirect_uri: AFTER };
    const asGet = await posting.agent.post(`${server.issuer}/logout`, fields);
    expect((await navigate(posting.agent, String(asGet.location))).location).to.equal(AFTER);
  });

  it('knows people by the subject that they brought along', async () => {
    const moved = await server.addAccount();
    await fixture(server.app.database, 'update accounts set sub = $1 where id = $2', ['old|4711', moved.id]);
    const agent = new UserAgent();
    const hint = String((await tokensFor(client, moved, {}, agent)).id_token);
    expect(decodeJwt(hint).sub).to.equal('old|4711');
    const { location } = await navigate(
      agent,
      logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER }),
    );
    expect(location).to.equal(AFTER);
  });

  it('happens once: again, it finds nobody, and leads back all the same', async () => {
    const { agent, hint } = await signedIn();
    const url = logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER });
    const answers = await Promise.all(Array.from({ length: 10 }, () => navigate(agent, url)));
    for (const { status } of answers) expect(status).to.be.oneOf([200, 303]);
    const later = await agent.get(url);
    expect((await agent.submit(later, {})).location).to.equal(AFTER);
  });

  it('is not for browsers that do not say that the person is led here', async () => {
    const { agent, hint } = await signedIn();
    for (const headers of [
      {},
      { ...LED, 'sec-fetch-dest': 'iframe' },
      { ...LED, 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' },
      { ...LED, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      { ...LED, 'sec-purpose': 'prefetch;prerender' },
    ]) {
      const page = await navigate(
        agent,
        logoutUrl({ id_token_hint: hint }),
        headers as Record<string, string>,
      );
      expect(isQuestion(page), JSON.stringify(headers)).to.equal(true);
    }
    const head = await navigate(agent, logoutUrl({ id_token_hint: hint }), LED, 'HEAD');
    expect(head.status).to.not.equal(303);
    expect(await isSignedIn(agent)).to.equal(true);
  });

  it('is not for a hint of another session, person or application', async () => {
    const [mine, elsewhere] = [await signedIn(), await signedIn()];
    const partner = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: false }));
    const theirs = await tokensFor(partner, person, {}, mine.agent);
    const hints = {
      'another session': elsewhere.hint,
      'an application of others': String(theirs.id_token),
      'without sid': await resigned(mine.hint, { sid: undefined }),
      'another person': await resigned(mine.hint, { sub: (await server.addAccount()).id }),
    };
    for (const [name, hint] of Object.entries(hints)) {
      expect(isQuestion(await navigate(mine.agent, logoutUrl({ id_token_hint: hint }))), name).to.equal(true);
    }
    const named = logoutUrl({ client_id: client.id, post_logout_redirect_uri: AFTER });
    expect(isQuestion(await navigate(mine.agent, named)), 'no hint').to.equal(true);
    expect(await isSignedIn(mine.agent)).to.equal(true);
  });

  it('is not for an application that the person has left in this session', async () => {
    const { agent, hint } = await signedIn();
    const other = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    await tokensFor(other, person, {}, agent);
    const page = await agent.get(logoutUrl({ id_token_hint: hint }));
    const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
    await agent.post(String(form?.action), { xsrf: String(form?.fields.xsrf) });
    expect(isQuestion(await navigate(agent, logoutUrl({ id_token_hint: hint })))).to.equal(true);
    expect(await isSignedIn(agent)).to.equal(true);
  });

  it('leads nowhere else than to registered addresses', async () => {
    const { agent, hint } = await signedIn();
    for (const uri of ['https://evil.example/', `${AFTER}/`, '//evil.example', 'javascript:alert(1)']) {
      const page = await navigate(agent, logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: uri }));
      expect([page.status, page.location], uri).to.deep.equal([400, undefined]);
    }
    expect(await isSignedIn(agent)).to.equal(true);
  });
});
