import { expect } from 'chai';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { BEHIND_PROXY } from './behind-proxy.ts';
import { audited, authorizePath, type Client, get, post, raw } from './support.ts';

const FORGED = {
  'x-forwarded-for': '203.0.113.99',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '8443',
  'x-forwarded-prefix': '/evil',
  'x-original-url': '/evil',
  'x-rewrite-url': '/evil',
  'x-real-ip': '203.0.113.99',
  'x-client-ip': '203.0.113.99',
  'true-client-ip': '203.0.113.99',
  'cf-connecting-ip': '203.0.113.99',
  forwarded: 'for=203.0.113.99;host=evil.example;proto=https',
};

/** What a request looks like that names another host. */
const hostile = (path: string, host = 'evil.example') =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: ${host}\r\nForwarded: host=${host}\r\nConnection: close\r\n\r\n`;

/** Headers without those that differ between any two answers. */
const lasting = (headers: Headers) =>
  [...headers].filter(([name]) => !['date', 'x-request-id', 'connection', 'keep-alive'].includes(name));

describe('line 66: forwarding headers are believed from configured proxies only', () => {
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer();
    client = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());

  it('the audit trail keeps the address of the connection', async () => {
    await post(server, '/token', { grant_type: 'x' }, client, FORGED);
    const events = await audited(server);
    expect(events.map(({ ip }) => ip)).to.not.include('203.0.113.99');
    // Beside it Gatehouse itself writes, from nowhere.
    const refused = events.filter(({ type }) => type === 'token.refused');
    expect(refused.at(-1)?.ip).to.match(/^(127\.0\.0\.1|::1)$/);
  });

  it('no link, redirect or cookie follows Host or a forged protocol', async () => {
    for (const path of [
      authorizePath(client),
      '/account',
      '/logout',
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      '/status-lists',
      '/nowhere',
      'http://evil.example/account',
      'http://evil.example/.well-known/openid-configuration',
    ]) {
      const { text } = await raw(server, hostile(path));
      expect(text, path).not.to.contain('evil.example');
      expect(text, path).to.match(/^HTTP\/1\.1 /);
    }
    const { headers, text } = await get(server, authorizePath(client), FORGED);
    expect(text + [...headers].join()).not.to.contain('evil');
    expect(headers.getSetCookie().join()).not.to.match(/secure/i);
    expect(headers.has('strict-transport-security')).to.equal(false);
  });

  it('what is served from memory cannot be poisoned by who asks first', async () => {
    const fresh = await startTestServer();
    try {
      for (const path of [
        '/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server',
        '/jwks',
      ]) {
        await raw(fresh, hostile(path));
        await raw(fresh, hostile(`http://evil.example${path}?x=y`));
        await get(fresh, path, { ...FORGED, origin: 'https://evil.example' });
        const { text, headers } = await get(fresh, path);
        const again = await get(fresh, path, {
          ...FORGED,
          origin: 'https://evil.example',
          'accept-language': 'es',
        });
        expect(again.text, path).to.equal(text);
        expect(lasting(again.headers), path).to.deep.equal(lasting(headers));
        expect(headers.has('content-security-policy')).to.equal(true);
        expect(text, path).not.to.contain('evil');
        expect(headers.get('access-control-allow-origin')).to.equal('*');
        expect(headers.get('cache-control')).to.equal('public, max-age=60');
      }
      const { body } = await get(fresh, '/.well-known/openid-configuration');
      for (const [name, value] of Object.entries(body)) {
        if (name.endsWith('_endpoint') || name === 'jwks_uri')
          expect(value, name).to.match(new RegExp(`^${fresh.issuer}/`));
      }
    } finally {
      await fresh.stop();
    }
  });

  it('nor, behind a proxy, by a request that came round it', async () => {
    const fresh = await startTestServer({ settings: BEHIND_PROXY });
    try {
      const around = await get(fresh, '/.well-known/openid-configuration', { origin: BEHIND_PROXY.ISSUER });
      expect(around.headers.get('cache-control') ?? '').not.to.contain('public');
      const { body } = await get(fresh, '/.well-known/openid-configuration', {
        'x-forwarded-proto': 'https',
      });
      for (const [name, value] of Object.entries(body)) {
        if (name.endsWith('_endpoint') || name === 'jwks_uri')
          expect(value, name).to.match(/^https:\/\/id\.example\.org\//);
      }
    } finally {
      await fresh.stop();
    }
  });

  it('a proxy that is configured is believed about the last address only', async () => {
    const proxied = await startTestServer({ settings: BEHIND_PROXY });
    try {
      const application = await proxied.addClient(WEB_CLIENT);
      await post(proxied, '/token', { grant_type: 'x' }, application, {
        ...FORGED,
        'x-forwarded-for': '198.51.100.1, 203.0.113.7',
      });
      const last = (await audited(proxied, 'token.refused')).at(-1);
      expect(last?.ip).to.equal('203.0.113.7');
    } finally {
      await proxied.stop();
    }
  });
});
