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

const RECORDS = 'https://records.example.org';

describe('consent', () => {
  let server: TestServer;
  let person: Person;

  before(async () => {
    server = await startTestServer();
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records:read', 'records:write'],
    });
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount({ roles: ['clinician'] });
  });

  const partner = async (metadata = {}): Promise<HandClient> =>
    handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Partner', first_party: false, ...metadata }),
    );
  const asksForConsent = (page: Page) => page.forms.some(({ action }) => action.endsWith('/consent'));
  const items = (page: Page) =>
    [...page.body.matchAll(/<li><span>([\s\S]*?)<\/span><\/li>/gu)].map(([, text]) =>
      String(text)
        .replaceAll(/<[^>]*>/gu, ' ')
        .replaceAll(/\s+/gu, ' ')
        .trim(),
    );

  async function signInTo(client: HandClient, parameters = {}, agent = new UserAgent()) {
    const { email: identifier, password } = person;
    const page = await agent.open(client.authorizeUrl(parameters));
    const asked = page.forms.some(({ fields }) => 'password' in fields)
      ? await agent.follow(await agent.submit(page, { identifier, password }))
      : page;
    return { agent, page: asked };
  }
  const allow = async (agent: UserAgent, page: Page) =>
    agent.follow(await agent.submit(page, { decision: 'allow' }, '/consent'));

  it('says in words who asks for what, and for whom', async () => {
    const { page } = await signInTo(await partner(), { scope: 'openid profile email roles' });
    expect(page.status).to.equal(200);
    expect(page.body.replaceAll('<wbr>', '')).to.include('Partner').and.include(person.email);
    expect(items(page)).to.have.members([
      'Recognise you when you come back',
      'See your name and your profile',
      'See your email address',
      'See your roles in the organisation',
    ]);
  });

  it('is asked once, and remembered in other browsers and sessions', async () => {
    const client = await partner();
    const first = await signInTo(client, { scope: 'openid email' });
    const { events, result: answer } = await eventsDuring(server, () => allow(first.agent, first.page));
    expect((await client.redeem(String(answer.location))).status).to.equal(200);
    expect(events.map(({ type }) => type)).to.deep.equal(['consent.granted', 'authorization.granted']);
    expect(events[0]).to.include({ account: person.id, client: client.id });
    expect(events[0]?.details.scopes).to.have.members(['openid', 'email']);

    expect(
      callbackOf(await first.agent.open(client.authorizeUrl({ scope: 'openid email' }))).has('code'),
    ).to.equal(true);
    const later = await signInTo(client, { scope: 'openid email' });
    expect(callbackOf(later.page).has('code')).to.equal(true);
    const silent = await later.agent.open(client.authorizeUrl({ scope: 'openid email', prompt: 'none' }));
    expect(callbackOf(silent).has('code')).to.equal(true);
  });

  it('asks later for what is new only, and says which that is', async () => {
    const client = await partner();
    await tokensFor(client, person, { scope: 'openid email' });
    const { agent, page } = await signInTo(client, { scope: 'openid email roles' });
    expect(asksForConsent(page)).to.equal(true);
    expect(items(page)).to.deep.equal(['See your roles in the organisation New']);
    const answer = await allow(agent, page);
    const { body } = await client.redeem(String(answer.location));
    expect((await client.userinfo(body.access_token)).body).to.include({ email: person.email });
    const again = await signInTo(client, { scope: 'openid email roles' });
    expect(asksForConsent(again.page)).to.equal(false);
  });

  it('is not silent: prompt=none without it is refused', async () => {
    const client = await partner();
    const agent = new UserAgent();
    const app = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    await authorize(agent, app.authorizeUrl(), person);
    const silent = callbackOf(await agent.open(client.authorizeUrl({ prompt: 'none' })));
    expect(silent.get('error')).to.equal('consent_required');
  });

  it('can be refused: the client hears of it, and nothing is remembered', async () => {
    const client = await partner();
    const { agent, page } = await signInTo(client);
    const { events, result: answer } = await eventsDuring(server, async () =>
      agent.follow(await agent.submit(page, { decision: 'deny' }, '/consent')),
    );
    expect(callbackOf(answer).get('error')).to.equal('access_denied');
    expect(callbackOf(answer).get('state')).to.equal('the-state');
    expect(events.map(({ type, outcome }) => [type, outcome])).to.deep.equal([
      ['consent.refused', 'failure'],
      ['authorization.refused', 'failure'],
    ]);
    expect(asksForConsent((await signInTo(client)).page)).to.equal(true);
  });

  it('needs a decision, a form token of this page, and happens once', async () => {
    const client = await partner();
    const { agent, page } = await signInTo(client);
    const action = String(page.forms.find((form) => form.action.endsWith('/consent'))?.action);
    const csrf = String(page.forms.find((form) => form.action.endsWith('/consent'))?.fields.csrf);
    expect((await agent.post(action, { csrf })).status).to.equal(400);
    expect((await agent.post(action, { csrf, decision: 'maybe' })).status).to.equal(400);
    expect((await agent.post(action, { csrf: 'x', decision: 'allow' })).status).to.equal(403);
    const stranger = new UserAgent();
    expect((await stranger.post(action, { csrf, decision: 'allow' })).status).to.equal(400);
    const answer = await allow(agent, page);
    expect(callbackOf(answer).has('code')).to.equal(true);
    const again = await agent.post(action, { csrf, decision: 'allow' });
    expect(again.status).to.equal(200);
    expect(again.body).to.include('already finished').and.include('Partner');
  });

  it('cannot be given at the sign-in step, nor a password at the consent step', async () => {
    const client = await partner();
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl());
    const csrf = String(page.forms[0]?.fields.csrf);
    expect((await agent.post(`${page.url}/consent`, { csrf, decision: 'allow' })).status).to.equal(400);
    const consent = await signInTo(client, {}, agent);
    const at = consent.page.url;
    const posted = await agent.post(at, { csrf, identifier: person.email, password: person.password });
    expect(posted.status).to.equal(400);
  });

  it('is not asked for applications of the organisation itself, native ones included', async () => {
    for (const metadata of [
      {},
      {
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'],
      },
    ]) {
      const client = await partner({ ...metadata, first_party: true });
      const { page } = await signInTo(client, { scope: 'openid email roles' });
      expect(callbackOf(page).has('code'), JSON.stringify(metadata)).to.equal(true);
    }
  });

  it('is asked each time by native applications of others, whose identity nobody can prove', async () => {
    const native = await partner({
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
    });
    for (const _time of ['first', 'second']) {
      const { agent, page } = await signInTo(native);
      expect(asksForConsent(page)).to.equal(true);
      expect(items(page)).to.not.have.length(0);
      expect(callbackOf(await allow(agent, page)).has('code')).to.equal(true);
    }
  });

  it('prompt=consent asks again for everything', async () => {
    const client = await partner();
    await tokensFor(client, person, { scope: 'openid email' });
    const { agent, page } = await signInTo(client, { scope: 'openid email', prompt: 'consent' });
    expect(asksForConsent(page)).to.equal(true);
    expect(items(page)).to.have.members(['Recognise you when you come back', 'See your email address']);
    expect(callbackOf(await allow(agent, page)).has('code')).to.equal(true);
  });

  it('covers the scopes of resources, each for its resource', async () => {
    const client = await partner();
    const parameters = { scope: 'openid records:read', resource: RECORDS };
    const { agent, page } = await signInTo(client, parameters);
    expect(items(page).join()).to.include('records:read');
    const answer = await allow(agent, page);
    const { body } = await client.redeem(String(answer.location), { resource: RECORDS });
    expect(body.scope).to.equal('records:read');
    const more = await signInTo(client, { ...parameters, scope: 'openid records:read records:write' });
    expect(items(more.page).join()).to.include('records:write').and.not.include('records:read');
  });

  it('of one person is not that of another, in one browser too', async () => {
    const client = await partner();
    const agent = new UserAgent();
    await tokensFor(client, person, {}, agent);
    const out = await agent.open(`${server.issuer}/logout`);
    await agent.follow(await agent.submit(out, { logout: 'yes' }, '/confirm'));
    person = await server.addAccount();
    expect(asksForConsent((await signInTo(client, {}, agent)).page)).to.equal(true);
  });

  it('works for an application that was renamed with hostile words', async () => {
    const client = await partner({ client_name: '<script>alert(1)</script>' });
    const { page } = await signInTo(client);
    expect(page.body).to.not.include('<script>alert');
    expect(page.body).to.include('&lt;script&gt;');
  });
});
