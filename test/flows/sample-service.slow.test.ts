import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createStatusCheck, StatusUnknown } from '../../examples/service/status-list.ts';
import { eventually, type Started, startNode } from '../support/processes.ts';
import { type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** Seconds for which a service goes by its copy of the list. */
const TTL = 1;

describe('the sample service', function sampleService() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  let client: HandClient;
  let service: Started;
  let address: string;

  before(async () => {
    server = await startTestServer({ settings: { STATUS_LIST_SECONDS: String(TTL) } });
    const port = await freePort();
    address = `http://localhost:${port}`;
    await server.addResource({ identifier: address, name: 'Sample', scopes: ['sample:read'] });
    person = await server.addAccount();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const { PATH = '' } = process.env;
    service = startNode(['examples/service/main.ts'], {
      env: { PATH, ISSUER: server.issuer, PORT: String(port) },
    });
    await service.waitFor(/listens/u);
  });
  after(async () => {
    service.child.kill();
    await service.exit;
    await server.stop();
  });

  async function signedIn() {
    const agent = new UserAgent();
    const { access_token: token } = await tokensFor(
      client,
      person,
      { scope: 'openid sample:read', resource: address },
      agent,
    );
    return { agent, token: String(token) };
  }

  async function call(token: string) {
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, challenge: answer.headers.get('www-authenticate') };
  }

  it('refuses the token of who has signed out as soon as its copy of the list is old, and no other', async () => {
    const [leaving, staying] = [await signedIn(), await signedIn()];
    expect((await call(leaving.token)).status).to.equal(200);
    const page = await leaving.agent.open(`${server.issuer}/logout`);
    await leaving.agent.submit(page, { logout: 'yes' });
    await eventually('it knows', async () => (await call(leaving.token)).status === 401);
    expect((await call(leaving.token)).challenge)
      .to.contain('invalid_token')
      .and.contain('taken back');
    expect((await call(staying.token)).status).to.equal(200);
  });

  it('still refuses what is no token of ours', async () => {
    const { token } = await signedIn();
    for (const wrong of ['', 'x', `${token.slice(0, -8)}AAAAAAAA`]) {
      expect((await call(wrong)).status).to.equal(401);
    }
  });

  describe('to whoever tries', () => {
    const at = async (path: string, init: RequestInit & { token?: string } = {}) => {
      const { token, ...rest } = init;
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(`${address}${path}`, { headers, ...rest });
      const body = await answer.text();
      return { status: answer.status, body, headers: answer.headers };
    };

    it('says that a scope is needed, and which (RFC 6750, section 3.1)', async () => {
      const own = await server.addClient({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      });
      const asked = { grant_type: 'client_credentials', resource: address };
      const { body } = await handClient(server.issuer, own).post('/token', asked);
      const { status, headers } = await at('/', { token: body.access_token });
      expect(status).to.equal(403);
      expect(headers.get('www-authenticate')).to.equal(
        'Bearer realm="sample service", error="insufficient_scope", ' +
          'error_description="the scope sample:read is needed", scope="sample:read"',
      );
    });

    it('does what is sensitive for a strong sign-in alone, and by no other address or method', async () => {
      const { token } = await signedIn();
      const weak = await at('/sensitive', { token, method: 'POST' });
      expect(weak.status).to.equal(401);
      expect(weak.headers.get('www-authenticate')).to.match(
        /error="insufficient_user_authentication".* acr_values="aal2 phr", max_age="900"/u,
      );
      for (const path of ['/sensitive/', '//sensitive', '/SENSITIVE', '/sensitive%20', '/./x/../sensitiv']) {
        expect((await at(path, { token, method: 'POST' })).status, path).to.equal(404);
      }
      expect((await at('/sensitive', { token })).status).to.equal(404);
      expect((await at('/sensitive?x=1', { token, method: 'POST' })).status, 'still itself').to.equal(401);
      expect((await at('/', { token, method: 'DELETE' })).status).to.equal(404);
    });

    it('takes no ID token, no token for another service, none in an address or a form', async () => {
      const tokens = await tokensFor(client, person, { scope: 'openid sample:read', resource: address });
      await server.addResource({ identifier: 'urn:other', name: 'Other', scopes: ['sample:read'] });
      const other = await tokensFor(client, person, { scope: 'openid sample:read', resource: 'urn:other' });
      for (const token of [tokens.id_token, other.access_token, tokens.refresh_token]) {
        expect((await at('/', { token })).headers.get('www-authenticate')).to.include('invalid_token');
      }
      const body = new URLSearchParams({ access_token: tokens.access_token });
      for (const answer of [await at(`/?${body}`), await at('/', { method: 'POST', body })]) {
        expect(answer.status).to.equal(401);
        expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="sample service"');
        expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
      }
    });

    it('says that it cannot tell, and not that the token is bad, while the keys cannot be had', async () => {
      const port = await freePort();
      const { PATH = '' } = process.env;
      const ISSUER = `http://localhost:${await freePort()}`;
      const alone = startNode(['examples/service/main.ts'], { env: { PATH, ISSUER, PORT: String(port) } });
      try {
        await alone.waitFor(/listens/u);
        const headers = { authorization: `Bearer ${(await signedIn()).token}` };
        const answer = await fetch(`http://localhost:${port}`, { headers });
        expect([answer.status, answer.headers.get('www-authenticate')]).to.deep.equal([503, null]);
        expect(Number(answer.headers.get('retry-after'))).to.be.above(0);
        expect(alone.output()).to.not.include('eyJ');
      } finally {
        alone.child.kill();
        await alone.exit;
      }
    });
  });

  describe('its look at the list', () => {
    const direct = globalThis.fetch;
    let answers: number[] = [];
    let broken: 'down' | 'forged' | undefined;

    /** Gatehouse, as the network lets it be seen: counted, and made to fail. */
    const seen: typeof fetch = async (...request) => {
      const answer = await direct(...request);
      if (!String(request[0]).includes('/status-lists/')) return answer;
      const status = broken === 'down' ? 500 : answer.status;
      answers.push(status);
      const text = await answer.text();
      const body = broken === 'forged' ? text.replace(/\.[^.]*$/u, '.AAAA') : text;
      return new Response(status === 304 ? null : body, { status, headers: answer.headers });
    };

    before(() => {
      globalThis.fetch = seen;
    });
    after(() => {
      globalThis.fetch = direct;
    });
    beforeEach(() => {
      answers = [];
      broken = undefined;
    });

    async function looker() {
      const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
      const isRevoked = createStatusCheck(server.issuer, keys);
      const { payload } = await jwtVerify((await signedIn()).token, keys);
      return () => isRevoked(payload);
    }

    it('is one for many at the same time, and a confirmation while nothing has changed', async () => {
      const look = await looker();
      expect(await Promise.all(Array.from({ length: 20 }, look))).to.deep.equal(Array(20).fill(false));
      expect(answers.filter((status) => status === 200)).to.have.length(1);
      await eventually('the copy is old', async () => {
        await look();
        return answers.length > 1;
      });
      expect(answers.at(-1)).to.equal(304);
    });

    it('goes by the last copy while there is no answer', async () => {
      const look = await looker();
      expect(await look()).to.equal(false);
      broken = 'down';
      await eventually('it has asked in vain', async () => {
        expect(await look()).to.equal(false);
        return answers.includes(500);
      });
    });

    for (const kind of ['down', 'forged'] as const) {
      it(`accepts nothing where there never was one (${kind}), and asks again`, async () => {
        const look = await looker();
        broken = kind;
        for (let times = 0; times < 2; times += 1) {
          expect(await look().catch((error) => error)).to.be.instanceOf(StatusUnknown);
        }
        broken = undefined;
        expect(await look()).to.equal(false);
      });
    }
  });
});
