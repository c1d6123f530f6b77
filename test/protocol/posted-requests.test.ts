import { expect } from 'chai';
import { createRelyingParty, type RelyingParty, signIn, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('requests by POST', () => {
  let server: TestServer;
  let party: RelyingParty;

  before(async () => {
    server = await startTestServer();
    party = await createRelyingParty(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  const parametersOf = (url: string) => new URL(url).searchParams.toString();

  it('an authorization request leads through the sign-in to tokens', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const pending = await party.begin();
    const posted = await agent.post(`${server.issuer}/authorize`, parametersOf(pending.url), {
      origin: 'https://app.example',
      'sec-fetch-site': 'cross-site',
    });
    expect(posted.status).to.equal(303);
    const callback = await signIn(agent, await agent.follow(posted), person);
    expect(await party.finish(pending, String(callback.location))).to.have.property('id_token');
  });

  it('a repeated parameter is refused as by GET', async () => {
    const pending = await party.begin();
    const agent = new UserAgent();
    const answer = await agent.follow(
      await agent.post(`${server.issuer}/authorize`, `${parametersOf(pending.url)}&client_id=another`),
    );
    expect(answer.status).to.equal(400);
    expect(answer.location).to.equal(undefined);
  });

  it('a sign-out request asks the person', async () => {
    const answer = await new UserAgent().post(`${server.issuer}/logout`, { state: 'x' });
    expect(answer.status).to.equal(303);
    expect(answer.location).to.equal(`${server.issuer}/logout?state=x`);
  });

  it('only a form of bearable size is taken', async () => {
    const agent = new UserAgent();
    const large = await agent.post(`${server.issuer}/authorize`, { state: 'x'.repeat(9_000) });
    expect(large.status).to.equal(413);
    const json = await agent.post(`${server.issuer}/authorize`, '{}', { 'content-type': 'application/json' });
    expect(json.status).to.equal(415);
    const empty = await agent.follow(await agent.post(`${server.issuer}/authorize`, ''));
    expect(empty.status).to.equal(400);
  });
});
