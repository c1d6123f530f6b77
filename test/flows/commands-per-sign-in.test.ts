import { expect } from 'chai';
import { type CommandCounter, countCommands } from '../support/command-counter.ts';
import { addApp, typeCode, typePassword } from '../support/factors.ts';
import { DEFAULT_LIMITS } from '../support/limits.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { authorize, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** From the authorization request to the tokens. */
const AT_MOST = 18;
const AT_MOST_WITH_A_CODE = 24;

describe('commands to PostgreSQL in a complete sign-in', function commands() {
  this.timeout(60_000);
  let database: TestDatabase;
  let counter: CommandCounter;
  let server: TestServer;
  let client: HandClient;
  let hosts = 0;

  before(async () => {
    database = await createTestDatabase();
    counter = await countCommands(database.serverUrl);
    server = await startTestServer({
      settings: { ...DEFAULT_LIMITS, TRUSTED_PROXIES: '127.0.0.1,::1', DATABASE_URL: counter.url },
    });
    // What the server does unasked, every few seconds, is no part of a sign-in.
    await server.app.jobs.stop(1_000);
    client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));
    // Fills the caches and prepares the statements.
    for (let warm = 0; warm < 4; warm += 1) await signIn(newBrowser(), await server.addAccount());
  });
  after(async () => {
    await server.stop();
    await counter.close();
    await database.drop();
  });

  function newBrowser(): UserAgent {
    hosts += 1;
    return new UserAgent({ 'x-forwarded-for': `198.51.100.${hosts}` });
  }

  /** How many commands it took. */
  async function signIn(agent: UserAgent, person: Person): Promise<number> {
    const before = counter.commands();
    const page = await authorize(agent, client.authorizeUrl(), person);
    const { status } = await client.redeem(String(page.location));
    expect(status).to.equal(200);
    return counter.commands() - before;
  }

  it(`are ${AT_MOST} at most, lockout and rate limits included`, async () => {
    const person = await server.addAccount();
    expect(await signIn(newBrowser(), person)).to.be.at.most(AT_MOST);
  });

  it('are as few on a device that is known', async () => {
    const person = await server.addAccount();
    const agent = newBrowser();
    await signIn(agent, person);
    const next = newBrowser();
    for (const cookie of await agent.jar.getCookies(server.issuer)) {
      if (cookie.key.startsWith('gatehouse_device')) {
        await next.jar.setCookie(cookie.cookieString(), server.issuer);
      }
    }
    expect(await signIn(next, person)).to.be.at.most(AT_MOST);
  });

  it(`are ${AT_MOST_WITH_A_CODE} at most with the code of an app`, async () => {
    for (const person of [await server.addAccount(), await server.addAccount()]) {
      const app = await addApp(server, person);
      const agent = newBrowser();
      const before = counter.commands();
      const asked = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
      const page = await agent.follow(await typeCode(agent, asked, app.code()));
      const { status } = await client.redeem(String(page.location));
      expect(status).to.equal(200);
      expect(counter.commands() - before).to.be.at.most(AT_MOST_WITH_A_CODE);
    }
  });

  it('are one for userinfo, and one for introspection', async () => {
    const page = await authorize(newBrowser(), client.authorizeUrl(), await server.addAccount());
    const { access_token: token } = (await client.redeem(String(page.location))).body;
    const before = counter.commands();
    expect((await client.userinfo(token)).status).to.equal(200);
    expect(counter.commands() - before).to.equal(1);
    expect((await client.post('/token/introspect', { token })).body.active).to.equal(true);
    expect(counter.commands() - before).to.equal(2);
  });

  it('are no more for JWT access tokens than for opaque ones, and one to look at a status list', async () => {
    const resource = 'https://records.example.org';
    await server.addResource({ identifier: resource, name: 'Records', scopes: ['read'] });
    const registration = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
    const service = handClient(server.issuer, await server.addClient(registration));
    const during = async (work: () => Promise<unknown>) => {
      const before = counter.commands();
      await work();
      return counter.commands() - before;
    };
    const person = await server.addAccount();
    const redeem = async (parameters: Record<string, string>) => {
      const agent = newBrowser();
      const page = await authorize(agent, client.authorizeUrl({ scope: 'openid read', resource }), person);
      return during(async () => {
        expect((await client.redeem(String(page.location), parameters)).status).to.equal(200);
      });
    };
    const ofService = (parameters = {}) =>
      during(async () => {
        const fields = { grant_type: 'client_credentials', ...parameters };
        expect((await service.post('/token', fields)).status).to.equal(200);
      });
    // The first takes a block of places on a list for the next thousand.
    await ofService({ resource });
    expect(await ofService({ resource })).to.be.at.most(await ofService());
    expect(await redeem({ resource })).to.be.at.most(await redeem({}));
    const list = `${server.issuer}/status-lists/0`;
    expect(await during(() => fetch(list))).to.equal(1);
    const {
      tokens: { statuses },
    } = server.app;
    const looks = () => Promise.all(Array.from({ length: 20 }, () => statuses.revokedOf(0)));
    expect(await during(looks), 'at the same moment').to.be.at.most(2);
  });

  it('are none for discovery and keys', async () => {
    const documents = ['/.well-known/openid-configuration', '/jwks'];
    const fetchAll = () => Promise.all(documents.map((path) => fetch(`${server.issuer}${path}`)));
    await fetchAll();
    const before = counter.commands();
    await fetchAll();
    expect(counter.commands() - before).to.equal(0);
  });

  it('are two at most for parallel lookups of the same moment', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => server.addAccount()));
    const before = counter.commands();
    const found = await Promise.all(people.map(({ id }) => server.app.accounts.store.findById(id)));
    expect(found.map((account) => account?.email)).to.deep.equal(people.map(({ email }) => email));
    expect(counter.commands() - before).to.be.at.most(2);
  });
});
