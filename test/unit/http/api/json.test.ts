import { expect } from 'chai';
import { z } from 'zod';
import { PUBLIC } from '../../../../src/http/api/access.ts';
import { pointerTo } from '../../../../src/http/api/json.ts';
import { defineRoute } from '../../../../src/http/api/route.ts';
import { type ApiServer, serveApi } from '../../../support/api-server.ts';

const LIMIT = 4_096;

describe('JSON that is sent to the API', () => {
  let server: ApiServer;
  const seen: unknown[] = [];

  before(async () => {
    const common = { method: 'POST', access: PUBLIC, output: z.object({ ok: z.boolean() }) } as const;
    const handle = async ({ body }: { body: unknown }) => {
      seen.push(body);
      return { body: { ok: true } };
    };
    const person = z.strictObject({
      name: z.string().min(1).max(20),
      age: z.int().optional(),
      tags: z.array(z.strictObject({ 'a/b~c': z.string() })).optional(),
    });
    server = await serveApi(
      [
        defineRoute({ ...common, path: '/people', body: person, handle }),
        defineRoute({ ...common, path: '/anything', body: z.looseObject({}), handle }),
        defineRoute({ ...common, path: '/texts', body: z.string(), handle }),
        defineRoute({ ...common, path: '/nothing', handle }),
      ],
      { bodyLimitBytes: LIMIT },
    );
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(() => seen.splice(0));
  afterEach(() => expect(server.reports).to.deep.equal([]));

  async function send(
    path: string,
    body: RequestInit['body'] | undefined,
    headers: Record<string, string> = {},
  ) {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
      headers: { 'content-type': 'application/json', ...headers },
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, answer, errors: answer.errors };
  }

  it('is taken as it is meant, in UTF-8', async () => {
    for (const type of [
      'application/json',
      'Application/JSON; charset="utf-8"',
      'application/json;charset=UTF-8',
    ])
      expect(
        (await send('/people', '{"name":"Zoë","age":3}', { 'content-type': type })).status,
        type,
      ).to.equal(200);
    expect(seen).to.deep.equal(Array(3).fill({ name: 'Zoë', age: 3 }));
  });

  it('is refused by its content type, which says what would do', async () => {
    for (const type of [
      '',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      'application/problem+json',
      'application/jsonx',
      'text/plain, application/json',
    ]) {
      const { status, headers, answer } = await send('/people', '{"name":"x"}', { 'content-type': type });
      expect([status, answer.error], type).to.deep.equal([415, 'unsupported_media_type']);
      expect(headers.get('accept')).to.equal('application/json');
    }
    const packed = await send('/people', '{"name":"x"}', { 'content-encoding': 'gzip' });
    expect(packed.status).to.equal(415);
    expect(seen).to.deep.equal([]);
  });

  it('is refused when it is too large, announced or not', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(LIMIT) });
    const { status, answer } = await send('/people', large);
    expect([status, answer.error]).to.deep.equal([413, 'content_too_large']);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(large));
        controller.close();
      },
    });
    const chunked = await fetch(`${server.url}/people`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    } as RequestInit);
    expect(chunked.status).to.equal(413);
    expect(seen).to.deep.equal([]);
  });

  it('is refused with the place where it is malformed, of which nothing is repeated', async () => {
    for (const [text, detail] of [
      ['', /too early/],
      ['{"name": secret-value}', /line 1, column 10/],
      ['{"name":"x"} {}', /nothing more/],
      ["{'name':'x'}", /double quotes/],
      ['{"name":"x",}', /nothing after it/],
      ['// no\n{}', /no comments/],
      ['{"name":NaN}', /expected a value/],
      [`${'['.repeat(300)}${']'.repeat(300)}`, /too deep/],
    ] as const) {
      const { status, answer, errors } = await send('/people', text);
      expect([status, answer.error], text).to.deep.equal([400, 'invalid_json']);
      const [{ pointer, detail: told }] = errors as [{ pointer: string; detail: string }];
      expect(pointer, text).to.equal('#');
      expect(told, text).to.match(detail).and.not.include('secret-value');
    }
    for (const bytes of [Buffer.from([0x7b, 0xff, 0x7d]), Buffer.from('{"name":"x"}', 'utf16le')]) {
      const { status, answer } = await send('/people', new Uint8Array(bytes));
      expect([status, answer.error]).to.deep.equal([400, 'invalid_json']);
    }
  });

  it('is refused when a name stands in it twice, however it is written', async () => {
    for (const [text, pointer] of [
      ['{"name":"a","name":"b"}', '#/name'],
      ['{"name":"a","n\\u0061me":"b"}', '#/name'],
      ['{"tags":[{"a/b~c":"x"},{"a/b~c":"x","a/b~c":"y"}],"name":"x"}', '#/tags/1/a~1b~0c'],
    ] as const) {
      const { status, answer, errors } = await send('/people', text);
      expect([status, answer.error], text).to.deep.equal([400, 'invalid_json']);
      expect(errors, text).to.deep.equal([
        { pointer: decodeURIComponent(pointer), detail: 'stands there twice' },
      ]);
    }
  });

  it('is refused when it would replace a prototype, and does nothing to ours', async () => {
    for (const text of [
      '{"__proto__":{"polluted":true}}',
      '{"a":[{"__proto__":null}]}',
      '{"\\u005f_proto__":1}',
    ]) {
      const { status, answer } = await send('/anything', text);
      expect([status, answer.error], text).to.deep.equal([400, 'invalid_json']);
    }
    const { status } = await send('/anything', '{"constructor":{"prototype":{"polluted":true}}}');
    expect(status).to.equal(200);
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    expect(Object.getPrototypeOf(seen[0])).to.equal(Object.prototype);
  });

  it('is refused when PostgreSQL could not keep it', async () => {
    for (const text of ['{"a":"\\u0000"}', '{"\\ud800":1}', '{"a":["\\udc00"]}'])
      expect((await send('/anything', text)).answer.error, text).to.equal('invalid_json');
  });

  it('is checked by the schema of the route, which says everything that is wrong, and where', async () => {
    const { status, answer, errors } = await send(
      '/people',
      JSON.stringify({ name: 7, age: 'old', tags: [{ 'a/b~c': 1 }], admin: true }),
    );
    expect([status, answer.error]).to.deep.equal([400, 'invalid_body']);
    expect(errors).to.have.deep.members([
      { pointer: '#/name', detail: 'is a number; expected text' },
      { pointer: '#/age', detail: 'is text; expected a number' },
      { pointer: '#/tags/0/a~1b~0c', detail: 'is a number; expected text' },
      { pointer: '#/admin', detail: 'is unknown' },
    ]);
    for (const [text, detail] of [
      ['[]', 'is a list; expected an object'],
      ['["name"]', 'is a list; expected an object'],
      ['"name"', 'is text; expected an object'],
      ['null', 'is null; expected an object'],
    ] as const)
      expect((await send('/people', text)).errors, text).to.deep.equal([{ pointer: '#', detail }]);
    expect((await send('/people', '{}')).errors).to.deep.equal([
      { pointer: '#/name', detail: 'is missing; expected text' },
    ]);
    expect((await send('/texts', '["x"]')).errors).to.deep.equal([
      { pointer: '#', detail: 'is a list; expected text' },
    ]);
  });

  it('is not read where a route takes none', async () => {
    for (const [body, type] of [
      ['[1', 'application/json'],
      ['a=1', 'application/x-www-form-urlencoded'],
      [undefined, ''],
    ] as const)
      expect((await send('/nothing', body, { 'content-type': type })).status).to.equal(200);
    expect(seen).to.deep.equal([undefined, undefined, undefined]);
  });

  it('is pointed into as RFC 6901 has it', () => {
    expect(pointerTo([])).to.equal('#');
    expect(pointerTo(['a', 0, '', 'm~n/o', 'ü%'])).to.equal('#/a/0//m~0n~1o/%C3%BC%25');
    expect(pointerTo(['\ud800', 'x'.repeat(500)])).to.equal(`#/%EF%BF%BD/${'x'.repeat(80)}`);
  });
});
