import { expect } from 'chai';
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

describe('the account page', () => {
  let server: TestServer;
  let person: Person;
  let url: string;

  before(async () => {
    server = await startTestServer();
    url = `${server.issuer}/account`;
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount({ name: 'Robin Reyes', roles: ['clinician'] });
  });

  const partner = async (name = 'Partner'): Promise<HandClient> =>
    handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: name, first_party: false }),
    );
  const asksForPassword = (page: Page) => page.forms.some(({ fields }) => 'password' in fields);

  async function signedIn(agent = new UserAgent()): Promise<{ agent: UserAgent; page: Page }> {
    const asked = await agent.open(url);
    const { email: identifier, password } = person;
    return { agent, page: await agent.follow(await agent.submit(asked, { identifier, password })) };
  }

  it('signs in through /authorize and comes back, at a clean address', async () => {
    const agent = new UserAgent();
    const first = await agent.get(url);
    expect(first.status).to.equal(303);
    const request = new URL(String(first.location));
    expect(request.pathname).to.equal('/authorize');
    expect(Object.fromEntries(request.searchParams)).to.include({
      client_id: 'gatehouse',
      response_type: 'none',
      redirect_uri: url,
    });
    const { page } = await signedIn(agent);
    expect(page.status).to.equal(200);
    expect(page.url).to.equal(url);
    expect(page.body).to.include('Robin Reyes').and.include('clinician');
    expect(page.body.replaceAll('<wbr>', '')).to.include(person.email);
    expect(page.headers.get('cache-control')).to.include('no-store');
  });

  it('uses the session that another application began, and the other way round', async () => {
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const agent = new UserAgent();
    await authorize(agent, client.authorizeUrl(), person);
    expect((await agent.open(url)).body).to.include('Robin Reyes');
    const other = await signedIn();
    expect(callbackOf(await other.agent.open(client.authorizeUrl({ prompt: 'none' }))).has('code')).to.equal(
      true,
    );
  });

  it('offers no cancelling, for there is nothing to return to, and no circle when a sign-in came to nothing', async () => {
    const agent = new UserAgent();
    const asked = await agent.open(url);
    expect(asksForPassword(asked)).to.equal(true);
    expect(asked.forms.some(({ action }) => action.endsWith('/cancel'))).to.equal(false);
    const page = await agent.get(`${url}?error=access_denied&iss=${encodeURIComponent(server.issuer)}`);
    expect([page.status, page.location]).to.deep.equal([403, undefined]);
    expect(asksForPassword(await agent.open(url))).to.equal(true);
  });

  it('does not go round in circles in a browser without cookies', async () => {
    const page = await new UserAgent().get(`${url}?iss=${encodeURIComponent(server.issuer)}&state=x`);
    expect([page.status, page.location]).to.deep.equal([403, undefined]);
  });

  it('lists what was allowed, withdraws it, and the tokens die', async () => {
    const client = await partner();
    const other = await partner('Other');
    const tokens = await tokensFor(client, person, { scope: 'openid email' });
    const kept = await tokensFor(other, person);
    const { agent, page } = await signedIn();
    expect(page.body).to.include('Partner').and.include('See your email address').and.include('Other');
    const form = page.forms.find(({ fields }) => fields.client_id === client.id);
    const { events, result: done } = await eventsDuring(server, async () =>
      agent.follow(await agent.post(String(form?.action), form?.fields ?? {})),
    );
    expect(done.status).to.equal(200);
    expect(done.body).to.include('Access was withdrawn').and.not.include('>Partner<');
    expect(events.map(({ type }) => type)).to.deep.equal(['consent.withdrawn']);
    expect(events[0]).to.include({ actor: person.id, account: person.id, client: client.id });
    expect(events[0]?.session).to.be.a('string');
    expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
    expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await other.userinfo(kept.access_token)).status).to.equal(200);
    const asked = await authorize(agent, client.authorizeUrl({ prompt: 'none' }));
    expect(callbackOf(asked).get('error')).to.equal('consent_required');
  });

  it('withdraws also in the session in which it was given: the client asks anew', async () => {
    const client = await partner();
    const agent = new UserAgent();
    await tokensFor(client, person, {}, agent);
    const page = await agent.open(url);
    const form = page.forms.find(({ fields }) => fields.client_id === client.id);
    await agent.post(String(form?.action), form?.fields ?? {});
    const again = await agent.open(client.authorizeUrl());
    expect(again.forms.some(({ action }) => action.endsWith('/consent'))).to.equal(true);
  });

  it('withdraws nothing of anybody else, and nothing that was not allowed', async () => {
    const client = await partner();
    const victim = await server.addAccount();
    const tokens = await tokensFor(client, victim);
    const own = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const { agent } = await signedIn();
    const mine = await tokensFor(own, person, {}, agent);
    await tokensFor(await partner('Mine'), person, {}, agent);
    const page = await agent.open(url);
    const form = page.forms.find(({ fields }) => 'client_id' in fields);
    for (const id of [client.id, own.id, 'gatehouse', 'nobody']) {
      const { events } = await eventsDuring(server, () =>
        agent.post(String(form?.action), { ...form?.fields, client_id: id }),
      );
      expect(events.map(({ type }) => type)).to.not.include('consent.withdrawn');
    }
    expect((await client.userinfo(tokens.access_token)).status).to.equal(200);
    expect((await own.userinfo(mine.access_token)).status).to.equal(200);
  });

  it('needs the form token of this session', async () => {
    const client = await partner();
    const tokens = await tokensFor(client, person);
    const { agent, page } = await signedIn();
    const form = page.forms.find(({ fields }) => fields.client_id === client.id);
    const action = String(form?.action);
    for (const csrf of ['', 'guess', `${form?.fields.csrf}x`]) {
      expect((await agent.post(action, { csrf, client_id: client.id })).status).to.equal(403);
    }
    expect((await agent.post(action, { client_id: client.id })).status).to.equal(400);
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await agent.post(action, form?.fields ?? {}, foreign)).status).to.equal(403);
    const elsewhere = await signedIn();
    expect((await elsewhere.agent.post(action, form?.fields ?? {})).status).to.equal(403);
    expect((await client.userinfo(tokens.access_token)).status).to.equal(200);
  });

  it('sends who is not signed in to the sign-in, also with a form', async () => {
    const page = await new UserAgent().post(`${url}/applications/withdraw`, { csrf: 'x', client_id: 'x' });
    expect([page.status, page.location]).to.deep.equal([303, url]);
  });

  it('signs out', async () => {
    const { agent, page } = await signedIn();
    expect(page.body).to.include('href="/logout"');
    const out = await agent.open(`${server.issuer}/logout`);
    await agent.follow(await agent.submit(out, { logout: 'yes' }, '/confirm'));
    expect(asksForPassword(await agent.open(url))).to.equal(true);
  });

  it('speaks the language of the account', async () => {
    person = await server.addAccount({ locale: 'es' });
    const { page } = await signedIn();
    expect(page.body).to.include('<html lang="es"');
  });
});
