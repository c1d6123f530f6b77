import { request } from 'node:http';
import { expect } from 'chai';
import pg from 'pg';
import { type Answer, answerOf, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', cookie: 'a=b' };

describe('the addresses for programs', function edge() {
  this.timeout(60_000);
  let server: TestServer;
  let token: string;

  before(async () => {
    server = await startTestServer();
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    token = String((await tokensFor(client, await server.addAccount())).access_token);
  });
  after(() => server.stop());

  const ask = async (method: string, path: string, headers = {}): Promise<Answer> =>
    answerOf(await fetch(`${server.issuer}${path}`, { method, headers, redirect: 'manual' }));

  function expectProblem({ status, headers, body }: Answer, expected: number, error: string): void {
    expect([status, body.error]).to.deep.equal([expected, error]);
    expect(body).to.include({ type: 'about:blank', status: expected });
    expect(body.request_id).to.equal(headers.get('x-request-id'));
    expect(headers.get('content-type')).to.equal('application/problem+json');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.getSetCookie()).to.deep.equal([]);
  }

  it('answer a browser as they answer a program: with a problem, never with a page', async () => {
    for (const [method, path, status, error] of [
      ['GET', '/session', 401, 'invalid_token'],
      ['POST', '/session/activity', 401, 'invalid_token'],
      ['GET', '/session/', 404, 'not_found'],
      ['GET', '/session/nothing', 404, 'not_found'],
      ['POST', '/session', 405, 'method_not_allowed'],
      ['DELETE', '/session/activity', 405, 'method_not_allowed'],
      ['GET', '/status-lists/', 404, 'not_found'],
      ['GET', '/status-lists/99', 404, 'not_found'],
      ['GET', '/status-lists/x', 404, 'not_found'],
      ['GET', '/status-lists/%zz', 400, 'bad_request'],
      ['GET', '/status-lists/0?time=1', 501, 'not_implemented'],
      ['PUT', '/status-lists', 405, 'method_not_allowed'],
    ] as const)
      expectProblem(await ask(method, path, BROWSER), status, error);
    for (const headers of [BROWSER, { accept: 'text/html' }, { accept: 'application/json' }, {}]) {
      const { status, headers: sent } = await ask('GET', '/session', {
        ...headers,
        authorization: `Bearer ${token}`,
      });
      expect([status, sent.get('content-type')]).to.deep.equal([200, 'application/json; charset=utf-8']);
    }
  });

  it('say which methods they answer to', async () => {
    for (const [path, methods] of [
      ['/session', 'GET, HEAD, OPTIONS'],
      ['/session/activity', 'POST, OPTIONS'],
      ['/status-lists', 'GET, HEAD, OPTIONS'],
      ['/status-lists/0', 'GET, HEAD, OPTIONS'],
    ] as const) {
      for (const method of ['PATCH', 'OPTIONS'])
        expect((await ask(method, path)).headers.get('allow'), `${method} ${path}`).to.equal(methods);
    }
    const headers = { authorization: `Bearer ${token}` };
    const head = await fetch(`${server.issuer}/session`, { method: 'HEAD', headers });
    expect([head.status, await head.text()]).to.deep.equal([200, '']);
    const traced = await new Promise<number | undefined>((resolve, reject) => {
      request(`${server.issuer}/session`, { method: 'TRACE' }, (answer) =>
        resolve(answer.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(traced).to.equal(405);
  });

  it('leave what only resembles them to others', async () => {
    expect((await ask('GET', '/session-monitor.js')).headers.get('content-type')).to.include('javascript');
    const page = await ask('GET', '/sessions', BROWSER);
    expect([page.status, page.headers.get('content-type')]).to.deep.equal([404, 'text/html; charset=utf-8']);
  });

  it('fail as programs understand it, and say nothing of why', async () => {
    const owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
    await owner.query('alter table sessions rename to sessions_away');
    try {
      const answer = await ask('GET', '/session', { ...BROWSER, authorization: `Bearer ${token}` });
      expectProblem(answer, 500, 'internal');
      expect(JSON.stringify(answer.body)).to.not.match(/sessions|relation|postgres/iu);
    } finally {
      await owner.query('alter table sessions_away rename to sessions');
      await owner.end();
    }
    expect((await ask('GET', '/session', { authorization: `Bearer ${token}` })).status).to.equal(200);
  });
});
