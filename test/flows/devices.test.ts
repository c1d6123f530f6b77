import { expect } from 'chai';
import { guess } from '../support/guessing.ts';
import { auditTrail, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const COOKIE = 'gatehouse_device';
const YEAR = 365 * 86_400;

describe('known devices', function devices() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  let person: Person;

  before(async () => {
    server = await startTestServer({ settings: { MAX_FAILED_LOGIN_ATTEMPTS: '5' } });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount();
  });

  async function tryOnce(
    agent: UserAgent,
    given: { email: string; password: string } = person,
  ): Promise<Page> {
    return guess(agent, await agent.open(client.authorizeUrl({ prompt: 'login' })), given);
  }
  const wrong = (email = person.email) => ({ email, password: 'not the password' });
  const cookieOf = async (agent: UserAgent) =>
    (await agent.jar.getCookies(server.issuer)).find(({ key }) => key === COOKIE);
  const knownTo = async (account: string) => (await server.app.signIn.devices.list(account)).length;
  const added = async () =>
    (await auditTrail(server)).filter(({ type, account }) => type === 'device.added' && account === person.id)
      .length;

  async function lockOut(agent = new UserAgent()): Promise<void> {
    for (let failures = 0; failures < 5; failures += 1) await tryOnce(agent, wrong());
    expect((await tryOnce(agent)).status).to.equal(401);
  }

  it('come to be known by a sign-in, and by nothing else', async () => {
    const agent = new UserAgent();
    await tryOnce(agent, wrong());
    expect(await cookieOf(agent)).to.equal(undefined);
    await tryOnce(agent);
    const cookie = await cookieOf(agent);
    expect(cookie).to.include({ httpOnly: true, sameSite: 'lax', path: '/' });
    expect(cookie?.TTL()).to.be.within((YEAR - 60) * 1000, YEAR * 1000);
    expect(await knownTo(person.id)).to.equal(1);
    expect(await added()).to.equal(1);
  });

  it('keep their id, and are new once', async () => {
    const agent = new UserAgent();
    await tryOnce(agent);
    const first = await cookieOf(agent);
    await tryOnce(agent);
    expect((await cookieOf(agent))?.value).to.equal(first?.value);
    expect(await knownTo(person.id)).to.equal(1);
    expect(await added()).to.equal(1);
    await tryOnce(new UserAgent());
    expect(await knownTo(person.id)).to.equal(2);
    expect(await added()).to.equal(2);
  });

  it('are not locked out by the failures of strangers, nor by those of another known device', async () => {
    const [mine, other] = [new UserAgent(), new UserAgent()];
    await tryOnce(mine);
    await tryOnce(other);
    await lockOut();
    expect((await tryOnce(mine)).status).to.equal(303);
    await lockOut(other);
    expect((await tryOnce(mine)).status).to.equal(303);
    expect((await tryOnce(new UserAgent())).status, 'everybody else stays locked').to.equal(401);
  });

  it('are locked by their own failures', async () => {
    const agent = new UserAgent();
    await tryOnce(agent);
    await lockOut(agent);
    const [started] = (await auditTrail(server)).filter(
      ({ type, account }) => type === 'lockout.started' && account === person.id,
    );
    expect(started?.details).to.include({ device: true });
    expect(started?.details).not.to.have.property('identifierDigest');
    expect((await tryOnce(new UserAgent())).status, 'and lock out nobody else').to.equal(303);
  });

  it('are known for the people that they have signed in, not for others', async () => {
    const agent = new UserAgent();
    await tryOnce(agent);
    const somebody = await server.addAccount();
    for (let failures = 0; failures < 5; failures += 1) await tryOnce(new UserAgent(), wrong(somebody.email));
    expect((await tryOnce(agent, somebody)).status).to.equal(401);
  });

  it('are not believed without our signature', async () => {
    const mine = new UserAgent();
    await tryOnce(mine);
    const { value } = (await cookieOf(mine)) as { value: string };
    await lockOut();
    const forged = new UserAgent();
    await forged.jar.setCookie(`${COOKIE}=${value}; path=/`, server.issuer);
    expect((await tryOnce(forged)).status, 'no signature').to.equal(401);
    await forged.jar.setCookie(`${COOKIE}.sig=${'A'.repeat(27)}; path=/`, server.issuer);
    expect((await tryOnce(forged)).status, 'another signature').to.equal(401);
  });

  it('do not carry a sign-in: the cookie alone opens nothing', async () => {
    const agent = new UserAgent();
    await agent.follow(await tryOnce(agent), (url) => url.startsWith('https://rp.'));
    const thief = new UserAgent();
    for (const cookie of await agent.jar.getCookies(server.issuer)) {
      if (cookie.key.startsWith(COOKIE)) await thief.jar.setCookie(cookie.cookieString(), server.issuer);
    }
    expect(await cookieOf(thief)).not.to.equal(undefined);
    expect((await thief.get(`${server.issuer}/account`)).status).to.equal(303);
  });

  it('are forgotten on demand', async () => {
    const agent = new UserAgent();
    await tryOnce(agent);
    await server.app.signIn.devices.forgetAll(server.app.database, person.id);
    await lockOut();
    expect((await tryOnce(agent)).status).to.equal(401);
  });
});
