import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { asFixture, fixture } from '../support/evidence/fixture.ts';
import { authorize, callbackOf, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** Whatever comes between: a page says what to do and leads back to the client. */
describe('an interrupted sign-in', () => {
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount();
    client = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Ward board', client_uri: 'http://127.0.0.1:9/' }),
    );
  });
  after(() => server.stop());

  const enter = (agent: UserAgent, page: Page) =>
    agent.submit(page, { identifier: person.email, password: person.password });
  const linkOn = (page: Page): string => {
    const href = /<a class="button" href="([^"]*)"/u.exec(page.body)?.[1] ?? '';
    return new URL(href.replaceAll('&amp;', '&'), page.url).href;
  };

  async function expire(): Promise<void> {
    await fixture(
      server.app.database,
      `update oidc_artifacts set expires_at = now() - interval '1 second',
         payload = payload || jsonb_build_object('exp', extract(epoch from now())::int - 1)
       where model = 'Interaction'`,
    );
  }

  for (const how of ['opened again', 'submitted']) {
    it(`expired and ${how}: the page has a link that starts the same request afresh`, async () => {
      const agent = new UserAgent();
      const page = await agent.open(
        client.authorizeUrl({ state: 'kept', nonce: 'kept', scope: 'openid email' }),
      );
      await expire();
      const late = how === 'submitted' ? await enter(agent, page) : await agent.get(page.url);
      expect(late.status).to.equal(400);
      expect(late.body).to.include('expired').and.include('Ward board');
      const fresh = await authorize(agent, linkOn(late), person);
      expect(callbackOf(fresh).get('state')).to.equal('kept');
      const { body } = await client.redeem(String(fresh.location));
      expect((await client.userinfo(body.access_token)).body.email).to.equal(person.email);
    });
  }

  it('expired after a pushed request: the link leads to the client, where another can be pushed', async () => {
    const strict = handClient(
      server.issuer,
      await server.addClient({
        ...WEB_CLIENT,
        client_name: 'Strict',
        client_uri: 'http://127.0.0.1:9/start',
        require_pushed_authorization_requests: true,
      }),
    );
    const { body } = await strict.post('/par', strict.parameters());
    const query = new URLSearchParams({ client_id: strict.id, request_uri: body.request_uri });
    const agent = new UserAgent();
    const page = await agent.open(`${server.issuer}/authorize?${query}`);
    await expire();
    const late = await enter(agent, page);
    expect(late.status).to.equal(400);
    expect(linkOn(late)).to.equal('http://127.0.0.1:9/start');
  });

  it('expired at the consent page: the link asks again, without a password', async () => {
    const partner = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Partner', first_party: false }),
    );
    const agent = new UserAgent();
    const asked = await agent.follow(await enter(agent, await agent.open(partner.authorizeUrl())));
    expect(asked.body).to.include('Allow');
    await expire();
    const late = await agent.submit(asked, { decision: 'allow' }, '/consent');
    expect(late.status).to.equal(400);
    const page = await agent.open(linkOn(late));
    expect(page.forms.some(({ action }) => action.endsWith('/consent'))).to.equal(true);
  });

  it('opened in another browser: refused, and nothing can be submitted to it', async () => {
    const victim = new UserAgent();
    const page = await victim.open(client.authorizeUrl());
    const stranger = new UserAgent();
    for (const answer of [await stranger.get(page.url), await enter(stranger, page)]) {
      expect(answer.status).to.equal(400);
      expect(answer.body).to.include('started elsewhere');
      expect(answer.location).to.equal(undefined);
    }
    expect(callbackOf(await victim.follow(await enter(victim, page))).has('code')).to.equal(true);
  });

  it('under an address that never was: refused like one of another browser', async () => {
    const page = await new UserAgent().get(`${server.issuer}/sign-in/never-was`);
    expect(page.status).to.equal(400);
    expect(page.body).to.include('started elsewhere');
  });

  it('whose client was deleted: ends on a page', async () => {
    const registration = await server.addClient(WEB_CLIENT);
    const short = handClient(server.issuer, registration);
    const agent = new UserAgent();
    const page = await agent.open(short.authorizeUrl());
    await asFixture(server.app.database, (tx) => server.app.clients.store.delete(tx, short.id));
    // The node hears of it a moment after the commit.
    while ((await server.app.clients.store.find(short.id)) !== undefined) await setImmediate();
    const answer = await agent.follow(await enter(agent, page));
    expect(answer.status).to.equal(400);
    expect(answer.location).to.equal(undefined);
  });

  it('signed out in another tab meanwhile: ends on a page that leads back', async () => {
    const agent = new UserAgent();
    await authorize(agent, client.authorizeUrl(), person);
    const asked = await agent.open(client.authorizeUrl({ prompt: 'login' }));
    const out = await agent.open(`${server.issuer}/logout`);
    await agent.follow(await agent.submit(out, { logout: 'yes' }, '/confirm'));
    const answer = await enter(agent, asked);
    expect(answer.status).to.equal(400);
    const fresh = await authorize(agent, linkOn(answer), person);
    expect(callbackOf(fresh).has('code')).to.equal(true);
  });

  it('continues where the server was started again in between', async () => {
    const first = await startTestServer();
    const who = await first.addAccount();
    const there = handClient(first.issuer, await first.addClient(WEB_CLIENT));
    const agent = new UserAgent();
    const page = await agent.open(there.authorizeUrl());
    const again = await first.restart();
    try {
      const answer = await agent.submit(page, { identifier: who.email, password: who.password });
      const end = await agent.follow(answer);
      expect(callbackOf(end).has('code')).to.equal(true);
      expect((await there.redeem(String(end.location))).status).to.equal(200);
    } finally {
      await again.stop();
    }
  });
});
