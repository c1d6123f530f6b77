import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { callbackOf, eventsDuring, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  addTester,
  claimsIn,
  goOn,
  keptFor,
  runTest,
  runToAnswer,
  type Tester,
  testLinkFor,
  textOf,
} from '../support/test-sign-ins.ts';
import { useTravel } from '../support/time.ts';
import { UserAgent } from '../support/user-agent.ts';

/** What somebody may try with a test sign-in of a client that is not theirs, or in whose place they are not. */
describe('attacks on test sign-ins', function attacks() {
  this.timeout(60_000);
  const travel = useTravel();
  let server: TestServer;
  let owner: Tester;
  let other: Tester;
  let callback: string;

  before(async () => {
    server = await startTestServer({ replace: { clock: travel.clock } });
    owner = await addTester(server);
    other = await addTester(server);
    callback = `${server.issuer}/test-sign-in/callback`;
  });
  after(() => server.stop());

  const register = (metadata: Record<string, unknown> = {}) =>
    server.addClient({ ...WEB_CLIENT, first_party: true, ...metadata });
  const addClient = async (metadata: Record<string, unknown> = {}) =>
    String((await register(metadata)).client_id);
  const link = (client: string) => testLinkFor(server, owner, client);
  /** A browser in which somebody is signed in. */
  async function browserOf(tester: Tester): Promise<UserAgent> {
    const agent = new UserAgent();
    await goOn(agent, await agent.get(`${server.issuer}/account`), tester);
    return agent;
  }
  const closed = async (page: { status: number; body: string }, status: number, words: string) => {
    expect([page.status, page.body.includes(words)], page.body).to.deep.equal([status, true]);
  };

  it('shows nothing to another person, whose browser does not spend the link', async () => {
    const client = await addClient();
    const address = await link(client);
    const agent = await browserOf(other);
    await closed(await agent.open(address), 403, 'for somebody else');
    expect(claimsIn(await runTest(address, owner), 'id-token')).to.include({ sub: owner.id });
  });

  it('lets nobody else sign in for it', async () => {
    const client = await addClient();
    const page = await runTest(await link(client), other);
    expect(page.body).to.not.include('aria-labelledby="id-token"');
    expect(textOf(page)).to.not.include(owner.email);
    expect((await keptFor(server, client)).filter(({ model }) => model !== 'Interaction')).to.deep.equal([]);
  });

  it('opens a link once, also where it comes fifty times at once, and spends none on a look ahead', async () => {
    const client = await addClient();
    const address = await link(client);
    const ahead = await fetch(address, { method: 'HEAD', redirect: 'manual' });
    expect(ahead.status).to.equal(425);
    const prefetch = await fetch(address, { headers: { 'sec-purpose': 'prefetch' }, redirect: 'manual' });
    expect([prefetch.status, prefetch.headers.getSetCookie()]).to.deep.equal([425, []]);
    const pages = await Promise.all(Array.from({ length: 50 }, () => new UserAgent().get(address)));
    expect(pages.filter(({ status }) => status === 303)).to.have.lengthOf(1);
    for (const page of pages.filter(({ status }) => status !== 303)) await closed(page, 410, 'opened before');
    await closed(await new UserAgent().get(address), 410, 'opened before');
  });

  it('shows an answer once, also where it comes fifty times at once', async () => {
    const client = await addClient();
    const agent = new UserAgent();
    const { location = '' } = await runToAnswer(await link(client), owner, agent);
    const cookie = await agent.jar.getCookieString(server.issuer);
    const { events, result: pages } = await eventsDuring(server, () =>
      Promise.all(
        Array.from({ length: 50 }, async () => {
          const response = await fetch(location, { headers: { cookie, accept: 'text/html' } });
          return { status: response.status, body: await response.text() };
        }),
      ),
    );
    expect(pages.filter(({ status }) => status === 200)).to.have.lengthOf(1);
    for (const page of pages.filter(({ status }) => status !== 200))
      await closed(page, 410, 'This test is over');
    expect(events.filter(({ type }) => type === 'client.test_sign_in_done')).to.have.lengthOf(1);
    expect(await keptFor(server, client)).to.deep.equal([{ model: 'AuthorizationCode', consumed: true }]);
    await closed(await agent.get(location), 410, 'This test is over');
  });

  it('takes an answer from no other browser, with no other state, and no other code', async () => {
    const made = await register();
    const client = handClient(server.issuer, made);
    const agent = new UserAgent();
    const { location = '' } = await runToAnswer(await link(client.id), owner, agent);
    await closed(await new UserAgent().get(location), 400, 'does not belong');
    const victim = new UserAgent();
    await runToAnswer(await link(client.id), owner, victim);
    await closed(await victim.get(location), 400, 'does not belong');
    for (const [name, value] of [
      ['state', 'x'],
      ['state', ''],
      ['iss', 'https://evil.example.org'],
      ['error', 'access_denied'],
      ['code', 'made-up'],
    ]) {
      const wrong = new URL(location);
      wrong.searchParams.set(String(name), String(value));
      await closed(await agent.get(wrong.href), 400, 'does not belong');
    }
    for (const query of ['', '?state[]=x&code[]=y', `?state=${'x'.repeat(5_000)}`])
      await closed(await agent.get(`${callback}${query}`), 400, 'does not belong');
    // A code of a real sign-in is as good as it was.
    const page = await goOn(agent, await agent.get(client.authorizeUrl()), owner);
    const real = String(callbackOf(page).get('code'));
    const injected = new URL(location);
    injected.searchParams.set('code', real);
    await closed(await agent.get(injected.href), 400, 'does not belong');
    expect((await client.redeem(real)).status).to.equal(200);
    // And so is the test.
    expect(claimsIn(await agent.get(location), 'id-token')).to.include({ sub: owner.id });
  });

  it('gives its code to nobody at the token endpoint, the client with its own secret included', async () => {
    for (const metadata of [{}, { token_endpoint_auth_method: 'none' }, { require_pkce: false }]) {
      const client = handClient(server.issuer, await register(metadata));
      const agent = new UserAgent();
      const { location = '' } = await runToAnswer(await link(client.id), owner, agent);
      const code = String(callbackOf(location).get('code'));
      for (const fields of [
        { redirect_uri: callback },
        { redirect_uri: callback, code_verifier: undefined },
        {},
      ]) {
        const answer = await client.redeem(code, fields);
        expect([answer.status, answer.body.error]).to.deep.equal([400, 'invalid_grant']);
      }
      expect(claimsIn(await agent.get(location), 'id-token')).to.include({ sub: owner.id });
    }
  });

  it('line 45: the address of a test is no client’s: not in a request, not pushed, not registered', async () => {
    const client = handClient(server.issuer, await register());
    const agent = new UserAgent();
    // Also while a test of this browser and client is open.
    await agent.get(await link(client.id));
    const front = await agent.get(client.authorizeUrl({ redirect_uri: callback }));
    expect([front.status, front.location]).to.deep.equal([400, undefined]);
    const pushed = await client.post('/par', client.parameters({ redirect_uri: callback }));
    expect(pushed.status).to.equal(400);
    const registered = await register({ redirect_uris: [callback] }).then(
      () => 'done',
      (error: Error) => error.message,
    );
    expect(registered).to.include('takes the answers of test sign-ins');
  });

  it('is of one client and one browser: a request of it is none of another', async () => {
    const [first, second] = [await addClient(), await addClient()];
    const agent = new UserAgent();
    const begun = await agent.get(await link(first));
    const request = new URL(begun.location ?? '');
    const foreign = new URL(request);
    foreign.searchParams.set('client_id', second);
    const page = await agent.get(foreign.href);
    expect([page.status, page.location]).to.deep.equal([400, undefined]);
    const elsewhere = await new UserAgent().get(request.href);
    expect([elsewhere.status, elsewhere.location]).to.deep.equal([400, undefined]);
    // A test of the other client, begun in this browser since, takes the place of the first.
    await agent.get(await link(second));
    const late = await agent.get(request.href);
    expect([late.status, late.location]).to.deep.equal([400, undefined]);
  });

  it('leads nowhere else, whatever Host says', async () => {
    const address = new URL(await link(await addClient()));
    const response = await fetch(address, {
      headers: { host: 'evil.example.org', 'x-forwarded-host': 'evil.example.org' },
      redirect: 'manual',
    });
    expect(response.headers.get('location')).to.match(/^(?:http:\/\/localhost:\d+)?\/authorize\?client_id=/u);
  });

  it('is refused for a client that is disabled, and says so', async () => {
    const client = await addClient();
    const address = await link(client);
    await act(server.app, clients.disable, { client });
    await closed(await new UserAgent().get(address), 409, 'is disabled');
    expect(await doAs(server.app, actingAs(owner), clients.testSignIn, { client })).to.equal(
      'client_disabled',
    );
    await act(server.app, clients.enable, { client });
    expect(claimsIn(await runTest(address, owner), 'id-token')).to.include({ sub: owner.id });
  });

  it('shows nothing where the client is disabled between the sign-in and its answer', async () => {
    const client = await addClient();
    const agent = new UserAgent();
    const { location = '' } = await runToAnswer(await link(client), owner, agent);
    await act(server.app, clients.disable, { client });
    const page = await agent.get(location);
    expect(page.body).to.not.include(owner.email);
    expect(page.status).to.be.oneOf([400, 410]);
    expect(await keptFor(server, client)).to.deep.equal([]);
  });

  it('is for those who may do it: not by a helpdesk, a stranger to the client, a program, or for somebody else', async () => {
    const client = await addClient();
    const asked = (actor: Parameters<typeof doAs>[1], input = {}) =>
      doAs(server.app, actor, clients.testSignIn, { client, ...input });
    const helpdesk = await server.addAccount({ roles: ['helpdesk'] });
    expect(await asked(actingAs(helpdesk))).to.equal('not_permitted');
    expect(await asked(actingAs(owner, { scopes: ['clients:read'] }))).to.equal('not_permitted');
    expect(await asked(actingAs(owner), { person: other.id })).to.equal('test_person_other');
    const program = { kind: 'client', clientId: 'c', scopes: ['clients:write'], origin: {} } as const;
    expect(await asked(program)).to.equal('test_needs_person');
    const limited = await addTester(server);
    await placed(server.app, limited.id, { terms: [{ role: 'application-manager', owned: true }] });
    expect(await asked(actingAs(limited))).to.equal('client_unknown');
    await act(server.app, clients.addOwner, { client, person: limited.id });
    const made = await asked(actingAs(limited));
    if (typeof made === 'string') throw new Error(made);
    // Who owns it no more when they open the link has no test of it.
    await act(server.app, clients.removeOwner, { client, person: limited.id });
    await closed(await new UserAgent().get(made.link), 403, 'may no longer test');
  });

  it('refuses a service, and what is no input', async () => {
    const service = await addClient({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      first_party: false,
    });
    const asked = (input: object) => doAs(server.app, actingAs(owner), clients.testSignIn, input as never);
    expect(await asked({ client: service })).to.equal('client_without_sign_in');
    const client = await addClient();
    for (const input of [
      {},
      { client: [client] },
      { client, scope: ['openid'] },
      { client, scope: 'a\0b' },
      { client, claims: { deep: 'x'.repeat(5_000) } },
      { client, redirect_uri: 'https://evil.example.org' },
      { client, maxAge: -1 },
    ])
      expect(await asked(input), JSON.stringify(input)).to.equal('input_invalid');
  });

  it('ends with its ten minutes, and with its half hour', async () => {
    const client = await addClient();
    const address = await link(client);
    const agent = new UserAgent();
    const { location = '' } = await runToAnswer(await link(client), owner, agent);
    const cookie = await agent.jar.getCookieString(server.issuer);
    travel.pass(601);
    await closed(await new UserAgent().get(address), 410, 'not known');
    travel.pass(1_200);
    const late = await fetch(location, { headers: { cookie, accept: 'text/html' } });
    await closed({ status: late.status, body: await late.text() }, 410, 'This test is over');
  });

  it('escapes what clients and people are called', async () => {
    const client = await addClient({ client_name: '<img src=x onerror=alert(1)>' });
    const page = await runTest(await testLinkFor(server, owner, client), owner);
    expect(page.body).to.not.include('<img src=x');
    expect(claimsIn(page, 'id-token')).to.include({ sub: owner.id });
    expect(page.headers.get('content-security-policy')).to.include("frame-ancestors 'none'");
  });
});
