import { connect } from 'node:net';
import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';
import { INNARDS, isAlive, portOf, raw } from './support.ts';

const TIMEOUT_SECONDS = 1;
/** The timeout, a round of Node's check for it, and patience for a busy machine. */
const CUT_WITHIN = (TIMEOUT_SECONDS + 1) * 1000 + 4_000;

describe('slow and malformed requests', function malformed() {
  this.timeout(30_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ settings: { REQUEST_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS) } });
  });
  after(() => server.stop());
  afterEach(async () => expect(await isAlive(server)).to.equal(true));

  /** Sends a beginning, then a byte every now and then, and answers what came and when the connection was cut. */
  function trickle(beginning: string, drop: string): Promise<{ text: string; after: number }> {
    return new Promise((resolve) => {
      const started = performance.now();
      let text = '';
      const socket = connect({ port: portOf(server), host: 'localhost' });
      const timer = setInterval(() => socket.write(drop), 150);
      const limit = setTimeout(() => socket.destroy(), CUT_WITHIN + 5_000);
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        clearInterval(timer);
        clearTimeout(limit);
        resolve({ text, after: performance.now() - started });
      });
      socket.write(beginning);
    });
  }

  describe('are cut after REQUEST_TIMEOUT_SECONDS', () => {
    const cases: [what: string, beginning: string, drop: string][] = [
      ['headers that never end', 'GET / HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n'],
      ['a request line that never ends', 'GET /', 'a'],
      ['nothing at all but a line end now and then', '\r\n', '\r\n'],
      ...['/token', '/authorize', '/setup', '/logout/confirm', '/par'].map(
        (path): [string, string, string] => [
          `a body to ${path} that never ends`,
          `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n`,
          'a=1&',
        ],
      ),
      [
        'a chunked body that never ends',
        'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n',
        '3\r\na=1\r\n',
      ],
    ];

    it('whatever it is that comes slowly, and all of them at once', async () => {
      const results = await Promise.all(
        cases.flatMap(([what, beginning, drop]) =>
          Array.from({ length: 8 }, async () => ({ what, ...(await trickle(beginning, drop)) })),
        ),
      );
      for (const { what, text, after } of results) {
        expect(after, what).to.be.lessThan(CUT_WITHIN);
        expect(text, what).not.to.match(INNARDS);
        expect(text, what).to.match(/^$|^HTTP\/1\.1 4\d\d /);
      }
    });

    it('while others are served', async () => {
      let cut = 0;
      const slow = Array.from({ length: 100 }, async () => {
        await trickle('GET / HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n');
        cut += 1;
      });
      expect(await isAlive(server)).to.equal(true);
      expect(cut, 'cut before the others were served').to.equal(0);
      await Promise.all(slow);
    });
  });

  const request = (lines: string[], body = '') => `${lines.join('\r\n')}\r\n\r\n${body}`;
  const FORM = 'Content-Type: application/x-www-form-urlencoded';

  const refused: [what: string, bytes: string | Buffer, status: RegExp][] = [
    ['garbage', 'this is not HTTP at all\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['binary garbage', Buffer.from([0, 255, 254, 1, 2, 3, 13, 10, 13, 10]), /^HTTP\/1\.1 400 /],
    ['the beginning of TLS', Buffer.from('1603010200010001fc0303', 'hex'), /^HTTP\/1\.1 400 /],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 (400|405|505) /],
    ['a request of HTTP/0.9', 'GET /nowhere\r\n\r\n', /^HTTP\/1\.1 40[04] /],
    ['a method that there is not', request(['FROB / HTTP/1.1', 'Host: x']), /^HTTP\/1\.1 400 /],
    ['no host', request(['GET / HTTP/1.1']), /^HTTP\/1\.1 400 /],
    [
      'headers of 40 KiB',
      request(['GET / HTTP/1.1', 'Host: x', `X-A: ${'a'.repeat(40_000)}`]),
      /^HTTP\/1\.1 431 /,
    ],
    ['an address of 40 KiB', request([`GET /${'a'.repeat(40_000)} HTTP/1.1`, 'Host: x']), /^HTTP\/1\.1 431 /],
    [
      'three thousand headers',
      request(['GET / HTTP/1.1', 'Host: x', ...Array.from({ length: 3000 }, (_, i) => `X-${i}: aaaa`)]),
      /^HTTP\/1\.1 (431|400) /,
    ],
    ['a space before the colon', request(['GET / HTTP/1.1', 'Host: x', 'X-A : b']), /^HTTP\/1\.1 400 /],
    ['a folded header', request(['GET / HTTP/1.1', 'Host: x', 'X-A: b', ' c']), /^HTTP\/1\.1 400 /],
    [
      'a bare line feed in a header',
      'GET / HTTP/1.1\r\nHost: x\r\nX-A: b\nX-B: c\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    ['NUL in a header', request(['GET / HTTP/1.1', 'Host: x', 'X-A: b\0c']), /^HTTP\/1\.1 400 /],
    ['NUL in the address', request(['GET /\0 HTTP/1.1', 'Host: x']), /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      request(['POST /token HTTP/1.1', 'Host: x', FORM, 'Content-Length: 3', 'Content-Length: 30'], 'a=1'),
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and chunks',
      request(
        ['POST /token HTTP/1.1', 'Host: x', FORM, 'Content-Length: 5', 'Transfer-Encoding: chunked'],
        '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
      ),
      /^HTTP\/1\.1 400 /,
    ],
    [
      'chunks under another encoding',
      request(
        ['POST /token HTTP/1.1', 'Host: x', FORM, 'Transfer-Encoding: chunked, identity'],
        '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
      ),
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a chunk with a senseless length',
      request(
        ['POST /token HTTP/1.1', 'Host: x', FORM, 'Transfer-Encoding: chunked'],
        'zz\r\na\r\n0\r\n\r\n',
      ),
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a negative length',
      request(['POST /token HTTP/1.1', 'Host: x', FORM, 'Content-Length: -1'], 'a=1'),
      /^HTTP\/1\.1 400 /,
    ],
    ['a tunnel', request(['CONNECT evil.example:443 HTTP/1.1', 'Host: x']), /^$|^HTTP\/1\.1 4/],
  ];

  for (const [what, bytes, status] of refused) {
    it(`${what}: refused, once, with nothing of ours`, async () => {
      const { text } = await raw(server, bytes, 6_000);
      expect(text).to.match(status);
      expect(text).not.to.match(INNARDS);
      expect(text.match(/HTTP\/1\.1 \d/g) ?? [], 'one answer at most').to.have.length.at.most(1);
    });
  }

  /** What a form may have at most, BODY_LIMIT_BYTES. */
  const LIMIT = 65_536;
  for (const path of ['/setup', '/token', '/par', '/token/introspect', '/logout/confirm', '/userinfo']) {
    for (const framing of ['length', 'chunks']) {
      it(`a body beyond the limit to ${path}, by ${framing}: refused without being read to its end`, async () => {
        const body = `a=${'a'.repeat(LIMIT + 10)}`;
        const sent =
          framing === 'length'
            ? request(
                [
                  `POST ${path} HTTP/1.1`,
                  'Host: x',
                  'Connection: close',
                  FORM,
                  `Content-Length: ${body.length + 5_000_000}`,
                ],
                body,
              )
            : request(
                [`POST ${path} HTTP/1.1`, 'Host: x', 'Connection: close', FORM, 'Transfer-Encoding: chunked'],
                `${body.length.toString(16)}\r\n${body}\r\n`,
              );
        const { text, after } = await raw(server, sent, 6_000);
        expect(after).to.be.lessThan(TIMEOUT_SECONDS * 1000);
        expect(text).to.match(/^HTTP\/1\.1 (400|413) /);
        expect(text).not.to.match(INNARDS);
      });
    }
  }

  it('a client that goes away in the middle harms nobody', async () => {
    const head = request(['POST /token HTTP/1.1', 'Host: x', FORM, 'Content-Length: 500'], 'grant_type=');
    await Promise.all(Array.from({ length: 50 }, () => raw(server, head, 30)));
    await Promise.all(Array.from({ length: 50 }, () => raw(server, 'GET /authorize?client_id=', 30)));
    expect(await isAlive(server)).to.equal(true);
  });
});
