import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import Koa from 'koa';
import { createRepeatedAnswers, mayRepeat } from '../../../src/http/kit/repeated.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';

describe('repeated answers', () => {
  let edition = 1;
  let made = 0;
  let close = () => {};
  let ask: (path: string, init?: RequestInit) => Promise<Response>;

  beforeEach(async () => {
    edition = 1;
    made = 0;
    const repeated = createRepeatedAnswers({
      edition: () => edition,
      asExpected: ({ headers }) => headers['x-plain'] === undefined,
      random: systemRandomness,
    });
    const app = new Koa();
    app.use(repeated.remember);
    app.use((ctx) => {
      made += 1;
      ctx.set('X-Request-Id', `made-${made}`);
      ctx.set('Cache-Control', 'public, max-age=60');
      ctx.body = Buffer.from(`{"edition":${edition}}`);
      if (ctx.path === '/same') mayRepeat(ctx, edition);
    });
    const handle = app.callback();
    const server = createServer((request, response) => {
      if (!repeated.answer(request, response)) void handle(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    ask = (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
    close = () => {
      server.closeAllConnections();
      server.close();
    };
  });
  afterEach(() => close());

  it('are made once, and repeated with their headers and an id of their own', async () => {
    const first = await ask('/same');
    const second = await ask('/same');
    expect(made).to.equal(1);
    expect(await second.text()).to.equal(await first.text());
    expect(second.headers.get('cache-control')).to.equal('public, max-age=60');
    expect(second.headers.get('x-request-id')).to.be.a('string').and.not.equal('made-1');
  });

  it('are made anew when what they are made from has changed', async () => {
    await ask('/same');
    edition = 2;
    expect(await (await ask('/same')).text()).to.equal('{"edition":2}');
    expect(made).to.equal(2);
  });

  it('are for nobody who asks for something else, or otherwise', async () => {
    await ask('/same');
    await ask('/same?x=1');
    await ask('/same', { method: 'POST' });
    await ask('/same', { method: 'HEAD' });
    await ask('/same', { headers: { 'x-plain': '1' } });
    await ask('/other');
    await ask('/other');
    expect(made).to.equal(7);
  });
});
