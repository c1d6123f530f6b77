import { expect } from 'chai';
import Koa from 'koa';
import { useForwarding } from '../../../src/http/kit/proxy.ts';
import { createProxyWarnings } from '../../../src/http/kit/proxy-warnings.ts';
import { createRepetitions } from '../../../src/http/kit/repetitions.ts';
import { requireHttps } from '../../../src/http/kit/require-https.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { serve } from './serve.ts';

const ISSUER = 'https://id.example.org';

interface Outcome {
  readonly status: number;
  readonly location: string | null;
  readonly cacheControl: string | null;
  readonly body: string;
  readonly error: GatehouseError | undefined;
}

/** A stack as in production, behind a proxy on this machine; `trusted` is what TRUSTED_PROXIES says. */
function production(trusted = ['127.0.0.1']) {
  const logged: { proxy?: string; message: string }[] = [];
  const warnings = createProxyWarnings({
    warn: ((fields: unknown, message?: string) =>
      logged.push(
        typeof fields === 'string' ? { message: fields } : { ...(fields as object), message: message ?? '' },
      )) as never,
  });
  const app = new Koa();
  const errors: unknown[] = [];
  useForwarding(app, { trustedProxies: trusted, issuer: ISSUER, onPrefix: warnings.prefix });
  app.use(async (ctx, next) => {
    await next().catch((error: unknown) => {
      errors.push(error);
      ctx.status = (error as GatehouseError).status;
    });
  });
  app.use(requireHttps(ISSUER, warnings));
  app.use((ctx) => {
    ctx.body = 'served';
  });
  const ask = async (
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<Outcome> => {
    await using server = await serve(app);
    errors.length = 0;
    const response = await fetch(`${server.url}${path}`, { redirect: 'manual', method, headers });
    const [error] = errors;
    if (error !== undefined) expect(error).to.be.instanceOf(GatehouseError);
    return {
      status: response.status,
      location: response.headers.get('location'),
      cacheControl: response.headers.get('cache-control'),
      body: await response.text(),
      error: error as GatehouseError | undefined,
    };
  };
  return { ask, logged, warnings };
}

const PLAIN = { 'X-Forwarded-Proto': 'http' };

describe('production, for what did not come by https', () => {
  it('serves what a trusted proxy says came by https', async () => {
    for (const value of ['https', 'HTTPS', 'http, https']) {
      const { ask, logged } = production();
      expect((await ask('/account', { 'X-Forwarded-Proto': value })).body).to.equal('served');
      expect(logged).to.deep.equal([]);
    }
  });

  it('answers health checks, and nothing that looks like one', async () => {
    for (const trusted of [['127.0.0.1'], ['10.0.0.5']]) {
      const { ask } = production(trusted);
      for (const path of ['/health/live', '/health/ready']) expect((await ask(path)).body).to.equal('served');
      for (const path of ['/health/live/..', '/health/', '/health/ready/x', '//health/ready'])
        expect((await ask(path)).status, path).to.equal(421);
    }
  });

  describe('where a trusted proxy says http', () => {
    for (const method of ['GET', 'HEAD']) {
      it(`${method} goes on to the issuer, and no cache keeps that`, async () => {
        const headers = { ...PLAIN, Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' };
        const { status, location, cacheControl } = await production().ask(
          '/account?a=b%20c',
          headers,
          method,
        );
        expect([status, location, cacheControl]).to.deep.equal([
          308,
          'https://id.example.org/account?a=b%20c',
          'no-store',
        ]);
      });
    }

    it('a path that looks like a host stays a path', async () => {
      expect((await production().ask('//evil.example/', PLAIN)).location).to.equal(
        'https://id.example.org//evil.example/',
      );
    });

    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      it(`${method} is refused`, async () => {
        const { error, body } = await production().ask('/token', PLAIN, method);
        expect(body).not.to.equal('served');
        expect([error?.code, error?.status]).to.deep.equal(['https_required', 400]);
      });
    }

    it('ends a circle: a client without cookies is sent to https a few times, and then told why', async () => {
      const { ask, logged } = production();
      const statuses: number[] = [];
      for (let times = 0; times < 8; times += 1) statuses.push((await ask('/jwks', PLAIN)).status);
      expect(statuses).to.deep.equal([308, 308, 308, 308, 308, 421, 421, 421]);
      expect(logged.map(({ proxy }) => proxy)).to.deep.equal(['127.0.0.1']);
      expect((await ask('/other', PLAIN)).status, 'another address').to.equal(308);
      const other = { ...PLAIN, 'X-Forwarded-For': '203.0.113.7' };
      expect((await ask('/jwks', other)).status, 'another client').to.equal(308);
    });
  });

  const misconfigured: [what: string, headers: Record<string, string>, words: string][] = [
    ['no header at all', {}, 'does not send X-Forwarded-Proto'],
    ['only the client’s address', { 'X-Forwarded-For': '203.0.113.7' }, 'does not send X-Forwarded-Proto'],
    ['an empty protocol', { 'X-Forwarded-Proto': ' ' }, 'does not send X-Forwarded-Proto'],
    [
      'Forwarded alone',
      { Forwarded: 'for=203.0.113.7;proto=https' },
      'sends Forwarded only, and no X-Forwarded-Proto',
    ],
    ['another word', { 'X-Forwarded-Proto': 'on' }, 'neither http nor https'],
    ['a protocol of WebSockets', { 'X-Forwarded-Proto': 'wss' }, 'neither http nor https'],
    ['a list in which the inner proxy adds its own', { 'X-Forwarded-Proto': 'https,http' }, 'adds http'],
    ['the same with a space', { 'X-Forwarded-Proto': 'https, http' }, 'adds http'],
    ['http, and https in Forwarded', { ...PLAIN, Forwarded: 'proto=https' }, 'Forwarded says https'],
    ['http, and X-Forwarded-Ssl', { ...PLAIN, 'X-Forwarded-Ssl': 'on' }, 'X-Forwarded-Ssl says on'],
    ['http, and X-Forwarded-Scheme', { ...PLAIN, 'X-Forwarded-Scheme': 'https' }, 'X-Forwarded-Scheme'],
    ['http of a browser at https', { ...PLAIN, 'Sec-Fetch-Site': 'none' }, 'the browser used https'],
    [
      'http of a browser with a cookie of ours',
      { ...PLAIN, Cookie: 'a=b; __Host-gatehouse.session=x' },
      'the browser used https',
    ],
    ['http and a port', { ...PLAIN, Cookie: '__Secure-x=y' }, 'the browser used https'],
  ];
  for (const [what, headers, words] of misconfigured) {
    it(`a trusted proxy with ${what} is answered once, with an error that says so`, async () => {
      for (const method of ['GET', 'POST']) {
        const { ask, logged } = production();
        const { status, location, error } = await ask('/authorize?x=y', headers, method);
        expect([status, location, error?.code]).to.deep.equal([421, null, 'proxy_misconfigured']);
        expect(error?.safeMessage)
          .to.include(words)
          .and.include('X-Forwarded-Proto')
          .and.include('TRUSTED_PROXIES');
        expect(logged).to.have.length(1);
        expect(logged[0]?.proxy).to.equal('127.0.0.1');
        expect(logged[0]?.message).to.include(words);
      }
    });
  }

  const untrusted: [what: string, headers: Record<string, string>][] = [
    ['says https', { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.7' }],
    ['says http', PLAIN],
    ['sends Forwarded', { Forwarded: 'for=203.0.113.7;proto=https' }],
    ['says nothing', {}],
    ['passes another Host', { 'X-Forwarded-Proto': 'https', Host: 'internal.example' }],
    ['claims to be the trusted one', { 'X-Forwarded-For': '10.0.0.5', 'X-Forwarded-Proto': 'https' }],
  ];
  for (const [what, headers] of untrusted) {
    it(`whoever is not in TRUSTED_PROXIES and ${what} is answered once, with an error that names the setting`, async () => {
      for (const method of ['GET', 'HEAD', 'POST']) {
        const { ask, logged } = production(['10.0.0.5', 'fd00::/8']);
        const { status, location, error } = await ask('/authorize', headers, method);
        expect([status, location, error?.code]).to.deep.equal([421, null, 'proxy_not_trusted']);
        expect(error?.safeMessage).to.include('TRUSTED_PROXIES').and.not.include('127.0.0.1');
        await ask('/account', headers);
        expect(logged.map(({ proxy }) => proxy)).to.deep.equal(['127.0.0.1']);
        expect(logged[0]?.message).to.include('TRUSTED_PROXIES').and.include('127.0.0.1');
      }
    });
  }

  it('a proxy that takes a prefix off is told of, once; where a client has written it, nothing comes of it', async () => {
    const { ask, logged } = production();
    const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Prefix': '/auth' };
    for (let times = 0; times < 3; times += 1)
      expect((await ask('/account', headers)).body).to.equal('served');
    expect(logged).to.have.length(1);
    expect(logged[0]?.message).to.include('X-Forwarded-Prefix').and.include('host name of its own');
    const elsewhere = production(['10.0.0.5']);
    await elsewhere.ask('/health/live', headers);
    expect(elsewhere.logged).to.deep.equal([]);
  });
});

describe('what the log says of proxies', () => {
  it('is bounded, however many addresses come', () => {
    const lines: string[] = [];
    const warnings = createProxyWarnings({
      warn: ((fields: unknown, message?: string) => lines.push(message ?? String(fields))) as never,
    });
    for (let round = 0; round < 2; round += 1) {
      for (let address = 0; address < 5_000; address += 1) {
        warnings.untrusted(`10.0.${address >> 8}.${address & 255}`, true);
        warnings.foreignProtocol('TLS', `10.0.${address >> 8}.${address & 255}`);
      }
    }
    expect(lines).to.have.length(51);
    expect(lines.at(-1)).to.include('not logged');
  });

  it('says what to do about a foreign protocol', () => {
    const lines: string[] = [];
    const warnings = createProxyWarnings({
      warn: ((_fields: unknown, message: string) => lines.push(message)) as never,
    });
    warnings.foreignProtocol('the PROXY protocol', '::ffff:10.0.0.5');
    warnings.foreignProtocol('TLS', '10.0.0.5');
    warnings.foreignProtocol('HTTP/2', '10.0.0.5');
    expect(lines[0]).to.include('10.0.0.5').and.include('send-proxy').and.not.include('::ffff');
    expect(lines[1]).to.include('http://');
    expect(lines[2]).to.include('HTTP/1.1');
  });
});

describe('repetitions', () => {
  it('are counted within a time, for a bounded number of things', () => {
    let now = 0;
    const repetitions = createRepetitions({ most: 2, withinMilliseconds: 100, now: () => now });
    const times = (key: string) => [1, 2, 3].map(() => repetitions.again(key));
    expect(times('a')).to.deep.equal([false, false, true]);
    now = 101;
    expect(times('a')).to.deep.equal([false, false, true]);
    for (let other = 0; other < 1_000; other += 1) repetitions.again(`other ${other}`);
    expect(repetitions.again('a'), 'the oldest is forgotten').to.equal(false);
  });
});
