import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually } from '../support/processes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type ServerProcess, serveBeside } from '../support/server-processes.ts';

describe('a server that is told to end', function () {
  this.timeout(60_000);
  let server: TestServer;
  const nodes: ServerProcess[] = [];

  before(async () => {
    server = await startTestServer();
  });
  afterEach(() => Promise.all(nodes.splice(0).map((node) => node.kill())));
  after(() => server.stop());

  const start = async (settings: Record<string, string>) => {
    const node = await serveBeside(server, { METRICS_PORT: '', ...settings });
    nodes.push(node);
    return node;
  };
  const ask = (node: ServerProcess, path: string) => fetch(node.at(`${server.issuer}${path}`));
  const answers = (node: ServerProcess) =>
    ask(node, '/jwks').then(
      ({ ok }) => ok,
      () => false,
    );

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal}: is not ready for SHUTDOWN_DELAY_SECONDS while it answers, then ends with 0`, async () => {
      const node = await start({ SHUTDOWN_DELAY_SECONDS: '3' });
      const asked = performance.now();
      node.process.child.kill(signal);
      await eventually('it is not ready', async () => (await ask(node, '/health/ready')).status === 503);
      const ready = await ask(node, '/health/ready');
      expect(await ready.json()).to.deep.include({ status: 'unavailable' });
      expect((await ask(node, '/health/live')).status).to.equal(200);
      const answer = await ask(node, '/.well-known/openid-configuration');
      expect([answer.status, answer.headers.get('connection')]).to.deep.equal([200, 'close']);
      while (performance.now() - asked < 2_700) {
        expect(await answers(node), 'new connections are taken').to.equal(true);
        await wait(100);
      }
      expect(await node.process.exit, node.process.output()).to.equal(0);
      expect(performance.now() - asked).to.be.within(3_000, 9_000);
      expect(await answers(node)).to.equal(false);
    });
  }

  it('without a delay stops at once, and finishes what is under way', async () => {
    const node = await start({ SHUTDOWN_DELAY_SECONDS: '0' });
    const { port } = new URL(node.at(server.issuer));
    const socket = connect(Number(port), 'localhost');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.write(
      'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n',
    );
    await wait(300);
    node.process.child.kill('SIGTERM');
    await eventually('no new connections', async () => !(await answers(node)));
    socket.write('grant_typ');
    expect(await node.process.exit, node.process.output()).to.equal(0);
    expect(text)
      .to.match(/^HTTP\/1\.1 400 /)
      .and.match(/\r\nConnection: close\r\n/);
  });

  it('ends at once at a second signal', async () => {
    for (const [first, second] of [
      ['SIGTERM', 'SIGTERM'],
      ['SIGTERM', 'SIGINT'],
      ['SIGINT', 'SIGINT'],
    ] as const) {
      const node = await start({ SHUTDOWN_DELAY_SECONDS: '60' });
      node.process.child.kill(first);
      await eventually('it is not ready', async () => (await ask(node, '/health/ready')).status === 503);
      const asked = performance.now();
      node.process.child.kill(second);
      expect(await node.process.exit).to.equal(1);
      expect(performance.now() - asked, 'it did not wait for the delay').to.be.below(30_000);
    }
  });
});
