import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { asFixture } from '../support/evidence/fixture.ts';
import { at, guess } from '../support/guessing.ts';
import { auditTrail, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { type Settings, startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const OLD = 'a-cookie-key-for-tests-that-is-long-enough';
const NEW = `another-${randomBytes(16).toString('hex')}`;
/** The steps of a rotation over several nodes: known everywhere, then in front, then alone. */
const [PREPARED, ROTATED, DONE]: Settings[] = [`${OLD},${NEW}`, `${NEW},${OLD}`, NEW].map((keys) => ({
  COOKIE_KEYS: keys,
}));
const YEAR_MS = 365 * 86_400_000;

describe('rotating COOKIE_KEYS', function rotation() {
  this.timeout(120_000);
  let server: TestServer;
  let client: HandClient;
  let person: Person;

  beforeEach(async () => {
    server = await startTestServer({ settings: { MAX_FAILED_LOGIN_ATTEMPTS: '5', ...PREPARED } });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    person = await server.addAccount();
  });
  afterEach(() => server.stop());

  async function withSecond<T>(settings: Settings | undefined, work: (node: TestServer) => Promise<T>) {
    const node = await server.secondNode(settings);
    try {
      return await work(node);
    } finally {
      await node.stop();
    }
  }
  const signInAt = async (node: TestServer, agent: UserAgent, given: { email: string; password: string }) => {
    const started = await agent.get(at(node, client.authorizeUrl({ prompt: 'login' })));
    return guess(agent, await agent.get(at(node, String(started.location))), given, node);
  };
  const wrong = () => ({ email: person.email, password: 'not the password' });
  const digests = async () =>
    (await auditTrail(server))
      .filter(({ type }) => type === 'sign_in.failed')
      .map(({ details }) => (details as { identifierDigest?: string }).identifierDigest);

  for (const [how, settings] of [
    ['with the old keys besides', ROTATED],
    ['with the new key alone', DONE],
  ] as const) {
    it(`${how}, frees no lock, and the trail keeps the name of what was typed`, async () => {
      for (let failures = 0; failures < 5; failures += 1) await signInAt(server, new UserAgent(), wrong());
      server = await server.restart(settings);
      const page = await signInAt(server, new UserAgent(), person);
      expect(page.status).to.equal(401);
      expect(page.body).to.include('is locked');
      await asFixture(server.app.database, (tx) =>
        server.app.protection.lockout.unlock(tx, { id: person.id, identifier: person.email }),
      );
      expect((await signInAt(server, new UserAgent(), wrong())).status).to.equal(401);
      const names = new Set(await digests());
      expect([...names], 'one name before and after').to.have.length(1);
    });

    it(`${how}, keeps one count of failures over a node with the old order and one with the new`, async () => {
      await withSecond(settings, async (node) => {
        for (let turn = 0; turn < 2; turn += 1) {
          await signInAt(server, new UserAgent(), wrong());
          await signInAt(node, new UserAgent(), wrong());
        }
        expect((await signInAt(server, new UserAgent(), wrong())).body).to.include('is locked');
        expect((await signInAt(node, new UserAgent(), person)).body).to.include('is locked');
      });
    });
  }

  it('keeps one budget of a rate limit over both', async () => {
    const limits = { RATE_LIMIT_SIGN_IN_PER_IDENTIFIER: '4' };
    server = await server.restart(limits);
    await withSecond({ ...ROTATED, ...limits }, async (node) => {
      const statuses: number[] = [];
      for (let turn = 0; turn < 5; turn += 1) {
        const at = turn % 2 === 0 ? server : node;
        statuses.push((await signInAt(at, new UserAgent(), wrong())).status);
      }
      expect(statuses).to.deep.equal([401, 401, 401, 401, 429]);
    });
  });

  const cookieOf = async (agent: UserAgent, name: string) =>
    (await agent.jar.getCookies(server.issuer)).find(({ key }) => key === name);
  const isSignedIn = async (agent: UserAgent) => {
    const url = client.authorizeUrl({ prompt: 'none' });
    const { location } = await agent.get(url);
    return new URL(String(location)).searchParams.has('code');
  };
  const signedIn = async () => {
    const agent = new UserAgent();
    await agent.follow(await signInAt(server, agent, person), (url) => url.startsWith('http://127.0.0.1'));
    expect(await isSignedIn(agent)).to.equal(true);
    return agent;
  };

  it('keeps people signed in while the old key is in the list, at the node of either order', async () => {
    const agent = await signedIn();
    await withSecond(ROTATED, async (node) => {
      const fresh = await agent.get(at(node, client.authorizeUrl({ prompt: 'none' })));
      expect(new URL(String(fresh.location)).searchParams.has('code')).to.equal(true);
      // What that node has signed is known here, too.
      expect(await isSignedIn(agent)).to.equal(true);
    });
    server = await server.restart(ROTATED);
    expect(await isSignedIn(agent)).to.equal(true);
    server = await server.restart(DONE);
    expect(await isSignedIn(agent), 'signed anew at the visit before').to.equal(true);
  });

  it('keeps devices known, whose mark is signed anew for a year at their next visit', async () => {
    const agent = await signedIn();
    server = await server.restart(ROTATED);
    // Looks at the page, and does not sign in.
    await agent.open(client.authorizeUrl({ prompt: 'login' }));
    const name = 'gatehouse_device';
    for (const each of [name, `${name}.sig`]) {
      const cookie = await cookieOf(agent, each);
      expect(cookie?.TTL(), `${each} lasts`).to.be.within(YEAR_MS - 60_000, YEAR_MS);
      expect(cookie).to.include({ httpOnly: true, sameSite: 'lax', path: '/' });
    }
    server = await server.restart(DONE);
    for (let failures = 0; failures < 5; failures += 1) await signInAt(server, new UserAgent(), wrong());
    expect((await signInAt(server, new UserAgent(), person)).status, 'locked for others').to.equal(401);
    expect((await signInAt(server, agent, person)).status, 'not at the known device').to.equal(303);
  });

  it('changes no other cookie by itself: none is left for the browser session or another path', async () => {
    const agent = await signedIn();
    server = await server.restart(ROTATED);
    const account = await agent.get(`${server.issuer}/account`);
    expect(account.status).to.be.oneOf([200, 303]);
    const signatures = (account.headers.getSetCookie() ?? []).filter((line) => /\.sig=/.test(line));
    expect(signatures.filter((line) => !line.includes('gatehouse_device'))).to.deep.equal([]);
  });

  it('takes a form that was open before', async () => {
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl({ prompt: 'login' }));
    server = await server.restart(ROTATED);
    expect((await guess(agent, page, person)).status).to.equal(303);
  });
});
