import { expect } from 'chai';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import {
  authorizePath,
  type Client,
  codeFor,
  consent,
  get,
  redeem,
  token,
  tokensFor,
  userinfo,
} from './support.ts';

describe('line 56: a person decides what applications get', () => {
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer();
    client = await server.addClient({ ...WEB_CLIENT, client_name: 'Rota planner', first_party: false });
  });
  after(() => server.stop());

  const signInOn = async (agent: UserAgent, page: Page, person: { email: string; password: string }) =>
    agent.follow(await agent.submit(page, { identifier: person.email, password: person.password }));

  async function consentPage(agent: UserAgent, person: { email: string; password: string }): Promise<Page> {
    return signInOn(agent, await agent.open(server.issuer + authorizePath(client)), person);
  }

  async function withdraw(agent: UserAgent): Promise<void> {
    const page = await agent.open(`${server.issuer}/account`);
    const form = page.forms.find(({ action }) => action.endsWith('/withdraw'));
    await agent.post(String(form?.action), form?.fields ?? {});
  }

  it('the page names the application, the person and every scope', async () => {
    const person = await server.addAccount();
    const page = await consentPage(new UserAgent(), person);
    const text = page.body.replaceAll('<wbr>', '');
    expect(text).to.contain('Rota planner').and.to.contain(person.email);
    expect(
      page.body.match(/<ul class="scopes">([\s\S]*?)<\/ul>/)?.[1]?.match(/<li>/g),
    ).to.have.length.at.least(3);
  });

  it('a refusal gives nothing', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const page = await consentPage(agent, person);
    const end = await agent.follow(await consent(agent, page, 'deny'));
    expect(String(end.location)).to.contain('error=access_denied').and.not.to.contain('code=');
    const again = await agent.get(server.issuer + authorizePath(client, { prompt: 'none' }));
    expect(String(again.location)).to.contain('error=consent_required');
  });

  it('more than was allowed is asked for again, and cannot be had without', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const first = await codeFor(server, client, person, { scope: 'openid email' }, agent);
    const tokens = (await redeem(server, client, first.get('code'))).body;
    const { body } = await userinfo(server, String(tokens.access_token));
    expect(body).to.have.property('email').and.not.have.property('name');
    const wider = await agent.get(
      server.issuer + authorizePath(client, { scope: 'openid email roles', prompt: 'none' }),
    );
    expect(String(wider.location)).to.contain('error=consent_required');
  });

  it('a withdrawal ends what the application holds, and it has to ask again', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const tokens = await tokensFor(server, client, person, {}, agent);
    await withdraw(agent);
    expect((await userinfo(server, String(tokens.access_token))).status).to.equal(401);
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await token(server, client, refresh)).body.error).to.equal('invalid_grant');
    const again = await agent.get(server.issuer + authorizePath(client, { prompt: 'none' }));
    expect(String(again.location)).to.contain('error=consent_required');
  });

  it('a withdrawal touches nobody else’s', async () => {
    const [one, two] = [await server.addAccount(), await server.addAccount()];
    const agent = new UserAgent();
    await tokensFor(server, client, one, {}, agent);
    const others = await tokensFor(server, client, two);
    await withdraw(agent);
    expect((await userinfo(server, String(others.access_token))).status).to.equal(200);
  });

  it('whatever a withdrawal runs into, nothing that was issued before outlives it', async () => {
    const person = await server.addAccount();
    for (let round = 0; round < 6; round += 1) {
      const agent = new UserAgent();
      const callback = await codeFor(server, client, person, {}, agent);
      const held = await tokensFor(server, client, person, {}, agent);
      const racing = await Promise.all([
        withdraw(agent).then(() => undefined),
        redeem(server, client, callback.get('code')),
        token(server, client, { grant_type: 'refresh_token', refresh_token: String(held.refresh_token) }),
        agent.get(server.issuer + authorizePath(client, { prompt: 'none' })),
      ]);
      const [, redeemed, refreshed, silent] = racing;
      for (const { body } of [redeemed, refreshed]) {
        if (body.access_token === undefined) continue;
        expect((await userinfo(server, String(body.access_token))).status).to.equal(401);
      }
      const code = silent.location === undefined ? null : new URL(silent.location).searchParams.get('code');
      if (code !== null) expect((await redeem(server, client, code)).status).to.equal(400);
      const after = await agent.get(server.issuer + authorizePath(client, { prompt: 'none' }));
      expect(String(after.location)).to.contain('error=consent_required');
    }
  });

  it('the form of one person cannot be sent by another, nor twice, nor for another application', async () => {
    const [one, two] = [await server.addAccount(), await server.addAccount()];
    const agent = new UserAgent();
    const page = await consentPage(agent, one);
    const form = page.forms.find(({ action }) => action.endsWith('/consent'));
    const action = String(form?.action);
    const fields = { ...form?.fields, decision: 'allow' };

    const stranger = new UserAgent();
    const theirs = await consentPage(stranger, two);
    expect((await stranger.post(action, fields)).status).to.equal(400);
    const crossed = await stranger.post(String(theirs.forms[0]?.action), fields);
    expect(crossed.status).to.equal(403);

    const answers = await Promise.all(Array.from({ length: 8 }, () => agent.post(action, fields)));
    for (const { status } of answers) expect(status).to.be.oneOf([303, 400]);
    const resumed = await Promise.all(
      answers.filter(({ status }) => status === 303).map(({ location }) => agent.get(String(location))),
    );
    const codes = resumed.filter(({ location }) => location?.includes('code=') === true);
    expect(codes).to.have.length.at.most(1);
  });

  it('a consent page left open does not outlive a change of person in the same browser', async () => {
    const [one, two] = [await server.addAccount(), await server.addAccount()];
    const agent = new UserAgent();
    const page = await consentPage(agent, one);
    await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
    await codeFor(server, await server.addClient(WEB_CLIENT), two, {}, agent);
    const answer = await agent.follow(await consent(agent, page));
    expect(String(answer.location ?? '')).not.to.contain('code=');
    expect(await server.app.clients.consents.find(one.id, String(client.client_id))).to.equal(undefined);
    expect(await server.app.clients.consents.find(two.id, String(client.client_id))).to.equal(undefined);
  });

  it('an application of the organisation itself is not asked about, and only an administrator makes it one', async () => {
    const person = await server.addAccount();
    const own = await server.addClient(WEB_CLIENT);
    const agent = new UserAgent();
    await codeFor(server, own, person, {}, agent);
    for (const name of ['first_party', 'client_name', 'policy_uri']) {
      const path = authorizePath(client, { [name]: 'true', prompt: 'none' });
      expect(String((await agent.get(server.issuer + path)).location)).to.match(
        new RegExp(`^${REDIRECT_URI}\\?error=consent_required`),
      );
    }
    expect(
      (await get(server, authorizePath(client, { registration: '{}' }))).headers.get('location'),
    ).to.contain('error=registration_not_supported');
  });
});
