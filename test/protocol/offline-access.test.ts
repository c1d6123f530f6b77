import { expect } from 'chai';
import { authorize, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

type Parameters = Record<string, string | undefined>;

/** Offline access without `prompt=consent` (OpenID Connect Core, section 11: "unless other conditions …"). */
describe('offline_access without prompt=consent', () => {
  let server: TestServer;
  let person: Person;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount();
  });
  after(() => server.stop());

  const register = async (metadata: object): Promise<HandClient> =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...metadata }));

  /** The scope that the client gets, and whether its refresh token is good after the person has signed out. */
  async function outcome(client: HandClient, url: string) {
    const agent = new UserAgent();
    const page = await authorize(agent, url, person);
    const { body } = await client.redeem(String(page.location));
    const out = await agent.open(`${server.issuer}/logout`);
    await agent.follow(await agent.submit(out, { logout: 'yes' }, '/confirm'));
    const { status } = await client.refresh(body.refresh_token);
    return [body.scope, status];
  }
  const pushed = async (client: HandClient, parameters: Parameters) => {
    const { body } = await client.post('/par', client.parameters(parameters));
    const query = { client_id: client.id, request_uri: body.request_uri };
    return `${server.issuer}/authorize?${new URLSearchParams(query)}`;
  };

  const ASKED = { scope: 'openid offline_access email' };
  const KEPT = ['openid email offline_access', 200];
  const LOST = ['openid email', 400];

  it('is given to an application of the organisation itself that may have it', async () => {
    const client = await register({ offline_access: true });
    expect(await outcome(client, client.authorizeUrl(ASKED))).to.deep.equal(KEPT);
    expect(await outcome(client, await pushed(client, ASKED)), 'pushed').to.deep.equal(KEPT);
    const listed = await register({ offline_access: true, scope: 'openid email offline_access' });
    expect(await outcome(listed, listed.authorizeUrl(ASKED)), 'listed').to.deep.equal(KEPT);
    expect(await outcome(client, client.authorizeUrl({ ...ASKED, prompt: 'login' }))).to.deep.equal(KEPT);
  });

  it('is given to a request that is posted, and in silence to who is signed in', async () => {
    const client = await register({ offline_access: true });
    const agent = new UserAgent();
    await authorize(agent, client.authorizeUrl(), person);
    const posted = await agent.follow(
      await agent.post(`${server.issuer}/authorize`, client.parameters({ ...ASKED, prompt: 'none' })),
    );
    const { body } = await client.redeem(String(posted.location));
    expect(body.scope).to.equal(KEPT[0]);
  });

  it('is given to nobody who has not asked, or whose administrator has not allowed it', async () => {
    const client = await register({ offline_access: true });
    expect(await outcome(client, client.authorizeUrl({ scope: 'openid email' }))).to.deep.equal(LOST);
    const other = await register({});
    expect(await outcome(other, other.authorizeUrl(ASKED))).to.deep.equal(LOST);
  });

  it('is given to an application of somebody else only where its person is asked', async () => {
    const partner = await register({ first_party: false, offline_access: true });
    expect(await outcome(partner, partner.authorizeUrl(ASKED))).to.deep.equal(LOST);
    expect(await outcome(partner, await pushed(partner, ASKED)), 'pushed').to.deep.equal(LOST);
    const asked = { ...ASKED, prompt: 'consent' };
    expect(await outcome(partner, partner.authorizeUrl(asked))).to.deep.equal(KEPT);
  });

  it('cannot be slipped in beside a pushed request that does not have it', async () => {
    const client = await register({ offline_access: true });
    const url = `${await pushed(client, { scope: 'openid email' })}&scope=openid+offline_access+email`;
    expect(await outcome(client, url)).to.deep.equal(LOST);
  });
});
