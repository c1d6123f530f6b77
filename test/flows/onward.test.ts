import { expect } from 'chai';
import { type HandClient, handClient, type Person } from '../support/protocol.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const BACK = WEB_CLIENT.post_logout_redirect_uris[0] as string;
const STATE = `"><script>alert('1')</script>&amp;`;

describe('the pages that go on by themselves', () => {
  let server: TestServer;
  let client: HandClient;
  let person: Person;
  before(async () => {
    server = await startTestServer({ settings: { BRAND_NAME: 'Riverside' } });
    client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, client_name: 'Ward board' }));
    person = await server.addAccount();
  });
  after(() => server.stop());

  const signIn = async (agent: UserAgent, page: Page, { email, password }: Person) =>
    agent.follow(await agent.submit(page, { identifier: email, password }));

  function isOurs(page: Page, language = 'en'): void {
    expect(page.status).to.equal(200);
    expect(page.body).to.include(`<html lang="${language}">`).and.include('– Riverside</title>');
    expect(page.body).to.match(/<form method="post" action="[^"]+" data-submit>/);
    expect(page.body).to.match(/<button class="button" autofocus>/);
    expect(page.body.match(/<script/g)).to.have.length(1);
    expect(page.body).to.match(/<script type="module" src="\/assets\//);
    expect(page.headers.get('content-security-policy')).to.match(/(^|;)script-src 'self'(;|$)/);
    expect(page.headers.get('cache-control')).to.include('no-store');
  }

  it('when somebody takes over a browser in which somebody else is signed in', async () => {
    for (const language of ['en', 'es']) {
      const agent = new UserAgent({ 'accept-language': language });
      const second = await agent.open(client.authorizeUrl());
      await signIn(agent, await agent.open(`${server.issuer}/account`), person);
      const other = await server.addAccount();
      const page = await signIn(agent, second, other);
      isOurs(page, language);
      expect(page.body).to.not.include(person.email).and.not.include(other.email);
      expect(page.forms[0]?.fields).to.have.all.keys('xsrf', 'logout', 'again');
      const end = await agent.follow(await agent.submit(page, {}));
      expect(new URL(String(end.location)).searchParams.has('code')).to.equal(true);
      const account = await agent.open(`${server.issuer}/account`);
      const text = account.body.replaceAll('<wbr>', '');
      expect(text).to.include(other.email).and.not.include(person.email);
    }
  });

  it('when an application signs out who is not signed in', async () => {
    const agent = new UserAgent();
    const query = new URLSearchParams({ client_id: client.id, post_logout_redirect_uri: BACK, state: STATE });
    const page = await agent.get(`${server.issuer}/logout?${query}`);
    isOurs(page);
    expect(page.body).to.include('Ward board');
    const back = new URL(String((await agent.submit(page, {})).location));
    expect(`${back.origin}${back.pathname}`).to.equal(BACK);
    expect(back.searchParams.get('state')).to.equal(STATE);

    const without = await agent.get(`${server.issuer}/logout`);
    isOurs(without);
    expect((await agent.follow(await agent.submit(without, {}))).body).to.include('You are signed out');
  });

  it('when an application wants its answer by POST', async () => {
    const agent = new UserAgent();
    const url = client.authorizeUrl({ response_mode: 'form_post', state: STATE });
    let page = await signIn(agent, await agent.open(url), person);
    if (page.forms.some(({ action }) => action.endsWith('/consent')))
      page = await agent.follow(await agent.submit(page, {}, '/consent'));
    isOurs(page);
    expect(page.forms[0]?.action).to.equal(REDIRECT_URI);
    expect(page.forms[0]?.fields).to.include({ state: STATE, iss: server.issuer });
    expect(page.forms[0]?.fields.code).to.match(/^[\w-]{43}$/);
    const { code } = page.forms[0]?.fields ?? {};
    expect((await client.redeem(String(code))).status).to.equal(200);

    const refused = await agent.get(
      client.authorizeUrl({ response_mode: 'form_post', prompt: 'none', max_age: '0' }),
    );
    expect(refused.forms[0]?.fields.error).to.equal('login_required');
    expect(refused.body).to.include('data-submit');
  });
});
