import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { exportJWK, SignJWT } from 'jose';
import { brokenRules, PRODUCTION_RULES } from '../../src/config/rules.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { type Client, codeFor, post, redeem } from './support.ts';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('line 82: the server calls no address inside', () => {
  let server: TestServer;
  let inside: Server;
  let port: number;
  const requests: string[] = [];
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

  before(async () => {
    server = await startTestServer({
      settings: {
        OUTBOUND_ALLOW_LOOPBACK: 'false',
        // What is named on top opens nothing that has to stay shut.
        LOGOUT_ALLOWED_NETWORKS: 'fd12:3456::/32, 127.0.0.0/8, ::1, 169.254.0.0/16, fe80::/10',
        LOGOUT_TIMEOUT_SECONDS: '1',
      },
    });
    const publicJwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'RS256' };
    inside = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(request.url === '/sector' ? WEB_CLIENT.redirect_uris : { keys: [publicJwk] }),
      );
    });
    await new Promise<void>((resolve) => inside.listen(0, '::', resolve));
    ({ port } = inside.address() as AddressInfo);
  });
  after(async () => {
    await server.stop();
    inside.closeAllConnections();
    await new Promise((resolve) => inside.close(resolve));
  });
  beforeEach(() => {
    requests.length = 0;
  });

  /** Every way to write an address of this machine or of the network around it. */
  const hosts = [
    'localhost',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
  ];

  async function authenticate(client: Client) {
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuer(String(client.client_id))
      .setSubject(String(client.client_id))
      .setAudience(server.issuer)
      .setIssuedAt()
      .setExpirationTime('1 min')
      .sign(keys.privateKey);
    return post(server, '/token', {
      grant_type: 'client_credentials',
      client_assertion: assertion,
      client_assertion_type: ASSERTION,
    });
  }

  const service = (jwks_uri: string) => ({
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri,
  });

  for (const host of hosts) {
    it(`not for the keys of a client: ${host}`, async () => {
      const client = await server.addClient(service(`http://${host}:${port}/jwks`));
      const answer = await authenticate(client);
      expect(answer.status).to.be.oneOf([400, 401]);
      expect(answer.text).not.to.match(/127\.|special-use|ECONN|fetch failed/);
      expect(requests).to.deep.equal([]);
    });
  }

  it('and would with the switch for development, so this test tests something', async () => {
    const open = await startTestServer();
    try {
      const client = await open.addClient(service(`http://127.0.0.1:${port}/jwks`));
      const other = { ...server, issuer: open.issuer, app: open.app };
      const assertion = await new SignJWT({ jti: randomUUID() })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(String(client.client_id))
        .setSubject(String(client.client_id))
        .setAudience(open.issuer)
        .setExpirationTime('1 min')
        .sign(keys.privateKey);
      const fields = {
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: ASSERTION,
      };
      expect((await post(other, '/token', fields)).status).to.equal(200);
      expect(requests).to.deep.equal(['GET /jwks']);
    } finally {
      await open.stop();
    }
  });

  it('not for a sector identifier', async () => {
    const outcome = await server
      .addClient({ ...WEB_CLIENT, sector_identifier_uri: `https://127.0.0.1:${port}/sector` })
      .catch((error: Error) => error);
    expect(outcome).to.be.instanceOf(Error);
    expect(requests).to.deep.equal([]);
  });

  it('not to tell a client of a sign-out, which still happens', async () => {
    const client = await server.addClient({
      ...WEB_CLIENT,
      backchannel_logout_uri: `http://127.0.0.1:${port}/backchannel`,
      backchannel_logout_session_required: true,
    });
    const person = await server.addAccount();
    const agent = new UserAgent();
    await redeem(server, client, (await codeFor(server, client, person, {}, agent)).get('code'));
    const end = await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
    expect(end.status).to.be.oneOf([200, 303]);
    expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
    await notTold(1);
  });

  /** So many notices were tried, and none has left. */
  async function notTold(count: number): Promise<void> {
    const tried = async () =>
      (await server.app.logouts.outbox.list({ limit: 100 })).filter(({ problem }) => problem);
    await eventually('they are tried', async () => (await tried()).length === count);
    for (const { problem, state } of await tried()) {
      expect(problem).to.equal('its address is inside, and in none of LOGOUT_ALLOWED_NETWORKS');
      expect(state).to.equal('waiting');
    }
    expect(requests).to.deep.equal([]);
  }

  it('but one that the operator has named, to tell a client of a session that ended', async () => {
    await fixture(server.app.database, 'delete from logout_deliveries');
    const client = await server.addClient({
      ...WEB_CLIENT,
      // Of nobody: there is no way to it, which is another answer than that it is shut.
      backchannel_logout_uri: 'https://[fd12:3456::1]/backchannel',
    });
    const person = await server.addAccount();
    await codeFor(server, client, person);
    const {
      database,
      lifecycle: { access },
    } = server.app;
    await database.transaction((tx) =>
      access.endAll(tx, person.id, 'disabled', { actor: { kind: 'system' } }),
    );
    const problem = async () => (await server.app.logouts.outbox.list({ limit: 1 }))[0]?.problem;
    await eventually('it is tried', async () => (await problem()) !== undefined);
    expect(await problem()).to.match(/^no (?:connection|answer)/u);
    await fixture(server.app.database, 'delete from logout_deliveries');
  });

  it('not to tell a client of a session that ended, however it writes its address', async () => {
    await fixture(server.app.database, 'delete from logout_deliveries');
    for (const host of hosts) {
      const client = await server.addClient({
        ...WEB_CLIENT,
        backchannel_logout_uri: `http://${host}:${port}/backchannel`,
      });
      const ended = `select 'uid' as session_uid, '${client.client_id}' as client_id,
        '0190a6c2-5f4e-7000-8000-000000000001' as account_id, 'sid' as sid`;
      await commitWrites(fixtures(server.app.database), [server.app.logouts.outbox.enqueue(() => ended)]);
    }
    await notTold(hosts.length);
  });

  it('not by a redirect from elsewhere: none is followed', async () => {
    const redirecting = createServer((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${port}/jwks` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    const open = await startTestServer();
    try {
      const from = (redirecting.address() as AddressInfo).port;
      const client = await open.addClient(service(`http://127.0.0.1:${from}/jwks`));
      const answer = await authenticate(client).catch(() => ({ status: 401 }));
      expect(answer.status).to.be.oneOf([400, 401]);
      expect(requests).to.deep.equal([]);
    } finally {
      await open.stop();
      await new Promise((resolve) => redirecting.close(resolve));
    }
  });

  it('and production does not start with the switch on', () => {
    const { config } = server.app;
    const complaints = brokenRules(PRODUCTION_RULES, {
      ...config,
      outbound: { ...config.outbound, allowLoopback: true },
    });
    expect(complaints.join('\n')).to.contain('OUTBOUND_ALLOW_LOOPBACK');
  });

  it('nor is anything fetched because a request says so', async () => {
    const url = `http://127.0.0.1:${port}/jwks`;
    const client = await server.addClient(WEB_CLIENT);
    for (const name of [
      'request_uri',
      'jwks_uri',
      'sector_identifier_uri',
      'client_id',
      'resource',
      'login_hint',
      'logo_uri',
    ]) {
      const query = new URLSearchParams({
        client_id: String(client.client_id),
        response_type: 'code',
        redirect_uri: String(WEB_CLIENT.redirect_uris[0]),
        scope: 'openid',
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
        [name]: url,
      });
      await fetch(`${server.issuer}/authorize?${query}`, { redirect: 'manual' });
    }
    expect(requests).to.deep.equal([]);
  });
});
