import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import fc from 'fast-check';
import Koa from 'koa';
import { clientOf, useForwarding } from '../../../src/http/kit/proxy.ts';
import { canonicalAddress, networkMatcher } from '../../../src/kernel/addresses.ts';
import { type Served, serve } from './serve.ts';

const ISSUER = 'https://id.example.org';

interface Seen {
  ip: string;
  protocol: string;
  host: string;
  href: string;
  left: string[];
}

/** An application that tells what it believes of a request. */
function application(trustedProxies: string[]): Koa {
  const app = new Koa();
  useForwarding(app, { trustedProxies, issuer: ISSUER });
  app.use((ctx) => {
    const left = Object.keys(ctx.headers).filter((name) =>
      /forward|real-ip|original|rewrite|client-ip/.test(name),
    );
    const seen: Seen = { ip: ctx.ip, protocol: ctx.protocol, host: ctx.host, href: ctx.href, left };
    ctx.body = seen;
  });
  return app;
}

const ask = async (trustedProxies: string[], headers: Record<string, string>): Promise<Seen> => {
  await using server = await serve(application(trustedProxies));
  return (await (await fetch(`${server.url}/path?q=1`, { headers })).json()) as Seen;
};

/** A request as bytes, for what no HTTP client would send. */
async function raw(server: Served, head: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.end(`${head}\r\nConnection: close\r\n\r\n`);
  return await text(socket);
}

describe('forwarding headers', () => {
  const forged = {
    'X-Forwarded-For': '203.0.113.7',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Port': '444',
    'X-Real-IP': '203.0.113.8',
    Forwarded: 'for=203.0.113.9;proto=https;host=evil.example',
    'X-Original-URL': '/admin',
  };

  for (const [what, trusted] of [
    ['nobody is trusted', []],
    ['others are trusted', ['10.0.0.5', '192.168.0.0/16', '::1']],
  ] as const) {
    it(`are dropped where ${what}`, async () => {
      expect(await ask([...trusted], forged)).to.deep.equal({
        ip: '127.0.0.1',
        protocol: 'http',
        host: 'id.example.org',
        href: 'http://id.example.org/path?q=1',
        left: ['x-forwarded-for'],
      });
    });
  }

  it('are believed from a trusted proxy, one value each; the host never', async () => {
    expect(await ask(['127.0.0.0/8'], forged)).to.deep.equal({
      ip: '203.0.113.7',
      protocol: 'https',
      host: 'id.example.org',
      href: 'https://id.example.org/path?q=1',
      left: ['x-forwarded-for', 'x-forwarded-proto'],
    });
  });

  const trusted = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'];
  const chains: [what: string, header: string, ip: string][] = [
    ['nothing', '', '127.0.0.1'],
    ['one hop', '198.51.100.1', '198.51.100.1'],
    ['trusted hops behind the client', '198.51.100.1, 10.1.2.3, fd00::5', '198.51.100.1'],
    ['a client that wrote an address of its own', '10.9.9.9, 198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['a client that claims to be the proxy', '127.0.0.1, 198.51.100.1', '198.51.100.1'],
    ['only trusted hops', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['IPv6', '2001:DB8:0:0::1', '2001:db8::1'],
    ['IPv6 in brackets with a port', '[2001:db8::1]:4711', '2001:db8::1'],
    ['IPv4 with a port', '198.51.100.1:4711', '198.51.100.1'],
    ['IPv4 mapped into IPv6', '198.51.100.1, ::ffff:10.1.2.3', '198.51.100.1'],
    ['the same in hexadecimal', '::ffff:c633:6401', '198.51.100.1'],
    ['garbage', 'unknown', '127.0.0.1'],
    ['garbage behind a trusted hop', '198.51.100.1, <script>, 10.1.2.3', '10.1.2.3'],
    ['empty entries', '198.51.100.1,, 10.1.2.3', '10.1.2.3'],
    ['a thousand hops', `${'203.0.113.1, '.repeat(1_000)}198.51.100.1`, '198.51.100.1'],
    ['a zone', 'fe80::1%eth0', '127.0.0.1'],
    ['a number that some parsers take for an address', '2130706433', '127.0.0.1'],
    ['an octal look-alike', '010.0.0.1', '127.0.0.1'],
  ];
  for (const [what, header, ip] of chains) {
    it(`with ${what}: the client is ${ip}`, async () => {
      expect((await ask(trusted, header === '' ? {} : { 'X-Forwarded-For': header })).ip).to.equal(ip);
    });
  }

  for (const [header, protocol] of [
    ['https', 'https'],
    ['HTTPS', 'https'],
    ['https, http', 'http'],
    ['http, https', 'https'],
    ['ws', 'http'],
    ['https;x', 'http'],
    [',', 'http'],
  ] as const) {
    it(`the last proxy says ${header}: ${protocol}`, async () => {
      expect((await ask(trusted, { 'X-Forwarded-Proto': header })).protocol).to.equal(protocol);
    });
  }

  it('the client is never an address that only the client vouches for', () => {
    const matcher = networkMatcher(trusted);
    const hop = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ maxLength: 8 }).filter((value) => !value.includes(',')),
    );
    fc.assert(
      fc.property(fc.array(hop, { maxLength: 6 }), fc.ipV4(), (written, real) => {
        fc.pre(!matcher(canonicalAddress(real) ?? ''));
        // Whatever a client writes, its own address, which our proxy appends, stops the walk.
        expect(clientOf([...written, real].join(', '), '127.0.0.1', matcher)).to.equal(
          canonicalAddress(real),
        );
      }),
    );
  });

  it('a peer that comes as IPv4 mapped into IPv6 is the IPv4 that it is', async () => {
    await using server = await serve(application(['127.0.0.1']), '::');
    const seen = (await (
      await fetch(`http://127.0.0.1:${server.port}/`, { headers: { 'X-Forwarded-For': '198.51.100.1' } })
    ).json()) as Seen;
    expect(seen.ip).to.equal('198.51.100.1');
    const direct = (await (await fetch(`http://127.0.0.1:${server.port}/`)).json()) as Seen;
    expect(direct.ip).to.equal('127.0.0.1');
  });

  it('a target with a host of its own, or none that is a path, is made ours', async () => {
    await using server = await serve(application([]));
    const href = async (line: string) =>
      /"href":"([^"]*)"/.exec(await raw(server, `${line} HTTP/1.1\r\nHost: evil.example`))?.[1];
    expect(await href('GET http://evil.example/path?q=1')).to.equal('http://id.example.org/path?q=1');
    expect(await href('GET https://evil.example')).to.equal('http://id.example.org/');
    expect(await href('GET //evil.example/path')).to.equal('http://id.example.org//evil.example/path');
    expect(await href('OPTIONS *')).to.equal('http://id.example.org/*');
  });
});

describe('addresses', () => {
  it('have one spelling', () => {
    for (const [text, expected] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::FFFF:127.0.0.1', '127.0.0.1'],
      ['::ffff:7f00:1', '127.0.0.1'],
      ['0:0:0:0:0:ffff:7f00:0001', '127.0.0.1'],
      ['2001:0DB8::0001', '2001:db8::1'],
      ['fe80::1%eth0', 'fe80::1'],
      ['', undefined],
      ['localhost', undefined],
      ['1.2.3', undefined],
      ['1.2.3.4.5', undefined],
      ['[::1]', undefined],
    ] as const) {
      expect(canonicalAddress(text), text).to.equal(expected);
    }
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const once = canonicalAddress(address) ?? '';
        expect(canonicalAddress(once)).to.equal(once);
      }),
    );
  });

  it('are looked up in networks of both families, mapped ones included', () => {
    const matches = networkMatcher(['10.0.0.0/8', 'fd00::/8', '::ffff:192.168.1.1', '::ffff:172.16.0.0/108']);
    for (const address of ['10.255.0.1', 'fd12::1', '192.168.1.1', '172.31.0.1'])
      expect(matches(address), address).to.equal(true);
    for (const address of ['11.0.0.1', 'fe80::1', '192.168.1.2', '172.32.0.1', '::1'])
      expect(matches(address), address).to.equal(false);
    expect(() => networkMatcher(['proxy'])).to.throw('"proxy" is no address or range');
  });
});
