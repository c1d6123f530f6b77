import { expect } from 'chai';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { authorizePath, type Client, codeFor, consent, get, raw } from './support.ts';

describe('line 79: the steps of a sign-in cannot be skipped or put in another order', () => {
  let server: TestServer;
  let client: Client;
  let person: { id: string; email: string; password: string };

  before(async () => {
    server = await startTestServer();
    client = await server.addClient({ ...WEB_CLIENT, first_party: false });
    person = await server.addAccount();
  });
  after(() => server.stop());

  async function begin() {
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(client));
    const uid = String(new URL(page.url).pathname.split('/').at(-1));
    return { agent, page, uid, resume: `${server.issuer}/authorize/${uid}` };
  }

  const accountStatus = async (agent: UserAgent) => (await agent.get(`${server.issuer}/account`)).status;

  it('the way back before the password is a way to the password', async () => {
    const { agent, resume } = await begin();
    const page = await agent.open(resume);
    expect(page.location).to.equal(undefined);
    expect(page.body).to.contain('name="password"');
    expect(await accountStatus(agent)).to.equal(303);
  });

  it('the way back with results of one’s own invention, too', async () => {
    const { agent, resume } = await begin();
    for (const query of [
      `?result[login][accountId]=${person.id}`,
      `?login=${person.id}&accountId=${person.id}`,
      `?result=${encodeURIComponent(JSON.stringify({ login: { accountId: person.id } }))}`,
    ]) {
      const { agent: each, resume: back } = await begin();
      expect((await each.open(back + query)).body).to.contain('name="password"');
    }
    const posted = await agent.post(resume, { 'result[login][accountId]': person.id });
    expect(posted.status).to.be.oneOf([404, 405]);
    expect(await accountStatus(agent)).to.equal(303);
  });

  it('consent cannot be given while a sign-in is asked for', async () => {
    const { agent, page } = await begin();
    const csrf = String(page.forms[0]?.fields.csrf);
    const answer = await agent.post(`${page.url}/consent`, { csrf, decision: 'allow' });
    expect(answer.status).to.equal(400);
    expect((await server.app.clients.consents.listFor(person.id)).length).to.equal(0);
  });

  it('nor a password be posted while consent is asked for', async () => {
    const { agent, page } = await begin();
    const asked = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
    const csrf = String(asked.forms[0]?.fields.csrf);
    const answer = await agent.post(asked.url, { csrf, identifier: person.email, password: person.password });
    expect(answer.status).to.equal(400);
  });

  it('a way back without the consent is a way to the consent', async () => {
    const { agent, page } = await begin();
    const asked = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
    const uid = String(new URL(asked.url).pathname.split('/').at(-1));
    const back = await agent.open(`${server.issuer}/authorize/${uid}`);
    expect(back.location).to.equal(undefined);
    expect(back.forms.some(({ action }) => action.endsWith('/consent'))).to.equal(true);
  });

  it('a finished sign-in is finished: neither its form nor its way back works again', async () => {
    const own = await server.addClient(WEB_CLIENT);
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(own));
    const fields = { identifier: person.email, password: person.password };
    const done = await agent.submit(page, fields);
    const end = await agent.follow(done);
    expect(end.location).to.contain('code=');
    for (const again of [
      await agent.submit(page, fields),
      await agent.get(page.url),
      await agent.get(String(done.location)),
    ]) {
      const told = await agent.follow(again);
      expect(told.body).to.include('already finished');
      expect(told.location).to.equal(undefined);
    }
  });

  it('the result of one sign-in does not finish another', async () => {
    const own = await server.addClient(WEB_CLIENT);
    const first = new UserAgent();
    const page = await first.open(server.issuer + authorizePath(own));
    const other = await begin();
    const done = await first.submit(page, { identifier: person.email, password: person.password });
    const resume = new URL(String(done.location)).pathname;
    const stolen = await other.agent.open(server.issuer + resume);
    expect([stolen.status, stolen.location]).to.deep.equal([400, undefined]);
    // The cookie of one's own sign-in, sent along to the address of the other.
    const cookie = await other.agent.jar.getCookieString(other.resume);
    const forged = await get(server, resume, { cookie });
    expect(forged.status).to.be.oneOf([303, 400]);
    expect(String(forged.headers.get('location') ?? '')).not.to.contain('code=');
  });

  it('attempts in parallel end in one sign-in', async () => {
    const own = await server.addClient(WEB_CLIENT);
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(own));
    const fields = { identifier: person.email, password: person.password };
    const answers = await Promise.all(Array.from({ length: 8 }, () => agent.submit(page, fields)));
    for (const { status } of answers) expect(status).to.be.oneOf([303, 400]);
    const resume = String(answers.find(({ location }) => location !== undefined)?.location);
    const ends = await Promise.all(Array.from({ length: 8 }, () => agent.get(resume)));
    expect(ends.filter(({ location }) => location?.includes('code=') === true)).to.have.length(1);
  });

  it('another method does not lead past a check', async () => {
    const { agent, page } = await begin();
    const fields = new URLSearchParams({
      csrf: String(page.forms[0]?.fields.csrf),
      identifier: person.email,
      password: person.password,
    });
    const path = new URL(page.url).pathname;
    for (const method of ['PUT', 'PATCH', 'DELETE', 'GET', 'HEAD', 'QUERY', 'PROPFIND']) {
      const { text } = await raw(
        server,
        `${method} ${path}?${fields} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ${await agent.jar.getCookieString(page.url)}\r\nX-HTTP-Method-Override: POST\r\n\r\n`,
      );
      expect(text, method).to.match(/^HTTP\/1\.1 (200|400|404|405|501) /);
    }
    expect(await accountStatus(agent)).to.equal(303);
  });

  it('the whole way, for comparison', async () => {
    const { agent, page } = await begin();
    let answer = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
    answer = await agent.follow(await consent(agent, answer));
    expect(answer.location).to.contain('code=');
    expect((await codeFor(server, client, person, {}, agent)).get('code')).to.be.a('string');
  });

  describe('lines 69 and 70: levels of authentication', () => {
    const silent = async (agent: UserAgent, changes: Record<string, string>) => {
      const { location } = await agent.get(
        server.issuer + authorizePath(client, { prompt: 'none', ...changes }),
      );
      return new URL(String(location)).searchParams;
    };

    it('line 69: one that cannot be reached is refused as such, and no lower one given for it', async () => {
      const agent = new UserAgent();
      await codeFor(server, client, person, {}, agent);
      for (const acr_values of ['aal3 phrh', 'made-up']) {
        const answer = await silent(agent, { acr_values });
        expect(answer.get('code'), acr_values).to.equal(null);
        expect(answer.get('error'), acr_values).to.be.oneOf([
          'unmet_authentication_requirements',
          'login_required',
        ]);
        const asked = await agent.open(server.issuer + authorizePath(client, { acr_values }));
        expect(String(asked.location), acr_values).to.contain('error=unmet_authentication_requirements');
      }
      const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'made-up' } } });
      const asked = await agent.open(server.issuer + authorizePath(client, { claims }));
      expect(String(asked.location)).to.contain('error=unmet_authentication_requirements');
    });

    it('line 70: the metadata lists those that there are', async () => {
      const { body } = await get(server, '/.well-known/openid-configuration');
      expect(body.acr_values_supported).to.deep.equal(['aal1', 'aal2', 'phr']);
    });
  });
});
