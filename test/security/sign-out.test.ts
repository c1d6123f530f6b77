import { expect } from 'chai';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { type Client, tokensFor } from './support.ts';

const BACK = WEB_CLIENT.post_logout_redirect_uris[0] as string;

describe('line 67: nobody is signed out without being asked', () => {
  let server: TestServer;
  let client: Client;
  let other: Client;

  before(async () => {
    server = await startTestServer();
    client = await server.addClient(WEB_CLIENT);
    other = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());

  async function signedIn() {
    const agent = new UserAgent();
    const tokens = await tokensFor(server, client, await server.addAccount(), {}, agent);
    const isSignedIn = async () => (await agent.get(`${server.issuer}/account`)).status === 200;
    const logout = (parameters: Record<string, string>) =>
      agent.get(`${server.issuer}/logout?${new URLSearchParams(parameters)}`);
    return { agent, tokens, isSignedIn, logout };
  }

  it('a link or a picture on another site does nothing but ask, with and without a hint', async () => {
    const { tokens, isSignedIn, logout } = await signedIn();
    for (const parameters of [
      {},
      { id_token_hint: String(tokens.id_token) },
      { id_token_hint: String(tokens.id_token), post_logout_redirect_uri: BACK },
      { client_id: String(client.client_id), post_logout_redirect_uri: BACK },
      { logout: 'yes', xsrf: '' },
      { logout: 'yes', xsrf: 'undefined' },
    ]) {
      const page = await logout(parameters as Record<string, string>);
      expect(page.status).to.equal(200);
      expect(page.location).to.equal(undefined);
      expect(await isSignedIn()).to.equal(true);
    }
  });

  it('a hint that is not for this client, of another person or broken signs nobody out', async () => {
    const { agent, isSignedIn, logout } = await signedIn();
    const stranger = await signedIn();
    for (const parameters of [
      { id_token_hint: 'x.y.z' },
      { id_token_hint: String(stranger.tokens.access_token) },
      { id_token_hint: String(stranger.tokens.id_token), client_id: String(other.client_id) },
    ]) {
      expect((await logout(parameters as Record<string, string>)).status).to.equal(400);
    }
    const page = await logout({ id_token_hint: String(stranger.tokens.id_token) });
    expect(page.status).to.equal(200);
    expect(await isSignedIn()).to.equal(true);
    await agent.submit(page, { logout: 'yes' });
    expect(await stranger.isSignedIn()).to.equal(true);
  });

  it('the way back leads to registered addresses of the client that is named, and nowhere else', async () => {
    const { tokens, logout } = await signedIn();
    const hint = { id_token_hint: String(tokens.id_token) };
    for (const uri of [
      'https://evil.example/',
      `${BACK}/`,
      `${BACK}?next=https://evil.example`,
      `${BACK}.evil.example`,
      REDIRECT_URI,
      'javascript:alert(1)',
      '//evil.example',
    ]) {
      const { status, location, body } = await logout({ ...hint, post_logout_redirect_uri: uri });
      expect(status, uri).to.equal(400);
      expect(location, uri).to.equal(undefined);
      expect(body, uri).not.to.contain('evil.example');
    }
  });

  it('without a client no way back is taken at all', async () => {
    const { agent, logout } = await signedIn();
    const page = await logout({ post_logout_redirect_uri: 'https://evil.example/' });
    const end = await agent.follow(await agent.submit(page, { logout: 'yes' }));
    expect(end.status).to.equal(200);
    expect(end.body).not.to.contain('evil.example');
  });

  it('the confirmation of one browser does not sign out another', async () => {
    const [one, two] = [await signedIn(), await signedIn()];
    const page = await one.logout({});
    await two.logout({});
    const form = page.forms.find(({ action }) => action.endsWith('/logout/confirm'));
    const answer = await two.agent.post(String(form?.action), { ...form?.fields, logout: 'yes' });
    expect(answer.status).to.equal(400);
    expect(await two.isSignedIn()).to.equal(true);
  });
});
