import type { lookup } from 'node:dns';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { reachableAddresses } from '../../../src/domain/logout-deliveries/addresses.ts';
import { createPostLogoutToken } from '../../../src/domain/logout-deliveries/post.ts';

const never = new AbortController().signal;
const everywhere = () => true;

describe('posting a logout token', () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let port: number;
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
    answer(request, response);
  });
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  after((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
  beforeEach(() => {
    seen.length = 0;
    answer = (_request, response) => void response.end();
  });

  const post = createPostLogoutToken({ timeoutSeconds: 2, mayReach: everywhere });
  /** A name server that knows these addresses of every name. */
  const names = (...addresses: { address: string; family: 4 | 6 }[]) =>
    ((_name: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
      callback(null, addresses)) as unknown as typeof lookup;

  it('sends one form field', async () => {
    expect(await post(`http://127.0.0.1:${port}/there?tenant=1`, 'a.b+c', never)).to.deep.equal({
      status: 200,
    });
    expect(seen).to.deep.equal([
      'POST /there?tenant=1 application/x-www-form-urlencoded logout_token=a.b%2Bc',
    ]);
  });

  it('tells the status, and how long to wait where that is a number', async () => {
    for (const [header, expected] of [
      ['30', { status: 503, retryAfter: 30 }],
      ['soon', { status: 503 }],
      ['99999999999999999999', { status: 503 }],
    ] as const) {
      answer = (_request, response) => void response.writeHead(503, { 'retry-after': header }).end();
      expect(await post(`http://127.0.0.1:${port}/`, 't', never)).to.deep.equal(expected);
    }
  });

  it('tells what went wrong in few words, none of them the other side’s', async () => {
    answer = (request) => request.socket.destroy();
    expect(await post(`http://127.0.0.1:${port}/`, 't', never)).to.deep.equal({
      problem: 'no connection: ECONNRESET',
    });
    answer = (request) => request.socket.end('<script>not http</script>\r\n\r\n');
    const { problem } = (await post(`http://127.0.0.1:${port}/`, 't', never)) as { problem: string };
    expect(problem).to.match(/^no connection: HPE_[A-Z_]+$/u);
    expect(await post(`https://127.0.0.1:${port}/`, 't', never)).to.have.property('problem');
  });

  it('gives up waiting, for a connection or for headers without end', async () => {
    const impatient = createPostLogoutToken({ timeoutSeconds: 0.2, mayReach: everywhere });
    const expected = { problem: 'no answer within 0.2 s' };
    answer = (_request, response) => {
      const drip = setInterval(() => response.socket?.write('x'), 20);
      response.socket?.once('close', () => clearInterval(drip));
      response.socket?.write('HTTP/1.1 200 OK\r\nx-endless: ');
    };
    expect(await impatient(`http://127.0.0.1:${port}/`, 't', never)).to.deep.equal(expected);
    const deaf = createPostLogoutToken({
      timeoutSeconds: 0.2,
      mayReach: everywhere,
      lookup: (() => undefined) as unknown as typeof lookup,
    });
    expect(await deaf('https://app.example.org/', 't', never)).to.deep.equal(expected);
  });

  it('rejects only when it is called off', async () => {
    const off = new AbortController();
    answer = () => off.abort();
    const outcome = await post(`http://127.0.0.1:${port}/`, 't', off.signal).catch((error: Error) => error);
    expect(outcome).to.be.instanceOf(Error);
  });

  it('connects to no address inside, written out, by name, or by one of a name’s', async () => {
    const inside = { problem: 'its address is inside, and in none of LOGOUT_ALLOWED_NETWORKS' };
    const guarded = (...addresses: { address: string; family: 4 | 6 }[]) =>
      createPostLogoutToken({
        timeoutSeconds: 2,
        mayReach: reachableAddresses([]),
        lookup: names(...addresses),
      });
    for (const host of [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
    ]) {
      expect(await guarded()(`http://${host}:${port}/`, 't', never), host).to.deep.equal(inside);
    }
    const loopback = { address: '127.0.0.1', family: 4 } as const;
    for (const addresses of [[loopback], [{ address: '8.8.8.8', family: 4 } as const, loopback], []]) {
      expect(await guarded(...addresses)(`http://app.example.org:${port}/`, 't', never)).to.deep.equal(
        inside,
      );
    }
    const real = createPostLogoutToken({ timeoutSeconds: 2, mayReach: reachableAddresses([]) });
    expect(await real(`http://localhost:${port}/`, 't', never)).to.deep.equal(inside);
    expect(seen).to.deep.equal([]);
  });

  it('connects to an address inside that the operator has named, by name or written out, to none beside it', async () => {
    const named = (...addresses: { address: string; family: 4 | 6 }[]) =>
      createPostLogoutToken({
        timeoutSeconds: 2,
        // This machine stands for one inside: the real list never opens it.
        mayReach: (address) => address === '127.0.0.1' || reachableAddresses(['10.0.0.0/8'])(address),
        lookup: names(...addresses),
      });
    const inside = { address: '127.0.0.1', family: 4 } as const;
    expect(await named(inside)(`http://notes.hospital.internal:${port}/`, 't', never)).to.deep.equal({
      status: 200,
    });
    expect(await named()(`http://127.0.0.1:${port}/`, 't', never)).to.deep.equal({ status: 200 });
    seen.length = 0;
    for (const beside of ['169.254.169.254', '127.0.0.2', '192.168.0.1', '::1']) {
      const family = beside.includes(':') ? 6 : 4;
      expect(
        await named(inside, { address: beside, family })(
          `http://notes.hospital.internal:${port}/`,
          't',
          never,
        ),
      )
        .to.have.property('problem')
        .that.includes('inside');
    }
    expect(seen).to.deep.equal([]);
  });

  it('asks for a name once for each notice: what a name says later is judged anew', async () => {
    let asked = 0;
    const rebinding = ((
      _name: string,
      _options: unknown,
      callback: (error: null, found: unknown) => void,
    ) => {
      asked += 1;
      callback(null, [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
    }) as unknown as typeof lookup;
    const fickle = createPostLogoutToken({
      timeoutSeconds: 2,
      mayReach: (address) => address === '127.0.0.1',
      lookup: rebinding,
    });
    const uri = `http://notes.hospital.internal:${port}/`;
    expect(await fickle(uri, 't', never)).to.deep.equal({ status: 200 });
    expect(asked).to.equal(1);
    expect(await fickle(uri, 't', never))
      .to.have.property('problem')
      .that.includes('inside');
  });

  it('connects to the address that was judged', async () => {
    const known = createPostLogoutToken({
      timeoutSeconds: 2,
      mayReach: everywhere,
      lookup: names({ address: '127.0.0.1', family: 4 }),
    });
    expect(await known(`http://app.example.org:${port}/`, 't', never)).to.deep.equal({ status: 200 });
  });
});
