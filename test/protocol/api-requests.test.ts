import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { READ, type ServedNotes, serveNotes, WRITE } from '../support/api-notes.ts';
import { auditTrail, type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const API = 'https://id.example.org/api';
const SERVICE = { ...WEB_CLIENT, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

describe('a request to the API', function requests() {
  this.timeout(60_000);
  let server: TestServer;
  let notes: ServedNotes;
  let service: HandClient;
  let token: string;

  const newService = async () => handClient(server.issuer, await server.addClient(SERVICE));
  async function tokenOf(by: HandClient): Promise<string> {
    const asked = { grant_type: 'client_credentials', resource: API, scope: `${READ} ${WRITE}` };
    return String((await by.post('/token', asked)).body.access_token);
  }

  before(async () => {
    server = await startTestServer();
    await server.addResource({ identifier: API, name: 'Notes', scopes: [READ, WRITE] });
    notes = await serveNotes(server, { audience: API, points: 60 });
    service = await newService();
    token = await tokenOf(service);
  });
  after(async () => {
    await notes.served[Symbol.asyncDispose]();
    await server.stop();
  });
  beforeEach(() => {
    notes.calls.splice(0);
    notes.before.change = async () => undefined;
  });
  afterEach(() => expect(notes.served.reports).to.deep.equal([]));

  const page = (query: Record<string, string>, by = token) =>
    notes.ask(`/notes?${new URLSearchParams(query)}`, by);
  const add = (body: unknown, by = token) => notes.send('POST', '/notes', by, body);

  describe('for a list', () => {
    it('walks through it page by page, and finds each entry once', async () => {
      for (const order of ['id', '-id']) {
        const found: string[] = [];
        let cursor: string | undefined;
        let pages = 0;
        do {
          const { status, body } = await page({ order, ...(cursor === undefined ? {} : { cursor }) });
          expect(status).to.equal(200);
          found.push(...body.items.map(({ id }: { id: string }) => id));
          cursor = body.next_cursor;
          pages += 1;
          expect(body.items[0]).to.have.all.keys('id', 'text');
        } while (cursor !== undefined && pages < 10);
        expect(pages).to.equal(3);
        expect(new Set(found).size).to.equal(25);
        expect(found.toSorted()).to.deep.equal(order === 'id' ? found : found.toReversed());
      }
    });

    it('takes a cursor back with its own list, from whom it was given to', async () => {
      const cursor = String((await page({ order: 'id' })).body.next_cursor);
      expect((await page({ order: 'id', cursor, limit: '1' })).body.items).to.deep.equal([
        { id: 'n011', text: 'note 11' },
      ]);
      const refused = [
        await page({ order: '-id', cursor }),
        await page({ order: 'id', cursor }, await tokenOf(await newService())),
        await page({ order: 'id', cursor: `${cursor.slice(0, -6)}AAAAAA` }),
        await page({ order: 'id', cursor: 'n011' }),
      ];
      for (const { status, body } of refused) {
        expect([status, body.error]).to.deep.equal([400, 'cursor_invalid']);
        expect(body.errors[0].parameter).to.equal('cursor');
      }
      for (const query of [
        { cursor: 'A'.repeat(5_000) },
        { limit: '21' },
        { limit: '0' },
        { order: 'secret' },
      ]) {
        const { status, body } = await page(query as Record<string, string>);
        expect([status, body.error]).to.deep.equal([400, 'invalid_parameters']);
        expect(body.errors).to.have.length(1);
      }
      expect((await page({ cursor: 'A'.repeat(20_000) })).status).to.equal(431);
    });
  });

  describe('to change something', () => {
    const change = (text: string, condition: string | undefined, id = 'n002') =>
      notes.send(
        'PUT',
        `/notes/${id}`,
        token,
        { text },
        condition === undefined ? {} : { 'if-match': condition },
      );

    it('says which edition it is for, which is the one that there is', async () => {
      const read = await notes.ask('/notes/n002', token);
      const tag = String(read.headers.get('etag'));
      const without = await change('x', undefined);
      expect([without.status, without.body.error]).to.deep.equal([428, 'precondition_required']);
      for (const condition of ['"another"', `W/${tag}`]) {
        const refused = await change('x', condition);
        expect([refused.status, refused.body.error], condition).to.deep.equal([412, 'precondition_failed']);
        expect(refused.headers.get('etag')).to.equal(null);
      }
      expect((await change('x', 'n002-1')).body.error).to.equal('invalid_precondition');
      expect((await change('x', '*', 'n999')).status).to.equal(412);
      const { status, body, headers } = await change('changed', tag);
      expect([status, body.text]).to.deep.equal([200, 'changed']);
      expect((await change('again', tag)).status).to.equal(412);
      expect((await change('again', headers.get('etag') ?? '')).status).to.equal(200);
    });

    it('wins alone among fifty that are for the same edition', async () => {
      const tag = String((await notes.ask('/notes/n003', token)).headers.get('etag'));
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => change(`${index}`, tag, 'n003')),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).to.have.length(1);
      expect(statuses.filter((status) => status === 412)).to.have.length(49);
      expect(notes.notes.get('n003')?.edition).to.equal(2);
    });

    it('is told when to come back while the database cannot do it', async () => {
      notes.before.change = () =>
        server.app.database.transaction(async (tx) => {
          await tx.query('set local statement_timeout = 5');
          await tx.query('select pg_sleep(5)');
        });
      const { status, body, headers } = await change('x', '*', 'n004');
      expect([status, body.error]).to.deep.equal([503, 'database_unavailable']);
      expect(headers.get('retry-after')).to.match(/^\d+$/u);
      expect(headers.get('content-type')).to.equal('application/problem+json');
      expect(notes.served.reports.splice(0)).to.have.length(1);
      expect(notes.notes.get('n004')?.edition).to.equal(1);
    });
  });

  describe('with something else than it should have', () => {
    it('is refused before it does anything', async () => {
      const before = notes.notes.size;
      const raw = (body: string | undefined, type = 'application/json') =>
        notes.ask('/notes', token, {
          method: 'POST',
          body,
          headers: { 'content-type': type },
        } as RequestInit);
      for (const [answer, status, error] of [
        [await raw(undefined), 400, 'invalid_json'],
        [await raw(''), 400, 'invalid_json'],
        [await raw('{"text":"x"}', 'text/plain'), 415, 'unsupported_media_type'],
        [await raw('text=x', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type'],
        [await raw('{"text":"x","text":"y"}'), 400, 'invalid_json'],
        [await raw('{"text":"x","__proto__":{"polluted":true}}'), 400, 'invalid_json'],
        [await raw(`{"text":"${'x'.repeat(5_000)}"}`), 413, 'content_too_large'],
        [await add([{ text: 'x' }]), 400, 'invalid_body'],
        [await add({ text: ['x'] }), 400, 'invalid_body'],
        [await add({ text: 'x', constructor: { prototype: {} } }), 400, 'invalid_body'],
      ] as const) {
        expect([answer.status, answer.body.error]).to.deep.equal([status, error]);
        expect(answer.body.request_id).to.equal(answer.headers.get('x-request-id'));
      }
      expect(notes.notes.size).to.equal(before);
      expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    });

    it('is no other’s for what its headers claim', async () => {
      const answer = await notes.send(
        'POST',
        '/notes',
        token,
        { text: 'x' },
        {
          'x-forwarded-for': '203.0.113.7',
          'x-forwarded-host': 'evil.example',
          'x-request-id': 'mine',
          forwarded: 'for=203.0.113.7;host=evil.example',
        },
      );
      expect([answer.status, answer.headers.get('location')]).to.deep.equal([201, '/notes/n026']);
      const [call] = notes.calls;
      expect(call?.origin.ip).to.be.oneOf(['127.0.0.1', '::1']);
      expect(call?.origin.requestId).to.equal(answer.headers.get('x-request-id')).and.not.equal('mine');
      const host = await new Promise<string>((resolve, reject) => {
        const headers = { host: 'evil.example', authorization: `Bearer ${token}x` };
        const { port } = notes.served;
        request({ port, host: '127.0.0.1', path: '/notes', headers }, (response) => {
          resolve(String(response.resume().headers['www-authenticate']));
        })
          .on('error', reject)
          .end();
      });
      expect(host).to.include(`realm="${server.issuer}"`).and.not.include('evil');
    });

    it('brings no header of its own into the answer', async () => {
      const text = await new Promise<string>((resolve, reject) => {
        let answer = '';
        const socket = connect(notes.served.port, '127.0.0.1', () =>
          socket.write(
            'GET /notes/%0d%0aX-Injected:1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
              `Authorization: Bearer ${token}\r\nX-Request-Id: a\n X-Injected: 1\r\nOrigin: https://a\tb\r\n\r\n`,
          ),
        );
        socket.on('data', (chunk) => {
          answer += chunk;
        });
        socket.on('end', () => resolve(answer)).on('error', reject);
      });
      expect(text)
        .to.match(/^HTTP\/1\.1 4\d\d /u)
        .and.not.match(/^X-Injected/imu);
    });
  });

  describe('for too much', () => {
    it('takes from a budget of its own, and is told when there is none left', async () => {
      const by = await newService();
      const mine = await tokenOf(by);
      const first = await add({ text: 'first' }, mine);
      expect(first.headers.get('ratelimit-policy')).to.equal('"notes";q=60;w=60');
      expect(first.headers.get('ratelimit')).to.match(/^"notes";r=59;t=\d+$/u);
      const statuses = (await Promise.all(Array.from({ length: 70 }, () => add({ text: 'x' }, mine)))).map(
        ({ status }) => status,
      );
      expect(statuses.filter((status) => status === 201)).to.have.length(59);
      const refused = await add({ text: 'x' }, mine);
      expect([refused.status, refused.body.error]).to.deep.equal([429, 'rate_limited']);
      expect(refused.headers.get('retry-after')).to.match(/^\d+$/u);
      expect((await add({ text: 'x' })).status).to.equal(201);
      const told = (await auditTrail(server)).filter(
        ({ type, client }) => type === 'rate_limit.exceeded' && client === by.id,
      );
      expect(told).to.have.length(1);
      expect(told[0]).to.deep.include({ actor: by.id, account: null, details: { limit: 'notes' } });
    });
  });
});
