import { expect } from 'chai';
import fc from 'fast-check';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { names, nasty, paths } from './fuzz-values.ts';
import { authorizePath, basic, type Client, directly, INNARDS, isAlive } from './support.ts';

/**
 * Nonsense at every address: an answer below 500, the security headers, nothing of the machinery, a process that lives.
 * The right credentials are now and then among the nonsense, so that it gets past the first check.
 */
describe('whatever is sent', function fuzz() {
  this.timeout(60_000);
  let server: TestServer;
  let client: Client;
  let cookie: string;
  let signIn: string;
  let csrf: string;
  const logged: string[] = [];

  before(async () => {
    server = await startTestServer();
    client = await server.addClient({
      ...WEB_CLIENT,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    server.app.protocol.active.current.on('server_error', (_ctx, error) => logged.push(String(error)));
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(client));
    signIn = new URL(page.url).pathname;
    csrf = String(page.forms[0]?.fields.csrf);
    cookie = await agent.jar.getCookieString(page.url);
  });
  after(() => server.stop());

  const text = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...nasty) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
    { weight: 2, arbitrary: fc.constant('$right') },
  );
  const fields = fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 14 });
  const headerValue = fc.constantFrom(
    'null',
    '*/*',
    'text/html',
    'application/json',
    'text/html;q=2,,;;',
    'Basic Og==',
    'Basic !!!!',
    'Bearer \u00e9',
    'Bearer eyJhbGciOiJub25lIn0.e30.',
    'DPoP x',
    'gatehouse_session=1; gatehouse_session.sig=2; gatehouse_session=3',
    '__proto__=1; =; ;;',
    'x-'.repeat(2000),
    'de-u-nu-thai, *;q=0, x',
    'W/"x", *',
    'bytes=0-18446744073709551615',
    '255.255.255.256, ::ffff:1.2.3.4, [::1]:99999',
    'gzip;q=0, *;q=0',
    'http://evil.example',
    'cross-site',
    'Thu, 99 Foo 99999',
  );
  const headers = fc.array(
    fc.tuple(
      fc.constantFrom(
        'accept',
        'accept-language',
        'accept-encoding',
        'authorization',
        'cookie',
        'origin',
        'referer',
        'user-agent',
        'x-forwarded-for',
        'x-forwarded-proto',
        'x-forwarded-host',
        'x-http-method-override',
        'if-none-match',
        'if-modified-since',
        'range',
        'sec-fetch-site',
        'dpop',
        'oauth-client-attestation',
        'access-control-request-method',
        'access-control-request-headers',
        'content-encoding',
      ),
      headerValue,
    ),
    { maxLength: 4 },
  );
  const contentType = fc.constantFrom(
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-7',
    'application/x-www-form-urlencoded; charset=nonsense',
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    'nonsense',
    '',
  );
  const bodyBytes = fc.oneof(
    { weight: 4, arbitrary: fields.map((list) => encode(list)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        Buffer.from('%ff%fe=%c3%28&a[]=1&a[b]=2&=&&&'),
        Buffer.from('client_id=a&client_id=b&grant_type=x&grant_type=y'),
        Buffer.from('{"__proto__":{"polluted":true}}'),
        Buffer.alloc(70_000, 'a'),
        Buffer.from(`${'a=1&'.repeat(3000)}`),
      ),
    },
  );
  const suffix = fc.constantFrom(
    '',
    '',
    '',
    '/',
    '//',
    '/..%2f',
    '%00',
    '%',
    '%zz',
    ';a=b',
    '/%e0%80',
    '.json',
  );

  const right: Record<string, () => string> = {
    client_id: () => String(client.client_id),
    client_secret: () => String(client.client_secret),
    redirect_uri: () => WEB_CLIENT.redirect_uris[0] as string,
    post_logout_redirect_uri: () => WEB_CLIENT.post_logout_redirect_uris[0] as string,
    response_type: () => 'code',
    scope: () => 'openid profile email',
    grant_type: () => 'client_credentials',
    code_challenge: () => 'A'.repeat(43),
    code_challenge_method: () => 'S256',
    csrf: () => csrf,
    decision: () => 'allow',
  };

  function encode(list: readonly (readonly [string, string])[]): Buffer {
    const rightFor = (name: string) => (Object.hasOwn(right, name) ? right[name]?.() : 'x') ?? 'x';
    const pairs = list.map(([name, value]) => [name, value === '$right' ? rightFor(name) : value]);
    return Buffer.from(new URLSearchParams(pairs as [string, string][]).toString());
  }

  const REQUIRED = [
    'content-security-policy',
    'x-content-type-options',
    'referrer-policy',
    'x-frame-options',
  ];

  async function mustBeHarmless(url: string, init: RequestInit): Promise<void> {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const body = await response.text();
    const what = `${init.method} ${url.slice(0, 300)} → ${response.status} ${body.slice(0, 200)}`;
    expect(response.status, what).to.be.lessThan(500);
    expect(body, what).not.to.match(INNARDS);
    for (const name of REQUIRED) expect(response.headers.has(name), `${name}: ${what}`).to.equal(true);
    expect(response.headers.has('x-injected'), what).to.equal(false);
    expect(response.headers.get('location') ?? '', what).not.to.match(/^(https?:)?\/\/evil/);
    expect(body, what).not.to.contain('<script>alert');
  }

  const address = (path: string) => directly(server) + path.replace('SIGN_IN', signIn);

  /** Every other request comes from the browser that has a sign-in open, every third from the client itself. */
  function headersOf(list: readonly (readonly [string, string])[], flavour: number): Record<string, string> {
    return {
      ...(flavour % 2 === 0 ? { cookie } : {}),
      ...(flavour % 3 === 0
        ? { authorization: basic(String(client.client_id), String(client.client_secret)) }
        : {}),
      ...Object.fromEntries(list),
    };
  }

  it('is answered without a fault: addresses, queries and headers', async () => {
    const request = fc.record({
      path: fc.constantFrom(...paths),
      tail: suffix,
      query: fields,
      headers,
      flavour: fc.nat(5),
      method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'),
    });
    await fc.assert(
      fc.asyncProperty(request, async (each) => {
        const query = encode(each.query.filter(([, value]) => value.length < 5000)).toString();
        await mustBeHarmless(`${address(each.path)}${each.tail}?${query.slice(0, 12_000)}`, {
          method: each.method,
          headers: headersOf(each.headers, each.flavour),
        });
      }),
      { numRuns: 350 },
    );
  });

  it('is answered without a fault: bodies and content types', async () => {
    const request = fc.record({
      path: fc.constantFrom(...paths),
      body: bodyBytes,
      type: contentType,
      headers,
      flavour: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(request, async (each) => {
        await mustBeHarmless(address(each.path), {
          method: 'POST',
          body: new Uint8Array(each.body),
          headers: { 'content-type': each.type, ...headersOf(each.headers, each.flavour) },
        });
      }),
      { numRuns: 350 },
    );
  });

  it('is answered without a fault: each nasty value in each field of each endpoint', async () => {
    const endpoints = ['/authorize', '/token', '/par', '/token/introspect', '/token/revoke', '/logout'];
    for (const path of endpoints) {
      for (const name of names) {
        for (const value of ['\0', `${'a'.repeat(99)}😀`, '{"id_token":{"\\u0000":null}}']) {
          const given = new URLSearchParams(authorizePath(client).split('?')[1]);
          given.set('grant_type', 'client_credentials');
          if (name === 'client_id') given.delete('state');
          given.set(name, value);
          if (path === '/authorize' || path === '/logout') {
            await mustBeHarmless(`${address(path)}?${given}`, { method: 'GET', headers: { cookie } });
            continue;
          }
          const authorization = basic(String(client.client_id), String(client.client_secret));
          await mustBeHarmless(address(path), { method: 'POST', body: given, headers: { authorization } });
        }
      }
    }
  });

  it('has not hurt the process, nor objects that it never touched', async () => {
    expect(await isAlive(server)).to.equal(true);
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    expect(logged).to.deep.equal([]);
  });
});
