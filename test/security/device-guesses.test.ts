import { expect } from 'chai';
import { ADMIN_CLIENT_ID } from '../../src/oidc/admin-client.ts';
import { askForCodes, DEVICE_SIGN_IN, deviceClient, enterCode, poll } from '../support/device-sign-in.ts';
import { DEFAULT_LIMITS } from '../support/limits.ts';
import { eventsDuring, type HandClient } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** The code that people type is short: only few guesses are looked at (RFC 8628, sections 5.1 and 5.2). */
describe('guessing the codes of devices', () => {
  const travel = useTravel();
  let server: TestServer;
  let other: TestServer;
  let client: HandClient;

  before(async () => {
    server = await startTestServer({
      settings: { ...DEFAULT_LIMITS, ...DEVICE_SIGN_IN, TRUSTED_PROXIES: '127.0.0.1,::1' },
      replace: { clock: travel.clock },
    });
    other = await server.secondNode();
    client = await deviceClient(server);
  });
  after(async () => {
    await other.stop();
    await server.stop();
  });
  beforeEach(() => travel.pass(3_601));

  const from = (address: string) => new UserAgent({ 'x-forwarded-for': address });
  const isWrong = ({ body }: Page) => body.includes('This code is not right');
  const isPaused = ({ status, body }: Page) => status === 429 && body.includes('Too many codes were wrong');
  const isStale = ({ status, body }: Page) => status === 400 && body.includes('nothing was sent');
  const port = (node: TestServer) => node.app.config.server.port;
  /** The same form at another node, as a proxy would choose it. */
  const at = (node: TestServer, url: string) => url.replace(/:\d+/u, `:${port(node)}`);

  it('of 200 at the same moment, in one browser and over two nodes, five are looked at', async () => {
    const agent = from('203.0.113.1');
    const page = await agent.get(`${server.issuer}/device`);
    const [form] = page.forms;
    const { events, result } = await eventsDuring(server, () =>
      Promise.all(
        [...Array(200)].map((_, index) =>
          agent.post(at(index % 2 === 0 ? server : other, String(form?.action)), {
            ...form?.fields,
            user_code: `BBBBCC${'BCDFGHJKLMNPQRSTVWXZ'[index % 20]}${'BCDFGHJKLMNPQRSTVWXZ'[(index / 20) | 0]}`,
          }),
        ),
      ),
    );
    expect(result.filter(isWrong)).to.have.length(5);
    // The form of the others is out of date by the time it is read, or their turn came too late.
    expect(result.filter(isPaused).length + result.filter(isStale).length).to.equal(195);
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type === 'device_sign_in.code_refused')).to.have.length(5);
    // A right one is not looked at either, until the pause is over.
    const codes = await askForCodes(client);
    expect(isPaused(await enterCode(agent, server.issuer, codes.user_code))).to.equal(true);
  });

  it('browsers behind one address share its guesses, and one browser keeps its own wherever it is', async () => {
    const agents = [...Array(200)].map(() => from('2001:db8:7:7::1'));
    const pages = await Promise.all(agents.map((agent) => enterCode(agent, server.issuer, 'BBBBCCCC')));
    expect(pages.filter(isWrong)).to.have.length(5);
    expect(pages.filter(isPaused)).to.have.length(195);
    const neighbour = from('2001:db8:7:7:ffff::2');
    expect(isPaused(await enterCode(neighbour, other.issuer, 'BBBBCCCC'))).to.equal(true);

    const roaming = new UserAgent();
    const page = await roaming.get(`${server.issuer}/device`);
    const tries: Page[] = [];
    for (let index = 0; index < 6; index += 1) {
      const headers = { 'x-forwarded-for': `203.0.113.${100 + index}` };
      const fields = { ...page.forms[0]?.fields, user_code: 'BBBBCCCC' };
      const last = tries.at(-1)?.forms[0]?.fields;
      tries.push(
        await roaming.post(
          String(page.forms[0]?.action),
          { ...fields, ...last, user_code: 'BBBBCCCC' },
          headers,
        ),
      );
    }
    expect(tries.map(isWrong)).to.deep.equal([true, true, true, true, true, false]);
    expect(isPaused(tries[5] as Page)).to.equal(true);
    expect(tries[5]?.headers.get('retry-after')).to.match(/^\d+$/u);
    travel.pass(601);
    expect(isWrong(await enterCode(roaming, server.issuer, 'BBBBCCCC'))).to.equal(true);
  });

  it('a right code takes nothing: an office of many people signs in its devices from one address', async () => {
    for (let index = 0; index < 8; index += 1) {
      const codes = await askForCodes(client, {}, { 'x-forwarded-for': `203.0.113.${index}` });
      const page = await enterCode(from('198.51.100.9'), server.issuer, codes.user_code);
      expect(page.url, String(index)).to.include('/sign-in/');
    }
  });

  it('one address asks for sixty codes in an hour', async () => {
    const answers = await Promise.all(
      [...Array(70)].map(() =>
        client.post('/device-authorization', { scope: 'openid' }, { 'x-forwarded-for': '203.0.113.250' }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).to.have.length(10);
    expect(refused[0]?.body.error).to.equal('temporarily_unavailable');
    expect(refused[0]?.headers.get('retry-after')).to.match(/^\d+$/u);
    expect((await askForCodes(client, {}, { 'x-forwarded-for': '203.0.113.251' })).user_code).to.be.a(
      'string',
    );
  });

  it('asks nothing at an address that is spelt otherwise, which no limit would know', async () => {
    for (const path of ['/DEVICE-AUTHORIZATION', '/Device-Authorization'])
      expect((await client.post(path, { scope: 'openid' })).status, path).to.equal(404);
    const paths = [
      '/DEVICE',
      '/Device?user_code=BBBBCCCC',
      '/Authorize',
      '/AUTHORIZE/x',
      '/DEVICE/x',
      '/device/x.y',
    ];
    for (const path of paths)
      expect((await new UserAgent().get(`${server.issuer}${path}`)).status, path).to.equal(404);
  });
});

describe('without device sign-in', () => {
  it('nothing of it is there, and a client for it is not registered', async () => {
    const server = await startTestServer();
    try {
      const discovery = await (await fetch(`${server.issuer}/.well-known/openid-configuration`)).json();
      expect(JSON.stringify(discovery)).not.to.include('device');
      expect((await new UserAgent().get(`${server.issuer}/device`)).status).to.equal(404);
      const body = new URLSearchParams({ client_id: ADMIN_CLIENT_ID, scope: 'openid' });
      const asked = await fetch(`${server.issuer}/device-authorization`, { method: 'POST', body });
      expect(asked.status).to.equal(404);
      const refused = await deviceClient(server).catch((error) => error.safeMessage);
      expect(refused).to.include('DEVICE_SIGN_IN');
      await server.restart(DEVICE_SIGN_IN).then(async (on) => {
        const client = await deviceClient(on);
        const { device_code } = await askForCodes(client);
        const off = await on.restart({ DEVICE_SIGN_IN: 'false' });
        expect((await poll(client, { device_code })).body.error).to.equal('invalid_client');
        await off.stop();
      });
    } finally {
      await server.stop().catch(() => undefined);
    }
  });
});
