import { expect } from 'chai';
import Koa, { type Middleware } from 'koa';
import { securityHeaders } from '../../../src/http/kit/headers.ts';
import { serve } from './serve.ts';

const answer = async (
  options: { https: boolean; hsts?: boolean; protocol?: string },
  path = '/',
  ...rest: Middleware[]
) => {
  const app = new Koa({ proxy: true });
  app.use(securityHeaders(options));
  for (const middleware of rest) app.use(middleware);
  await using server = await serve(app);
  return await fetch(`${server.url}${path}`, {
    headers: { 'X-Forwarded-Proto': options.protocol ?? 'https' },
  });
};

describe('security headers', () => {
  it('have exactly these values', async () => {
    const { headers } = await answer({ https: true });
    const expected = {
      'content-security-policy':
        "default-src 'none';style-src 'self';script-src 'self';img-src 'self' data:;font-src 'none';" +
        "connect-src 'self';base-uri 'none';frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'x-frame-options': 'DENY',
      'x-xss-protection': '1; mode=block',
    };
    for (const [name, value] of Object.entries(expected)) expect(headers.get(name), name).to.equal(value);
    const known = [...Object.keys(expected), 'permissions-policy'];
    const transport = ['connection', 'content-length', 'content-type', 'date', 'keep-alive'];
    expect([...headers.keys()]).to.have.members([...known, ...transport]);
  });

  it('deny browser features one by one', async () => {
    const { headers } = await answer({ https: false });
    const features = headers.get('permissions-policy')?.split(', ') ?? [];
    expect(features.length).to.be.greaterThan(20);
    for (const feature of features) expect(feature).to.match(/^[a-z-]+=\(\)$/);
    expect(features).to.include.members([
      'camera=()',
      'geolocation=()',
      'microphone=()',
      'payment=()',
      'usb=()',
    ]);
    // Chromium warns of these on every page; whatever else it does not know, test/browser/real-pages.slow.test.ts finds.
    for (const unknown of ['attribution-reporting=()', 'bluetooth=()'])
      expect(features).not.to.include(unknown);
    // Passkeys need these two.
    expect(headers.get('permissions-policy')).not.to.contain('publickey-credentials');
  });

  it('never allow anything unsafe, and say nothing of the software', async () => {
    const { headers } = await answer({ https: true }, '/', (ctx) => {
      ctx.body = '<p>a page</p>';
    });
    expect(headers.get('content-security-policy')).not.to.match(/unsafe|\*|http:/);
    expect(headers.has('x-powered-by')).to.equal(false);
    expect(headers.has('server')).to.equal(false);
  });

  it('leave HSTS out where the issuer is reached by http, or this request came by it', async () => {
    const plain = await answer({ https: true, protocol: 'http' });
    expect(plain.headers.has('strict-transport-security')).to.equal(false);
    expect((await answer({ https: false })).headers.has('strict-transport-security')).to.equal(false);
    const byProxy = await answer({ https: true, hsts: false });
    expect(byProxy.headers.has('strict-transport-security'), 'HSTS=proxy').to.equal(false);
    expect(byProxy.headers.has('content-security-policy')).to.equal(true);
  });

  for (const [path, policy] of [
    ['/.well-known/openid-configuration', 'cross-origin'],
    ['/jwks', 'cross-origin'],
    ['/jwks/more', 'same-origin'],
    ['/account', 'same-origin'],
  ] as const) {
    it(`let ${path} be loaded from ${policy}`, async () => {
      expect((await answer({ https: true }, path)).headers.get('cross-origin-resource-policy')).to.equal(
        policy,
      );
    });
  }
});
