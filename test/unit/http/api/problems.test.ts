import { expect } from 'chai';
import Koa from 'koa';
import {
  AccessRefused,
  describeProblem,
  InvalidRequest,
  renderProblems,
} from '../../../../src/http/api/problems.ts';
import { GatehouseError, unavailable } from '../../../../src/kernel/errors.ts';
import { serve } from '../serve.ts';

describe('problems', () => {
  it('say what is wrong by a code, the status and where, and nothing that was not meant for them', () => {
    const error = new InvalidRequest(
      'invalid_body',
      'Not this.',
      [{ pointer: '#/a', detail: 'is missing' }],
      new Error('inside'),
    );
    expect(describeProblem(error, 'an-id')).to.deep.equal({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'Not this.',
      error: 'invalid_body',
      request_id: 'an-id',
      errors: [{ pointer: '#/a', detail: 'is missing' }],
    });
    const plain = describeProblem(
      new GatehouseError('x', { status: 418, message: 'm', detail: 'inside' }),
      undefined,
    );
    expect(plain).to.deep.equal({
      type: 'about:blank',
      title: "I'm a Teapot",
      status: 418,
      detail: 'm',
      error: 'x',
    });
  });

  it('name fifty of a thousand mistakes', () => {
    const errors = Array.from({ length: 1_000 }, (_, index) => ({
      pointer: `#/${index}`,
      detail: 'is wrong',
    }));
    expect(describeProblem(new InvalidRequest('invalid_body', 'm', errors), undefined).errors).to.have.length(
      50,
    );
  });

  async function rendered(thrown: unknown) {
    const reports: unknown[] = [];
    const app = new Koa();
    app.silent = true;
    app.use(renderProblems((error) => reports.push(error)));
    app.use((ctx) => {
      ctx.cookies.set('session', 'x');
      ctx.set({
        ETag: '"1"',
        Location: '/x',
        'Cache-Control': 'public',
        'Access-Control-Allow-Origin': 'https://a.example',
      });
      throw thrown;
    });
    await using server = await serve(app);
    const response = await fetch(server.url, { headers: { accept: 'text/html' } });
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body, reports };
  }

  it('are what is answered, also to a browser, without what was prepared for a success', async () => {
    const { status, headers, body, reports } = await rendered(
      new GatehouseError('taken', { status: 409, message: 'm' }),
    );
    expect([status, body.error, reports.length]).to.deep.equal([409, 'taken', 0]);
    expect(headers.get('content-type')).to.equal('application/problem+json');
    expect(headers.get('cache-control')).to.equal('no-store');
    for (const name of ['set-cookie', 'etag', 'location']) expect(headers.get(name), name).to.equal(null);
    expect(headers.get('access-control-allow-origin')).to.equal('https://a.example');
  });

  it('tell nothing of what nobody foresaw, and report it', async () => {
    for (const thrown of [new Error('select secret from vault'), undefined, 'text', { status: 400 }]) {
      const { status, body, reports } = await rendered(thrown);
      expect([status, body.error, body.detail]).to.deep.equal([500, 'internal', 'Something went wrong.']);
      expect(reports).to.deep.equal([thrown]);
    }
  });

  it('say when to come back, and what a token would have to be', async () => {
    const later = await rendered(unavailable('database_unavailable', 'Not now.', 5));
    expect([later.status, later.headers.get('retry-after'), later.reports.length]).to.deep.equal([
      503,
      '5',
      1,
    ]);
    const refused = await rendered(
      new AccessRefused('invalid_token', { status: 401, message: 'm', challenge: 'Bearer realm="r"' }),
    );
    expect([refused.status, refused.headers.get('www-authenticate')]).to.deep.equal([
      401,
      'Bearer realm="r"',
    ]);
    const missing = await rendered(new GatehouseError('not_implemented', { status: 501, message: 'm' }));
    expect([missing.status, missing.reports.length]).to.deep.equal([501, 0]);
  });
});
