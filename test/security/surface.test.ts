import { expect } from 'chai';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { BEHIND_PROXY, ProxiedBrowser } from './behind-proxy.ts';
import { authorizePath, type Client, codeFor, get, INNARDS, post, raw } from './support.ts';

const YEAR = 31_536_000;

describe('the surface', () => {
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer({ settings: { ...BEHIND_PROXY, METRICS_PORT: '0' } });
    client = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());

  const https = { 'x-forwarded-proto': 'https' };

  describe('line 43: the headers that tell browsers what pages may do', () => {
    const answers: Record<string, () => Promise<{ headers: Headers; text: string; status: number }>> = {
      'the sign-in page': () => new ProxiedBrowser(server).open(authorizePath(client)),
      'a redirect': () => get(server, authorizePath(client), https),
      'an error page': () => get(server, '/authorize', { ...https, accept: 'text/html' }),
      'a page that there is not': () => get(server, '/nowhere', { ...https, accept: 'text/html' }),
      'JSON of an error': () => get(server, '/nowhere', { ...https, accept: 'application/json' }),
      'the setup page': () => get(server, '/setup?token=x', https),
      'the sign-out page': () => new ProxiedBrowser(server).open('/logout'),
      'the token endpoint': () => post(server, '/token', {}, undefined, https),
      'the key set': () => get(server, '/jwks', https),
      'a refused method': () => get(server, '/', https, 'DELETE'),
      health: () => get(server, '/health/live', https),
    };
    for (const [what, ask] of Object.entries(answers)) {
      it(`of ${what}`, async () => {
        const { headers } = await ask();
        const policy = new Map(
          String(headers.get('content-security-policy'))
            .split(';')
            .map((directive): [string, string] => {
              const [name = '', ...sources] = directive.trim().split(' ');
              return [name, sources.join(' ')];
            }),
        );
        expect(policy.get('default-src')).to.equal("'none'");
        expect(policy.get('frame-ancestors')).to.equal("'none'");
        expect(policy.get('base-uri')).to.equal("'none'");
        expect(policy.get('script-src')).to.equal("'self'");
        expect([...policy.values()].join(' ')).not.to.match(/unsafe|\*|https?:/);
        expect(headers.get('x-frame-options')).to.equal('DENY');
        expect(headers.get('x-content-type-options')).to.equal('nosniff');
        expect(headers.get('referrer-policy')).to.equal('no-referrer');
        expect(headers.get('cross-origin-opener-policy')).to.equal('same-origin');
        const hsts = /^max-age=(\d+); includeSubDomains$/.exec(
          String(headers.get('strict-transport-security')),
        );
        expect(Number(hsts?.[1])).to.be.at.least(YEAR);
        for (const name of ['server', 'x-powered-by']) expect(headers.has(name)).to.equal(false);
      });
    }

    it('pages hold no script and no style of their own, and are not kept by caches', async () => {
      for (const path of [authorizePath(client), '/setup?token=x', '/nowhere']) {
        const { text, headers } = await new ProxiedBrowser(server).open(path);
        expect(text).not.to.match(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:/i);
        expect(headers.get('cache-control')).to.equal('no-store');
      }
    });
  });

  describe('line 60: no other origin may read what is answered', () => {
    it('at the authorization endpoint and the pages', async () => {
      for (const path of [
        authorizePath(client),
        '/authorize',
        '/account',
        '/logout',
        '/setup',
        '/sign-in/x',
      ]) {
        for (const method of ['GET', 'OPTIONS']) {
          const { headers } = await get(
            server,
            path,
            { ...https, origin: 'https://evil.example', 'access-control-request-method': 'GET' },
            method,
          );
          const names = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
          expect(names, `${method} ${path}`).to.deep.equal([]);
        }
      }
    });

    it('at the endpoints with credentials, once the client is known; and never with credentials', async () => {
      for (const path of ['/token', '/token/introspect', '/token/revoke', '/par']) {
        const answer = await post(server, path, { token: 'x' }, client, {
          ...https,
          origin: 'https://evil.example',
        });
        expect(answer.headers.has('access-control-allow-origin'), path).to.equal(false);
      }
      for (const path of ['/token', '/userinfo', '/jwks', '/.well-known/openid-configuration']) {
        const { headers } = await get(server, path, { ...https, origin: 'https://evil.example' });
        expect(headers.has('access-control-allow-credentials'), path).to.equal(false);
      }
    });
  });

  describe('line 81: what is nobody’s business is not there', () => {
    it('no metrics: they are at a port of their own, where nothing else is', async () => {
      const inside = (path: string, init = {}) =>
        fetch(`http://127.0.0.1:${server.metricsPort}${path}`, init);
      expect((await inside('/metrics')).status).to.equal(200);
      for (const path of ['/metrics', '/metrics/', '/metrics?x', '//metrics', '/%6detrics']) {
        const answer = await get(server, path, { ...https, host: `127.0.0.1:${server.metricsPort}` });
        expect(answer.status, path).to.equal(404);
        expect(answer.text, path).not.to.match(/gatehouse_|process_cpu/);
      }
      for (const path of ['/', '/health/live', '/jwks', '/account', '/metrics/x', '/.git/config']) {
        expect((await inside(path)).status, path).to.equal(404);
      }
      for (const method of ['POST', 'DELETE', 'OPTIONS']) {
        expect((await inside('/metrics', { method })).status, method).to.equal(405);
      }
    });

    it('no TRACE, on any path', async () => {
      for (const path of [
        '/',
        '/authorize',
        '/token',
        '/health/live',
        '/assets/x',
        '/sign-in/x',
        '/account',
      ]) {
        const { text } = await raw(
          server,
          `TRACE ${path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nX-Secret: s3cret\r\nConnection: close\r\n\r\n`,
        );
        expect(text, path).to.match(/^HTTP\/1\.1 405 /);
        expect(text, path).not.to.contain('s3cret');
      }
    });

    for (const path of [
      '/.git/config',
      '/.git/HEAD',
      '/.env',
      '/.data/secrets.json',
      '/package.json',
      '/package-lock.json',
      '/src/main.ts',
      '/src/app.ts',
      '/views/layout.ejs',
      '/assets/../src/main.ts',
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/..\\..\\package.json',
      '/assets/app.css',
      '/assets/',
      '/assets//etc/passwd',
      '/assets/app.js%00.css',
      '/node_modules/koa/package.json',
      '/docs',
      '/docs/security.md',
      '/swagger',
      '/api-docs',
      '/openapi.json',
      '/graphql',
      '/debug',
      '/debug/pprof',
      '/metrics',
      '/status',
      '/server-status',
      '/actuator/health',
      '/admin',
      '/api/admin/v1',
      '/interaction/x',
      '/dev',
      '/dev/mailbox',
      '/register',
      '/reg',
      '/health',
      '/health/ready/..',
      '/test',
      '/console',
      '/.well-known/security.txt/../../package.json',
      '/config',
      '/config/gatehouse.jsonc',
    ]) {
      it(`nothing at ${path}`, async () => {
        const answer = await raw(
          server,
          `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n`,
        );
        expect(answer.text).to.match(/^HTTP\/1\.1 404 /);
        expect(answer.text).not.to.match(INNARDS);
      });
    }

    it('nobody can register a client over the network', async () => {
      const answer = await fetch(`http://localhost:${server.app.config.server.port}/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...https },
        body: JSON.stringify(WEB_CLIENT),
      });
      expect(answer.status).to.equal(404);
    });

    it('health tells no names, versions or addresses', async () => {
      const { body } = await get(server, '/health/ready', https);
      expect(body).to.deep.equal({
        status: 'ok',
        checks: { accepting: true, keys: true, database: true, migrations: true },
      });
    });
  });

  it('line 58: answers name their issuer, and the metadata says so', async () => {
    const plain = await startTestServer();
    try {
      const application = await plain.addClient(WEB_CLIENT);
      const person = await plain.addAccount();
      const { body } = await get(plain, '/.well-known/openid-configuration');
      expect(body.authorization_response_iss_parameter_supported).to.equal(true);
      expect((await codeFor(plain, application, person)).get('iss')).to.equal(plain.issuer);
      const refused = await get(plain, authorizePath(application, { prompt: 'none' }));
      expect(new URL(String(refused.headers.get('location'))).searchParams.get('iss')).to.equal(plain.issuer);
      const agent = new UserAgent();
      const page = await agent.open(plain.issuer + authorizePath(application));
      const cancelled = await agent.follow(await agent.submit(page, {}, '/cancel'));
      expect(cancelled.location).to.match(new RegExp(`^${REDIRECT_URI}\\?`));
      expect(new URL(String(cancelled.location)).searchParams.get('iss')).to.equal(plain.issuer);
    } finally {
      await plain.stop();
    }
  });
});
