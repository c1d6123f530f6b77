import { request } from 'node:http';
import { expect } from 'chai';
import { z } from 'zod';
import { PUBLIC } from '../../../../src/http/api/access.ts';
import { defineRoute } from '../../../../src/http/api/route.ts';
import { GatehouseError } from '../../../../src/kernel/errors.ts';
import { type ApiServer, serveApi } from '../../../support/api-server.ts';

const id = z.object({ id: z.string().regex(/^[a-z0-9 ]{1,20}$/u) });
const route = { access: PUBLIC, output: z.object({ said: z.string() }) } as const;
const say = async (said: string) => ({ body: { said } });

const ROUTES = [
  defineRoute({
    ...route,
    method: 'GET',
    path: '/people',
    query: z.strictObject({ role: z.string().optional() }),
    handle: ({ query }) => say(`all ${query.role ?? ''}`),
  }),
  defineRoute({
    ...route,
    method: 'POST',
    path: '/people',
    handle: async () => ({ ...(await say('made')), status: 201, headers: { Location: '/people/new' } }),
  }),
  defineRoute({ ...route, method: 'GET', path: '/people/me', handle: () => say('me') }),
  defineRoute({
    ...route,
    method: 'GET',
    path: '/people/:id',
    params: id,
    handle: async ({ params }) => ({ ...(await say(params.id)), etag: `of-${params.id.length}` }),
  }),
  defineRoute({
    access: PUBLIC,
    method: 'DELETE',
    path: '/people/:id',
    params: id,
    handle: async () => ({}),
  }),
  defineRoute({
    ...route,
    method: 'GET',
    path: '/people/:id/sessions',
    params: id,
    handle: ({ params }) => say(`sessions of ${params.id}`),
  }),
  defineRoute({
    ...route,
    method: 'GET',
    path: '/leaky',
    handle: async () => ({ body: { said: 'x', passwordHash: 'secret' } }),
  }),
  defineRoute({
    ...route,
    method: 'GET',
    path: '/wrong',
    handle: async () => ({ body: { said: 7 as never } }),
  }),
  defineRoute({
    ...route,
    method: 'GET',
    path: '/failing',
    handle: async () => {
      throw new Error('of the inside');
    },
  }),
];

describe('the router of the API', () => {
  let server: ApiServer;
  before(async () => {
    server = await serveApi(ROUTES);
  });
  after(() => server[Symbol.asyncDispose]());

  async function ask(path: string, method = 'GET', headers: Record<string, string> = {}) {
    const response = await fetch(`${server.url}${path}`, { method, headers, redirect: 'manual' });
    const text = await response.text();
    const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, body };
  }

  it('leads to what is declared, a word before a parameter', async () => {
    for (const [path, said] of [
      ['/people', 'all '],
      ['/people?role=nurse', 'all nurse'],
      ['/people/me', 'me'],
      ['/people/a1', 'a1'],
      ['/people/a%20b', 'a b'],
      ['/people/a1/sessions', 'sessions of a1'],
    ] as const) {
      const { status, body, headers } = await ask(path);
      expect([status, body.said], path).to.deep.equal([200, said]);
      expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('set-cookie')).to.equal(null);
    }
    const made = await ask('/people', 'POST');
    expect([made.status, made.headers.get('location')]).to.deep.equal([201, '/people/new']);
    const gone = await ask('/people/a1', 'DELETE');
    expect([gone.status, gone.text, gone.headers.get('content-type')]).to.deep.equal([204, '', null]);
  });

  it('says that there is nothing at every other address below its own, and leaves the rest to pages', async () => {
    for (const path of [
      '/people/',
      '/people//',
      '/people/a1/',
      '/people/A!',
      '/people/%00',
      '/people/a%2Fb',
      '/people/a1/keys',
      '/people/..%2f',
      `/people/${'a'.repeat(5_000)}`,
    ]) {
      const { status, body, headers } = await ask(path, 'GET', { accept: 'text/html' });
      expect([status, body.error], path).to.deep.equal([404, 'not_found']);
      expect(headers.get('content-type')).to.equal('application/problem+json');
      expect(headers.get('x-request-id')).to.equal(body.request_id);
    }
    expect((await ask('/people/%zz')).status).to.equal(400);
    for (const path of ['/', '/People', '/peoples', '/people.json', '/people;a', '//people', '/people-x'])
      expect((await ask(path)).text, path).to.equal('<h1>a page</h1>');
  });

  it('answers HEAD and OPTIONS, and says which methods there are', async () => {
    const head = await ask('/people/me', 'HEAD');
    expect([head.status, head.text, head.headers.get('content-length')]).to.deep.equal([200, '', '13']);
    for (const [path, methods] of [
      ['/people', 'GET, HEAD, POST, OPTIONS'],
      ['/people/a1', 'GET, HEAD, DELETE, OPTIONS'],
      ['/people/me', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const options = await ask(path, 'OPTIONS', { origin: 'https://a.example' });
      expect([options.status, options.headers.get('allow')]).to.deep.equal([204, methods]);
      expect(options.headers.get('access-control-allow-origin')).to.equal(null);
      for (const method of ['PATCH', 'PUT', 'PROPFIND']) {
        const refused = await ask(path, method);
        expect([refused.status, refused.body.error, refused.headers.get('allow')]).to.deep.equal([
          405,
          'method_not_allowed',
          methods,
        ]);
      }
    }
    expect((await ask('/nowhere', 'OPTIONS')).text).to.equal('<h1>a page</h1>');
    expect((await ask('/people/a1/keys', 'OPTIONS')).status).to.equal(404);
    const { port } = server;
    const traced = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', path: '/people', method: 'TRACE' }, (answer) =>
        resolve(answer.resume().statusCode),
      );
      sent.on('error', reject).end();
    });
    expect(traced).to.equal(405);
  });

  it('refuses a query that is not what the route takes, parameter by parameter', async () => {
    for (const [query, parameter, detail] of [
      ['rol=x', 'rol', 'is unknown'],
      ['role=a&role=b', 'role', 'is a list; expected text'],
      ['__proto__=x', '__proto__', 'is no parameter of anything'],
      ['role=%00', 'role', 'is no parameter of anything'],
      ['role=a&constructor=x', 'constructor', 'is unknown'],
    ] as const) {
      const { status, body } = await ask(`/people?${query}`);
      expect([status, body.error], query).to.deep.equal([400, 'invalid_parameters']);
      expect(body.errors, query).to.deep.equal([{ parameter, detail }]);
    }
    expect((await ask('/people/me?whatever=x&whatever=y')).status).to.equal(200);
  });

  it('confirms a copy by its tag', async () => {
    const { headers } = await ask('/people/a1');
    expect(headers.get('etag')).to.equal('"of-2"');
    const again = await ask('/people/a1', 'GET', { 'if-none-match': 'W/"of-2"' });
    expect([again.status, again.text, again.headers.get('etag')]).to.deep.equal([304, '', '"of-2"']);
    expect((await ask('/people/a12', 'GET', { 'if-none-match': '"of-2"' })).status).to.equal(200);
  });

  it('lets nothing leave that the output does not name, and nothing at all that is not like it', async () => {
    expect((await ask('/leaky')).body).to.deep.equal({ said: 'x' });
    for (const path of ['/wrong', '/failing']) {
      const { status, body, text } = await ask(path);
      expect([status, body.error], path).to.deep.equal([500, 'internal']);
      expect(text).to.not.match(/inside|zod|expected/iu);
    }
    expect(server.reports.splice(0)).to.have.length(2);
  });

  it('gives every answer an id of ours, whatever the request says', async () => {
    const { headers, body } = await ask('/people/A', 'GET', { 'x-request-id': 'mine', 'request-id': 'mine' });
    expect(body.request_id)
      .to.equal(headers.get('x-request-id'))
      .and.match(/^[0-9a-f-]{36}$/u);
  });

  it('renders as problems what is refused before it is asked, at its own addresses', async () => {
    const refuse = () => {
      throw new GatehouseError('https_required', { status: 400, message: 'By https only.' });
    };
    await using strict = await serveApi(ROUTES, { between: refuse });
    const response = await fetch(`${strict.url}/people`, { headers: { accept: 'text/html' } });
    expect(response.headers.get('content-type')).to.equal('application/problem+json');
    expect(await response.json()).to.include({ error: 'https_required', status: 400 });
  });

  it('opens a unit of work for each request but those of routes that need none', async () => {
    let units = 0;
    const [all] = ROUTES;
    const free = defineRoute({
      ...route,
      method: 'GET',
      path: '/free',
      outsideUnit: true,
      handle: () => say('free'),
    });
    await using counted = await serveApi([all as (typeof ROUTES)[number], free], {
      unit: (_ctx, next) => {
        units += 1;
        return next();
      },
    });
    await fetch(`${counted.url}/people`);
    await fetch(`${counted.url}/free`);
    expect(units).to.equal(1);
  });

  it('lets no change pass whose edition was not checked', async () => {
    const forgetful = defineRoute({
      ...route,
      method: 'PUT',
      path: '/forgetful',
      needsPrecondition: true,
      handle: () => say('changed'),
    });
    await using careless = await serveApi([forgetful]);
    const change = (headers: Record<string, string>) =>
      fetch(`${careless.url}/forgetful`, { method: 'PUT', headers }).then(({ status }) => status);
    expect(await change({})).to.equal(428);
    expect(await change({ 'if-match': '"1"' })).to.equal(500);
    expect(String(careless.reports[0])).to.include('/forgetful has not checked');
  });

  it('is not made of routes that contradict each other', async () => {
    const at = (path: string, method: 'GET' | 'PUT' = 'GET') =>
      defineRoute({ ...route, method, path, handle: () => say('x') });
    for (const routes of [
      [at('/a'), at('/a')],
      [at('/a/:id'), at('/a/:name')],
      [at('/a/:id'), at('/a/:name', 'PUT')],
      [at('a')],
      [at('/')],
      [at('/:all')],
      [at('/a/')],
      [at('/A')],
    ])
      expect(
        await serveApi(routes).then(
          () => 'served',
          () => 'refused',
        ),
      ).to.equal('refused');
  });
});
