import { randomBytes } from 'node:crypto';
import { get as httpGet } from 'node:http';
import { Agent } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { audited, authorizePath, basic, type Client } from '../security/support.ts';
import { eventually } from '../support/processes.ts';
import { INSTALL_LIMIT_MS } from '../support/programs.ts';
import { pkce } from '../support/protocol.ts';
import { proxiedBrowser } from '../support/proxied-browser.ts';
import {
  askThrough,
  EXAMPLE_HOST,
  findProxy,
  type ProxyRequest,
  type RunningProxy,
  startProxy,
} from '../support/proxies.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer } from '../support/server.ts';
import { type ServerProcess, serveBeside } from '../support/server-processes.ts';

const ISSUER = `https://${EXAMPLE_HOST}`;
/** From where people come, as the proxy sees it. The proxy itself connects from 127.0.0.1. */
const PERSON_AT = '127.0.0.2';

const FORGED = {
  'x-forwarded-for': '203.0.113.99',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-port': '8443',
  'x-forwarded-prefix': '/evil',
  'x-real-ip': '203.0.113.99',
  forwarded: 'for=203.0.113.99;host=evil.example;proto=http',
};

/** What production has to be given; the nodes and the server that makes accounts share the secrets. */
const settings = {
  ISSUER,
  HOST: '127.0.0.1',
  TRUSTED_PROXIES: '127.0.0.1',
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('hex')}`,
  MFA_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
  COOKIE_KEYS: randomBytes(32).toString('hex'),
  OUTBOUND_ALLOW_LOOPBACK: 'false',
  MAIL_FROM: 'no-reply@example.org',
};

for (const name of ['nginx', 'haproxy'] as const) {
  describe(`behind ${name}, as examples/proxies has it`, function () {
    this.timeout(120_000);
    let server: TestServer;
    let client: Client;
    let program: string;
    let proxy: RunningProxy | undefined;
    let ports: [number, number];
    const nodes: ServerProcess[] = [];
    const agents: Agent[] = [];

    const startNode = (port: number) =>
      serveBeside(
        server,
        {
          ...settings,
          NODE_ENV: 'production',
          SMTP_URL: 'smtp://127.0.0.1:9',
          SHUTDOWN_DELAY_SECONDS: '4',
          LOG_LEVEL: 'warn',
        },
        port,
      );

    before(async function () {
      this.timeout(INSTALL_LIMIT_MS * 2);
      const found = await findProxy(name);
      if (found === undefined) {
        console.warn(`${name} is missing: what is behind it is not tested`);
        this.skip();
      }
      program = found;
      server = await startTestServer({ settings });
      client = await server.addClient({
        ...WEB_CLIENT,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      });
      ports = [await freePort(), await freePort()];
      nodes.push(await startNode(ports[0]), await startNode(ports[1]));
      proxy = await startProxy(program, name, ports);
    });

    after(async () => {
      for (const agent of agents) agent.destroy();
      await proxy?.stop();
      await Promise.all(nodes.map((node) => node.kill()));
      await server?.stop();
    });

    const newAgent = () => {
      const agent = new Agent({ rejectUnauthorized: false, keepAlive: true });
      agents.push(agent);
      return agent;
    };
    const ask = (path: string, request: Partial<ProxyRequest> & { agent: Agent }) =>
      askThrough((proxy as RunningProxy).httpsPort, path, request);

    const browser = () =>
      proxiedBrowser({
        port: (proxy as RunningProxy).httpsPort,
        agent: newAgent(),
        from: PERSON_AT,
        headers: FORGED,
      });

    const token = (agent: Agent, form: Record<string, string>) =>
      ask('/token', {
        agent,
        form,
        headers: {
          accept: 'application/json',
          authorization: basic(String(client.client_id), String(client.client_secret)),
        },
      });

    it('somebody signs in, with secure cookies, under their own address, whatever headers they forge', async () => {
      const person = await server.addAccount();
      const { verifier, challenge } = pkce();
      const path = authorizePath(client, { code_challenge: challenge, code_challenge_method: 'S256' });
      const { send, follow, set } = browser();
      const page = await follow(await send(path), path);
      expect(page.status, page.text).to.equal(200);
      expect(page.text).not.to.contain('evil');
      const csrf = /name="csrf" value="([^"]*)"/u.exec(page.text)?.[1] ?? '';
      const done = await follow(
        await send(page.path, { csrf, identifier: person.email, password: person.password }),
        page.path,
      );
      expect(done.path, done.text).to.match(new RegExp(`^${REDIRECT_URI}\\?`));
      const callback = new URL(done.path);
      expect(callback.searchParams.get('iss')).to.equal(ISSUER);

      const tokens = await token(newAgent(), {
        grant_type: 'authorization_code',
        code: String(callback.searchParams.get('code')),
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
      });
      expect(tokens.status, tokens.text).to.equal(200);
      expect(JSON.parse(tokens.text)).to.have.property('id_token');

      expect(set.length).to.be.above(0);
      for (const each of set)
        expect(each)
          .to.match(/; secure/i)
          .and.match(/; httponly/i);
      const events = (await audited(server)).filter(({ ip }) => ip !== null);
      expect(
        events.some(({ ip }) => ip === PERSON_AT),
        JSON.stringify(events.map(({ ip }) => ip)),
      ).to.equal(true);
      expect(events.filter(({ ip }) => String(ip).startsWith('203.'))).to.deep.equal([]);
    });

    it('Strict-Transport-Security comes once, and the security headers pass through', async () => {
      const { headers } = await ask('/account', { agent: newAgent() });
      expect(headers.get('strict-transport-security')).to.deep.equal(['max-age=63072000; includeSubDomains']);
      expect(headers.get('content-security-policy')).to.have.length(1);
    });

    it('plain http goes to https by the proxy alone, and nothing keeps that', async () => {
      const answer = await new Promise<{ status: number; location: string; cache: string }>(
        (resolve, reject) => {
          httpGet(
            {
              host: '127.0.0.1',
              port: (proxy as RunningProxy).httpPort,
              path: '/account?a=b%20c',
              headers: { host: EXAMPLE_HOST },
            },
            (response) => {
              response.resume();
              resolve({
                status: response.statusCode ?? 0,
                location: String(response.headers.location),
                cache: String(response.headers['cache-control']),
              });
            },
          ).once('error', reject);
        },
      );
      expect(answer).to.deep.equal({ status: 308, location: `${ISSUER}/account?a=b%20c`, cache: 'no-store' });
    });

    it('health and metrics are not shown to the public; large headers pass, large bodies do not', async () => {
      const agent = newAgent();
      for (const path of ['/health/ready', '/health/live', '/metrics']) {
        expect((await ask(path, { agent })).status, path).to.equal(404);
      }
      const cookie = `a=${'x'.repeat(4_000)}; b=${'y'.repeat(4_000)}`;
      expect((await ask('/account', { agent, headers: { cookie } })).status).to.be.below(400);
      expect((await ask('/token', { agent: newAgent(), form: `a=${'x'.repeat(70_000)}` })).status).to.equal(
        413,
      );
    });

    it('connections to the nodes are used again after a pause, without a 502', async () => {
      const agent = newAgent();
      const statuses: number[] = [];
      // Around the 5 s after which Node.js closes an idle connection by default, and 1 s more that it adds.
      for (const pause of [0, 5_050, 6_000]) {
        await wait(pause);
        const answers = await Promise.all(
          Array.from({ length: 8 }, () => token(agent, { grant_type: 'client_credentials' })),
        );
        statuses.push(...answers.map(({ status }) => status));
      }
      expect(statuses.filter((status) => status !== 200)).to.deep.equal([]);
    });

    it('the nodes are restarted one after the other, and no request fails', async function restarts() {
      // A connection that nobody has accepted when a listener is closed is reset by the kernel, and nginx may not repeat a POST that
      // it has sent (docs/operations.md): one request may meet that moment.
      this.retries(2);
      const failures: string[] = [];
      let answered = 0;
      let going = true;
      const traffic = Array.from({ length: 6 }, async (_, index) => {
        const agent = newAgent();
        while (going) {
          const answer = await (index % 2 === 0
            ? token(agent, { grant_type: 'client_credentials' })
            : ask('/.well-known/openid-configuration', { agent })
          ).catch((error: Error) => ({ status: 0, text: error.message }));
          answered += 1;
          if (answer.status !== 200) failures.push(`${answer.status} ${answer.text.slice(0, 200)}`);
          await wait(10);
        }
      });
      try {
        for (const index of [0, 1]) {
          const before = answered;
          const old = nodes[index] as ServerProcess;
          old.process.child.kill('SIGTERM');
          expect(await old.process.exit, old.process.output()).to.equal(0);
          expect(answered - before, 'requests meanwhile').to.be.above(20);
          nodes[index] = await startNode(ports[index] as number);
          // Until the proxy has seen that it is back.
          await wait(3_000);
        }
      } finally {
        going = false;
        await Promise.all(traffic);
      }
      expect(failures, await (proxy as RunningProxy).log()).to.deep.equal([]);
    });

    it('a node that does not trust the proxy says so, once, and logs the proxy’s address', async () => {
      const port = await freePort();
      const stranger = await serveBeside(
        server,
        {
          ...settings,
          NODE_ENV: 'production',
          SMTP_URL: 'smtp://127.0.0.1:9',
          TRUSTED_PROXIES: '10.0.0.5',
          LOG_LEVEL: 'warn',
        },
        port,
      );
      let wrong: RunningProxy | undefined;
      try {
        wrong = await startProxy(program, name, [port, port], 421);
        const agent = newAgent();
        for (const path of ['/account', '/token', '/.well-known/openid-configuration']) {
          const answer = await askThrough(wrong.httpsPort, path, {
            agent,
            headers: { accept: 'application/json' },
          });
          expect(answer.status, path).to.equal(421);
          expect(answer.headers.get('location'), path).to.equal(undefined);
          expect(answer.headers.get('cache-control'), path).to.deep.equal(['no-store']);
          expect(answer.text, path).to.include('TRUSTED_PROXIES');
        }
        const page = await askThrough(wrong.httpsPort, '/account', { agent });
        expect(page.text).to.include('TRUSTED_PROXIES').and.include('<h1>');
        await eventually('it is logged', async () => stranger.process.output().includes('TRUSTED_PROXIES'));
        // The application whose request it was may be told beside it.
        const ofProxy = stranger.process
          .output()
          .split('\n')
          .filter((line) => line.includes('TRUSTED_PROXIES'))
          .map((line): { proxy?: string } => JSON.parse(line))
          .filter(({ proxy }) => proxy !== undefined);
        expect(ofProxy.map(({ proxy }) => proxy)).to.deep.equal(['127.0.0.1']);
      } finally {
        await wrong?.stop();
        await stranger.kill();
      }
    });
  });
}
