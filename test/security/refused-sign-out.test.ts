import { expect } from 'chai';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { asOwner, type Client, tokensFor } from './support.ts';

describe('line 67: a sign-out that is refused', function refused() {
  this.timeout(60_000);
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer();
    client = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());

  const logout = (agent: UserAgent, parameters: Record<string, string>, headers = {}) =>
    agent.get(`${server.issuer}/logout?${new URLSearchParams(parameters)}`, headers);
  const isSignedIn = async (agent: UserAgent) => (await agent.get(`${server.issuer}/account`)).status === 200;
  const buttonOf = ({ forms }: Page) => forms.find(({ action }) => action.endsWith('/account/sessions/end'));

  async function signedIn() {
    const agent = new UserAgent();
    const person = await server.addAccount({ name: 'Robin Reyes' });
    const tokens = await tokensFor(server, client, person, {}, agent);
    return { agent, hint: String(tokens.id_token) };
  }

  const WRONG: Record<string, (hint: string) => Record<string, string>> = {
    'a hint that is none': () => ({ id_token_hint: 'x.y.z' }),
    'a hint that is forged': (hint) => ({ id_token_hint: `${hint.slice(0, -8)}AAAAAAAA` }),
    'an address that is not registered': (hint) => ({
      id_token_hint: hint,
      post_logout_redirect_uri: 'https://evil.example/',
    }),
    'an application that is not known': () => ({ client_id: 'nobody' }),
    'a hint of another application than is named': (hint) => ({ id_token_hint: hint, client_id: 'nobody' }),
  };

  for (const [name, parametersOf] of Object.entries(WRONG)) {
    it(`for ${name}: says who is signed in, and signs out here, and only from this page`, async () => {
      const { agent, hint } = await signedIn();
      const page = await logout(agent, parametersOf(hint));
      expect([page.status, page.location]).to.deep.equal([400, undefined]);
      expect(page.body).to.include('You are still signed in here').and.include('Robin Reyes');
      expect(page.body).to.not.include('cannot sign in').and.not.include('evil.example');
      const button = buttonOf(page);
      if (button === undefined) throw new Error('no button');

      const { csrf: _csrf, ...without } = button.fields;
      const stranger = await signedIn();
      for (const [fields, headers] of [
        [{ ...without, csrf: 'guess' }, {}],
        [button.fields, { 'sec-fetch-site': 'cross-site' }],
        [button.fields, { origin: 'https://evil.example' }],
      ] as const) {
        expect((await agent.post(button.action, fields, headers)).status).to.equal(403);
      }
      expect((await stranger.agent.post(button.action, button.fields)).status).to.equal(403);
      expect(await isSignedIn(agent)).to.equal(true);

      const answer = await agent.post(button.action, button.fields);
      expect(answer.location).to.equal(`${server.issuer}/logout/success`);
      expect((await agent.post(button.action, button.fields)).location).to.equal(answer.location);
      expect((await agent.follow(answer)).body).to.include('You are signed out');
      expect(await isSignedIn(agent)).to.equal(false);
      expect(await isSignedIn(stranger.agent)).to.equal(true);
    });

    it(`for ${name}: says to nobody that nobody is signed in`, async () => {
      const { hint } = await signedIn();
      const page = await logout(new UserAgent(), parametersOf(hint));
      expect(page.status).to.equal(400);
      expect(page.body).to.include('You are not signed in here').and.not.include('Robin Reyes');
      expect(page.forms).to.deep.equal([]);
    });
  }

  it('of a program is JSON', async () => {
    const { agent } = await signedIn();
    const answer = await logout(agent, { id_token_hint: 'x.y.z' }, { accept: 'application/json' });
    expect(JSON.parse(answer.body).error).to.equal('invalid_request');
  });

  it('by a form that is out of date asks nothing of the application', async () => {
    const { agent } = await signedIn();
    const page = await logout(agent, {});
    await logout(agent, {});
    const refused = await agent.submit(page, { logout: 'yes' }, '/confirm');
    expect(refused.status).to.equal(400);
    expect(refused.body).to.include('asked again in another tab');
    expect(buttonOf(refused)).to.not.equal(undefined);
  });

  it('by a fault of ours is told as one, and never as done', async () => {
    const { agent } = await signedIn();
    const page = await logout(agent, {});
    await asOwner(server, (owner) => owner.query('alter table oidc_artifacts rename to broken'));
    let answer: Page;
    try {
      answer = await agent.submit(page, { logout: 'yes' }, '/confirm');
    } finally {
      await asOwner(server, (owner) => owner.query('alter table broken rename to oidc_artifacts'));
    }
    expect([answer.status, answer.location]).to.deep.equal([500, undefined]);
    expect(answer.body).to.not.include('You are signed out');
    expect(await isSignedIn(agent)).to.equal(true);
  });

  it('a second click leads where the first did, and to no address that comes with the form', async () => {
    const { agent, hint } = await signedIn();
    const [after] = WEB_CLIENT.post_logout_redirect_uris;
    const page = await logout(agent, { id_token_hint: hint, post_logout_redirect_uri: String(after) });
    const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
    const fields = { ...form?.fields, logout: 'yes' };
    expect((await agent.post(String(form?.action), fields)).location).to.equal(after);
    const again = await agent.follow(await agent.post(String(form?.action), fields));
    expect(again.body).to.include('You are signed out').and.not.include('data-submit');
    expect((await agent.submit(again, {})).location).to.equal(after);

    for (const way of [
      'https://evil.example/',
      '//evil.example/logout?x',
      '/logout?x\r\nSet-Cookie: a=b',
      '/logout?post_logout_redirect_uri=https://evil.example/',
      '/account/sessions/end',
    ]) {
      const answer = await new UserAgent().post(String(form?.action), { ...fields, again: way });
      expect(answer.location, way).to.equal(`${server.issuer}/logout/success`);
    }
    const hostile = `/logout?${new URLSearchParams({ client_id: String(client.client_id), post_logout_redirect_uri: 'https://evil.example/' })}`;
    const end = await agent.follow(await agent.post(String(form?.action), { ...fields, again: hostile }));
    expect(end.status).to.equal(400);
    expect(end.body).to.not.include('evil.example');
  });
});
