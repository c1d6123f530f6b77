import { expect } from 'chai';
import { guess } from '../support/guessing.ts';
import { type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('a way onward', function ways() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  let person: Person;
  before(async () => {
    server = await startTestServer({ settings: { MAX_FAILED_LOGIN_ATTEMPTS: '2' } });
    const metadata = {
      ...WEB_CLIENT,
      client_name: 'Ward board',
      client_uri: 'https://ward.example.org/',
      initiate_login_uri: 'https://ward.example.org/login?from=a',
    };
    client = handClient(server.issuer, await server.addClient(metadata));
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount();
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const home = () =>
    `href="https://ward.example.org/login?from=a&amp;iss=${encodeURIComponent(server.issuer)}"`;

  it('for password managers leads to the page where the password is changed, by way of a sign-in', async () => {
    const agent = new UserAgent();
    const found = await agent.get(at('/.well-known/change-password'));
    expect([found.status, found.location]).to.deep.equal([303, at('/account/password')]);
    const page = await agent.follow(found);
    expect(page.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
    expect(page.body).to.include('/forgot?sign_in=');
    const { email: identifier, password } = person;
    const change = await agent.follow(await agent.submit(page, { identifier, password }));
    expect(change.forms.some(({ fields }) => 'new_password' in fields)).to.equal(true);
    // What tells a server that has such a page from one that answers everything with 200.
    const path = '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200';
    expect((await agent.get(at(path))).status).to.equal(404);
    expect((await agent.post(at('/.well-known/change-password'), {})).status).to.be.oneOf([404, 405]);
  });

  it('from a sign-in that is finished, or was begun elsewhere, leads to where the application begins one', async () => {
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl());
    const elsewhere = await new UserAgent().get(page.url);
    expect(elsewhere.status).to.equal(400);
    expect(elsewhere.body).to.include(home()).and.include('Ward board').and.include('href="/account"');
    const { email: identifier, password } = person;
    await agent.follow(await agent.submit(page, { identifier, password }));
    expect((await agent.get(page.url)).body).to.include(home());
    const resumed = await agent.open(page.url.replace('/sign-in/', '/authorize/'));
    expect([resumed.status, resumed.body.includes(home())]).to.deep.equal([200, true]);
  });

  it('from an unknown sign-in leads to the own page, and tells nothing', async () => {
    for (const uid of ['nobody-has-begun-this', 'x', '%00', '..%2f..%2faccount']) {
      for (const path of [`/sign-in/${uid}`, `/sign-in/${uid}/over`, `/authorize/${uid}`]) {
        const page = await new UserAgent().open(at(path));
        expect(page.status, path).to.be.oneOf([400, 404]);
        expect(page.body, path).to.include('href="/account"').and.not.include('ward.example.org');
      }
    }
  });

  it('from a form that is out of date leads to its page', async () => {
    const agent = new UserAgent();
    await tokensFor(client, person, {}, agent);
    const page = await agent.open(client.authorizeUrl({ prompt: 'login' }));
    const forged = { csrf: 'guess', identifier: 'a', password: 'b' };
    const refused = await agent.post(page.url, forged);
    expect(refused.status).to.equal(403);
    expect(refused.body)
      .to.include(`href="${new URL(page.url).pathname}"`)
      .and.include('href="/account"');
    const profile = await agent.post(at('/account/profile'), { csrf: 'guess', version: 'x', name: 'X' });
    expect(profile.body).to.include('href="/account/profile"');
    const reset = await agent.post(at('/reset'), { csrf: 'guess', token: 'x', password: 'y' });
    expect(reset.body).to.not.include('Open the page again');
  });

  it('from a lock leads to a new password, for whoever it is', async () => {
    for (const email of [person.email, 'nobody@example.org']) {
      const agent = new UserAgent();
      const wrong = { email, password: 'not the password' };
      await guess(agent, await agent.open(client.authorizeUrl()), wrong);
      const locked = await guess(agent, await agent.open(client.authorizeUrl()), wrong);
      expect(locked.body).to.include('is locked');
      expect(locked.body).to.match(
        /that ends the lock\. <a href="\/forgot\?sign_in=[\w-]+">Reset your password/u,
      );
    }
  });

  it('from a sign-out leads to the next sign-in', async () => {
    const page = await new UserAgent().open(at('/logout/success'));
    expect(page.body).to.include('href="/account"').and.include('Sign in again');
    const named = await new UserAgent().open(at(`/logout/success?client_id=${client.id}`));
    expect(named.body).to.include(home());
    const unknown = await new UserAgent().open(at('/logout/success?client_id=nobody'));
    expect(unknown.body).to.include('You are not signed in here').and.not.include('cannot sign in');
  });

  it('of an answer by POST does not say that somebody else is signed in', async () => {
    const agent = new UserAgent();
    const url = client.authorizeUrl({ response_mode: 'form_post' });
    const { email: identifier, password } = person;
    const page = await agent.follow(await agent.submit(await agent.open(url), { identifier, password }));
    expect(page.forms[0]?.fields).to.include.keys('code', 'state').and.not.have.property('again');
    expect(page.body).to.include('You go on to').and.not.include('Somebody else');
  });
});
