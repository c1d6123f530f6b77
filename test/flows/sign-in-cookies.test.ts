import { expect } from 'chai';
import { authorize, callbackOf, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** Every cookie that the browser holds, whatever its path; the jar also keeps those that have expired. */
const allCookies = async ({ jar }: UserAgent) =>
  (await jar.serialize()).cookies.filter(({ expires }) => {
    const until = new Date(String(expires ?? '')).getTime();
    return Number.isNaN(until) || until > Date.now();
  });
const pathsOf = async (agent: UserAgent, name: string) =>
  (await allCookies(agent)).filter(({ key }) => key === name).map(({ path }) => path);

describe('the cookies of sign-ins', function cookies() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const clientOf = async (metadata: object = {}) =>
    handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Ward board', ...metadata }),
    );
  const enter = (agent: UserAgent, page: Page, { email, password }: { email: string; password: string }) =>
    agent.submit(page, { identifier: email, password });

  it('are those of five that are under way, under 4 KB with all others', async () => {
    const client = await clientOf({ client_uri: 'https://ward.example.org/' });
    const agent = new UserAgent();
    const person = await server.addAccount();
    const begun: Page[] = [];
    for (let number = 0; number < 9; number += 1) begun.push(await agent.open(client.authorizeUrl()));
    for (const name of ['gatehouse_sign_in', 'gatehouse_sign_in.sig']) {
      const paths = await pathsOf(agent, name);
      expect(paths).to.have.members(begun.slice(-5).map(({ url }) => new URL(url).pathname));
    }
    expect(await pathsOf(agent, 'gatehouse_resume')).to.have.length(5);

    const oldest = await agent.get(String(begun[0]?.url));
    expect(oldest.status).to.equal(400);
    expect(oldest.body).to.include('started elsewhere').and.include('href="https://ward.example.org/"');
    expect(oldest.body).to.include('Ward board').and.include('href="/account"');
    expect(oldest.body).to.not.include('/authorize');

    for (const page of begun.slice(-5).reverse()) {
      const end = await agent.follow(await enter(agent, page, person));
      expect(callbackOf(end).has('code')).to.equal(true);
    }
    await agent.open(`${server.issuer}/forgot`);
    for (let number = 0; number < 9; number += 1) await agent.open(client.authorizeUrl({ prompt: 'login' }));
    const all = await allCookies(agent);
    // With the prefixes that they have over https.
    const bytes = all.map(({ key, value }) => `__Secure-${key}=${value}; `.length);
    expect(bytes.reduce((sum, each) => sum + each, 0)).to.be.lessThan(4096);
    expect(await pathsOf(agent, 'gatehouse_sign_in')).to.have.length(10);
  });

  it('of the ones that have ended say so, and do not displace those under way', async () => {
    const client = await clientOf({ first_party: false });
    const person = await server.addAccount();
    const agent = new UserAgent();
    const waiting = await agent.open(client.authorizeUrl({ state: 'waiting' }));
    await tokensFor(client, person, {}, agent);
    for (let times = 0; times < 7; times += 1) {
      const page = await agent.open(client.authorizeUrl({ prompt: 'consent' }));
      await agent.follow(
        await agent.submit(page, { decision: times % 2 === 0 ? 'allow' : 'deny' }, '/consent'),
      );
    }
    expect(await pathsOf(agent, 'gatehouse_resume')).to.deep.equal([
      new URL(waiting.url).pathname.replace('sign-in', 'authorize'),
    ]);
    expect(await pathsOf(agent, 'gatehouse_sign_in')).to.have.length(6);
    const end = await authorize(agent, waiting.url, person);
    expect(callbackOf(end).get('state')).to.equal('waiting');
  });

  it('are no list that somebody else can write', async () => {
    const client = await clientOf();
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl());
    const forged = `gatehouse_sign_ins=${'a'.repeat(43)}.${'b'.repeat(43)}; gatehouse_sign_ins.sig=forged`;
    const answer = await agent.get(client.authorizeUrl(), { cookie: forged });
    const written = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('gatehouse_sign_ins='));
    expect(written).to.match(/^gatehouse_sign_ins=[\w-]{43}; path=\/authorize; samesite=lax; httponly$/i);
    expect((await agent.get(page.url)).status).to.equal(200);
  });
});
