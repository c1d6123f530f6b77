import { expect } from 'chai';
import { type HandClient, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { type Settings, startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { UserAgent } from '../support/user-agent.ts';

/** Whether a session that begins with these headers is held to be at a shared workstation. */
async function isShared(server: TestServer, client: HandClient, headers: Record<string, string>) {
  const person = await server.addAccount();
  await tokensFor(client, person, {}, new UserAgent(headers));
  const [session] = await sessionsOf(server, person.id);
  return session?.shared;
}

const serve = async (settings: Settings) => {
  const server = await startTestServer({ settings });
  return { server, client: handClient(server.issuer, await server.addClient(WEB_CLIENT)) };
};

describe('line 66: a shared workstation is known by its address, whatever a request says of that', function addresses() {
  this.timeout(60_000);

  it('nobody who connects directly leaves its network by a header', async () => {
    const { server, client } = await serve({ SHARED_WORKSTATION_NETWORKS: '127.0.0.0/8, ::1' });
    try {
      const forgeries: Record<string, string>[] = [
        {},
        { 'x-forwarded-for': '203.0.113.99' },
        { forwarded: 'for=203.0.113.99', 'x-real-ip': '203.0.113.99', 'true-client-ip': '203.0.113.99' },
      ];
      for (const headers of forgeries) expect(await isShared(server, client, headers)).to.equal(true);
    } finally {
      await server.stop();
    }
  });

  it('behind a proxy the address that it saw counts, not what its client had written before', async () => {
    const { server, client } = await serve({
      TRUSTED_PROXIES: '127.0.0.1,::1',
      SHARED_WORKSTATION_NETWORKS: '10.20.0.0/16, fd00:20::/32',
    });
    try {
      const cases: [forwarded: string, shared: boolean][] = [
        ['203.0.113.99, 10.20.255.255', true],
        ['203.0.113.99, ::ffff:10.20.0.1', true],
        ['fd00:20::1', true],
        ['10.20.0.1, 203.0.113.99', false],
        ['10.21.0.0', false],
        ['fd00:21::1', false],
      ];
      for (const [address, shared] of cases) {
        const headers = { 'x-forwarded-for': address };
        expect(await isShared(server, client, headers), address).to.equal(shared);
      }
    } finally {
      await server.stop();
    }
  });

  it('and a session stays one of it after a restart', async () => {
    const settings = { TRUSTED_PROXIES: '127.0.0.1,::1', SHARED_WORKSTATION_NETWORKS: '10.20.0.0/16' };
    let { server, client } = await serve(settings);
    try {
      const person = await server.addAccount();
      const agent = new UserAgent({ 'x-forwarded-for': '10.20.0.1' });
      await tokensFor(client, person, {}, agent);
      server = await server.restart();
      const page = await agent.get(`${server.issuer}/account`, { 'x-forwarded-for': '203.0.113.99' });
      expect(page.body).to.include('Switch person');
      const [session] = await sessionsOf(server, person.id);
      expect(session).to.include({ shared: true });
    } finally {
      await server.stop();
    }
  });
});
