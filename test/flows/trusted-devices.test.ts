import { expect } from 'chai';
import { decodeJwt } from 'jose';
import type { Account } from '../../src/domain/accounts/store.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { callbackOf, type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

type Someone = Account & { password: string };

describe('a trusted device', () => {
  let server: TestServer;
  let client: HandClient;
  let person: Someone;

  before(async () => {
    server = await startTestServer({
      settings: { SECOND_FACTOR_POLICY: 'required', TRUSTED_DEVICE_DAYS: '7' },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  /** The browser of somebody who has had it trusted, signed out. */
  async function trusting() {
    person = await server.addAccount();
    const app = await addApp(server, person);
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
    await agent.follow(await typeCode(agent, page, await app.fresh(), { trust: true }));
    const kept = new UserAgent();
    for (const cookie of await agent.jar.getCookies(server.issuer)) {
      if (cookie.key.startsWith('gatehouse_device'))
        await kept.jar.setCookie(cookie.cookieString(), server.issuer);
    }
    return kept;
  }
  const signIn = async (agent: UserAgent, parameters: Record<string, string> = {}) =>
    typePassword(agent, await agent.open(client.authorizeUrl(parameters)), person);

  it('is asked for the password only, and that is what clients are told', async () => {
    const page = await signIn(await trusting());
    const { body } = await client.redeem(String(page.location));
    expect(decodeJwt(body.id_token)).to.deep.include({ acr: 'aal1', amr: ['pwd'] });
  });

  it('stays asked for where the code was wrong, and only there', async () => {
    person = await server.addAccount();
    await addApp(server, person);
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
    const ticked = /<input[^>]*name="trust"[^>]* checked/;
    expect(page.body).not.to.match(ticked);
    const wrong = await typeCode(agent, page, 'no code', { trust: true });
    expect(wrong.status).to.equal(400);
    expect(wrong.body).to.match(ticked);
    expect((await typeCode(agent, wrong, 'no code')).body).not.to.match(ticked);
  });

  it('counts nowhere else', async () => {
    await trusting();
    expect(asksFor(await signIn(new UserAgent()))).to.equal('totp');
  });

  it('meets neither a level nor max_age=0', async () => {
    const agent = await trusting();
    expect(asksFor(await signIn(agent, { acr_values: 'aal2' }))).to.equal('totp');
    expect(asksFor(await signIn(agent, { max_age: '0' }))).to.equal('totp');
  });

  it('is nobody else’s', async () => {
    const agent = await trusting();
    person = await server.addAccount();
    await addApp(server, person);
    expect(asksFor(await signIn(agent))).to.equal('totp');
  });

  it('is asked again when it was revoked, within the session too', async () => {
    const agent = await trusting();
    const page = await signIn(agent);
    expect(callbackOf(page).has('code')).to.equal(true);
    const silent = client.authorizeUrl({ prompt: 'none' });
    expect(callbackOf(await agent.open(silent)).has('code')).to.equal(true);
    await fixture(server.app.database, 'delete from trusted_devices where account_id = $1', [person.id]);
    expect(callbackOf(await agent.open(silent)).get('error')).to.equal('login_required');
    expect(asksFor(await agent.open(client.authorizeUrl()))).to.equal('totp');
  });

  it('is none where nobody asked for it', async () => {
    person = await server.addAccount();
    const app = await addApp(server, person);
    const agent = new UserAgent();
    const page = await signIn(agent);
    await agent.follow(await typeCode(agent, page, await app.fresh()));
    const [row] = await server.app.database.query<{ n: number }>(
      'select count(*)::int as n from trusted_devices where account_id = $1',
      [person.id],
    );
    expect(row?.n).to.equal(0);
  });
});
