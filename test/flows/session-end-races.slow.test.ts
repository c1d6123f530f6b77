import { expect } from 'chai';
import { callbackOf, type HandClient, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const ROUNDS = 15;

describe('a session that ends while applications begin to use it', function () {
  this.timeout(120_000);
  let nodes: TestServer[];
  let first: HandClient;
  let others: HandClient[];

  before(async () => {
    const server = await startTestServer();
    nodes = [server, await server.secondNode()];
    // What is to be told is looked at, not delivered.
    for (const { app } of nodes) await app.jobs.stop(1_000);
    const register = async () =>
      handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, backchannel_logout_uri: 'http://127.0.0.1:9/' }),
      );
    first = await register();
    others = await Promise.all([1, 2, 3, 4].map(register));
  });
  after(async () => {
    for (const node of nodes.toReversed()) await node.stop();
  });

  /** A browser with the same cookies, as another tab has them. */
  async function tabOf(agent: UserAgent, issuer: string): Promise<UserAgent> {
    const tab = new UserAgent();
    for (const cookie of await agent.jar.getCookies(issuer)) await tab.jar.setCookie(cookie, issuer);
    return tab;
  }

  /** A person with two tabs or more: `end` in one, and in each of the others an application begins. */
  async function race(
    end: (agent: UserAgent, accountId: string) => Promise<() => Promise<unknown>>,
    pause: number,
  ) {
    const [server] = nodes as [TestServer];
    const person = await server.addAccount();
    const agent = new UserAgent();
    await tokensFor(first, person, {}, agent);
    const ending = await end(agent, person.id);
    const tabs = await Promise.all(others.map(() => tabOf(agent, server.issuer)));
    const begin = async (client: HandClient, index: number): Promise<void> => {
      const asked = index % 2 === 0 ? { prompt: 'none' } : {};
      const page = await (tabs[index] as UserAgent).get(client.authorizeUrl(asked));
      expect(page.status).to.be.below(500);
      if (page.location?.includes('code=')) await client.redeem(String(callbackOf(page).get('code')));
    };
    await Promise.all([
      new Promise((resolve) => setTimeout(resolve, pause)).then(ending),
      ...others.map(begin),
    ]);
    return person;
  }

  /** Clients of sessions that ended which are not to be told. */
  const untold = async (accountId: string) =>
    (nodes[0] as TestServer).app.database.query(
      `select client.client_id from session_clients client join sessions on sessions.uid = client.session_uid
       where sessions.account_id = $1 and (sessions.ended_at is null or not exists (
         select 1 from logout_deliveries told where told.client_id = client.client_id and told.sid = client.sid))`,
      [accountId],
    );

  it('by sign-out: each of them is told, or has not begun', async () => {
    const { issuer } = nodes[0] as TestServer;
    for (let round = 0; round < ROUNDS; round += 1) {
      const person = await race(
        async (agent) => {
          const page = await agent.open(`${issuer}/logout`);
          const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
          const fields = { xsrf: String(form?.fields.xsrf), logout: 'yes' };
          return async () => {
            expect((await agent.post(String(form?.action), fields)).status).to.equal(303);
          };
        },
        (round * 7) % 60,
      );
      expect(await untold(person.id), `round ${round}`).to.deep.equal([]);
    }
  });

  it('by somebody else, at another node', async () => {
    const { app } = nodes[1] as TestServer;
    for (let round = 0; round < ROUNDS; round += 1) {
      const person = await race(
        async (_agent, accountId) => () =>
          app.database.transaction((tx) =>
            app.lifecycle.access.endAll(tx, accountId, 'ended_by_administrator', {
              actor: { kind: 'system' },
            }),
          ),
        (round * 7) % 60,
      );
      expect(await untold(person.id), `round ${round}`).to.deep.equal([]);
    }
  });
});
