import { expect } from 'chai';
import { serveSamples } from '../../../../support/admin-samples.ts';
import type { Answer } from '../../../../support/protocol.ts';

type Samples = Awaited<ReturnType<typeof serveSamples>>;

describe('a route that is made from an act', () => {
  let samples: Samples;
  beforeEach(async () => {
    samples = await serveSamples();
  });
  afterEach(() => samples[Symbol.asyncDispose]());

  const lastInput = () => samples.calls.at(-1)?.input;

  function expectRefused({ status, body }: Answer, expected: number, error: string, ...errors: object[]) {
    expect([status, body.error]).to.deep.equal([expected, error]);
    if (errors.length > 0) expect(body.errors).to.deep.equal(errors);
    expect(samples.calls).to.deep.equal([]);
  }

  it('reads a query in the types of the input', async () => {
    const { status, body } = await samples.ask(
      'GET',
      '/sheep?text=0&shorn=true&colours=black&colours=white&limit=7',
    );
    expect(status).to.equal(200);
    expect(body).to.deep.equal({ items: [{ id: 's1', bornAt: '1970-01-01T00:00:00.000Z' }], next: null });
    expect(lastInput()).to.deep.equal({ text: '0', shorn: true, colours: ['black', 'white'], limit: 7 });
    await samples.ask('GET', '/sheep?colours=black');
    expect(lastInput()).to.deep.equal({ colours: ['black'], limit: 50 });
  });

  for (const [query, parameter] of [
    ['shape=round', 'shape'],
    ['limit=7&limit=8', 'limit'],
    ['limit=many', 'limit'],
    ['limit=', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=0x10', 'limit'],
    ['limit=201', 'limit'],
    ['limit=9999999999999999', 'limit'],
    ['shorn=yes', 'shorn'],
    ['colours=green', 'colours.0'],
    ['colours[]=black', 'colours[]'],
    ['text[a]=b', 'text[a]'],
    ['toString=1', 'toString'],
    ['__proto__=1', '__proto__'],
    ['text=%00', 'text'],
  ] as const) {
    it(`refuses the query ${query}, and names ${parameter}`, async () => {
      const answer = await samples.ask('GET', `/sheep?${query}`);
      expectRefused(answer, 400, 'invalid_parameters');
      expect(answer.body.errors).to.have.length(1);
      expect((answer.body.errors as { parameter: string }[])[0]?.parameter).to.equal(parameter);
    });
  }

  it('takes the same by POST where a filter is free text, out of the address', async () => {
    const { status } = await samples.ask('POST', '/sheep/search', { text: 'dolly', limit: 2 });
    expect(status).to.equal(200);
    expect(lastInput()).to.deep.equal({ text: 'dolly', limit: 2, colours: [] });
    const { status: refused } = await samples.ask('POST', '/sheep/search?limit=2', {});
    expect(refused).to.equal(400);
  });

  it('reads a JSON body, and answers with the status of the act', async () => {
    const { status, body } = await samples.ask('POST', '/sheep', { name: 'Dolly' });
    expect([status, body]).to.deep.equal([201, { id: 's1', bell: 'ding' }]);
    expect(samples.calls).to.deep.equal([
      { act: 'sheep.create', input: { name: 'Dolly', tags: [] }, reason: undefined },
    ]);
  });

  it('says what is wrong with a body, and where', async () => {
    const body = { name: 7, tags: ['a', {}], wool: 1 };
    expectRefused(
      await samples.ask('POST', '/sheep', body),
      400,
      'invalid_body',
      { pointer: '#/name', detail: 'is a number; expected text' },
      { pointer: '#/tags/1', detail: 'is an object; expected text' },
      { pointer: '#/wool', detail: 'is unknown' },
    );
  });

  for (const [what, body, status, error] of [
    ['nothing', undefined, 400, 'invalid_body'],
    ['a list', [], 400, 'invalid_body'],
    ['a text', '"Dolly"', 400, 'invalid_body'],
    ['null', 'null', 400, 'invalid_body'],
    ['half of an object', '{"name":', 400, 'invalid_json'],
    ['a name twice', '{"name":"a","name":"b"}', 400, 'invalid_json'],
    ['another prototype', '{"__proto__":{"name":"a"}}', 400, 'invalid_json'],
    ['text in place of a list', { name: 'a', tags: 'b' }, 400, 'invalid_body'],
    ['too much', { name: 'a'.repeat(5_000) }, 413, 'content_too_large'],
  ] as const) {
    it(`refuses ${what} as a body`, async () => {
      expectRefused(await samples.ask('POST', '/sheep', body), status, error);
    });
  }

  it('takes no other content type than JSON', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
    ]) {
      const answer = await samples.ask('POST', '/sheep', '{"name":"a"}', { 'content-type': type });
      expectRefused(answer, 415, 'unsupported_media_type');
    }
  });

  it('finds nothing where a part of the path can name nothing', async () => {
    expectRefused(await samples.ask('GET', '/sheep/wolf'), 404, 'not_found');
    expectRefused(await samples.ask('GET', '/sheep/%00'), 404, 'not_found');
    expectRefused(await samples.ask('GET', '/goats'), 404, 'not_found');
    expectRefused(await samples.ask('POST', '/sheep/s1'), 405, 'method_not_allowed');
  });

  it('takes what stands in the path from there alone', async () => {
    const detail = 'stands in the address';
    expectRefused(await samples.ask('PATCH', '/sheep/s1', { sheep: 's2', name: 'x' }), 400, 'invalid_body', {
      pointer: '#/sheep',
      detail,
    });
    expectRefused(await samples.ask('DELETE', '/sheep/s1?sheep=s2'), 400, 'invalid_parameters');
  });

  it('hands a reason on as the caller’s, in the query where there is no body', async () => {
    await samples.ask('DELETE', '/sheep/s1?quietly=true&reason=old%20age');
    await samples.ask('POST', '/sheep', { name: 'Dolly', reason: 'spring' });
    expect(samples.calls).to.deep.equal([
      { act: 'sheep.delete', input: { sheep: 's1', quietly: true }, reason: 'old age' },
      { act: 'sheep.create', input: { name: 'Dolly', tags: [] }, reason: 'spring' },
    ]);
    await samples.ask('GET', '/sheep?reason=locked');
    expect(samples.calls.pop()).to.deep.include({ reason: undefined });
    for (const reason of ['', ' ', 'two\nlines', 7, ['x'], 'x'.repeat(501)]) {
      const { body } = await samples.ask('POST', '/sheep', { name: 'Dolly', reason });
      expect(body.errors).to.deep.equal([
        { pointer: '#/reason', detail: 'expected one line of 1 to 500 characters' },
      ]);
    }
  });

  it('tells an edition as ETag, and 304 to a reader who has it', async () => {
    const { headers } = await samples.ask('GET', '/sheep/s1');
    expect(headers.get('etag')).to.equal('"3"');
    const { status } = await samples.ask('GET', '/sheep/s1', undefined, { 'if-none-match': '"3"' });
    expect(status).to.equal(304);
  });

  it('hands the edition of If-Match to the act, which compares', async () => {
    const change = (ifMatch: string) =>
      samples.ask('PATCH', '/sheep/s1', { name: 'x' }, { 'if-match': ifMatch });
    const { status, headers } = await change('"3"');
    expect([status, headers.get('etag')]).to.deep.equal([200, '"4"']);
    expect(lastInput()).to.deep.equal({ sheep: 's1', name: 'x', expects: 3 });
    for (const [ifMatch, expected, error] of [
      ['"2"', 412, 'precondition_failed'],
      ['"x"', 412, 'precondition_failed'],
      ['W/"3"', 412, 'precondition_failed'],
      ['3', 400, 'invalid_precondition'],
      ['"3", "4"', 400, 'invalid_precondition'],
    ] as const) {
      const { status: refused, body } = await change(ifMatch);
      expect([refused, body.error], ifMatch).to.deep.equal([expected, error]);
    }
    const { status: any } = await change('*');
    expect([any, lastInput()]).to.deep.equal([200, { sheep: 's1', name: 'x' }]);
  });

  it('demands If-Match where the act does, and refuses it where none is compared', async () => {
    expectRefused(await samples.ask('PUT', '/sheep/s1', { name: 'x' }), 428, 'precondition_required');
    expectRefused(await samples.ask('PUT', '/sheep/s1', { name: 'x', expects: 3 }), 400, 'invalid_body', {
      pointer: '#/expects',
      detail: 'is said by the header If-Match',
    });
    const headers = { 'if-match': '"3"' };
    expectRefused(await samples.ask('DELETE', '/sheep/s1', undefined, headers), 400, 'invalid_precondition');
  });

  it('challenges a person to prove more (RFC 9470)', async () => {
    const { status, headers, body } = await samples.ask('POST', '/sheep/s1/prove');
    expect([status, body.error]).to.deep.equal([401, 'insufficient_user_authentication']);
    expect(headers.get('www-authenticate')).to.equal('prove more');
  });

  it('passes on what an act refuses, and tells nothing of what breaks', async () => {
    const { status, body } = await samples.ask('GET', '/sheep/s9');
    expect([status, body.error]).to.deep.equal([404, 'sheep_unknown']);
    const broken = await samples.ask('POST', '/sheep/break');
    expect([broken.status, broken.body.error]).to.deep.equal([500, 'internal']);
    expect(JSON.stringify(broken.body)).not.to.include('inside');
    expect(samples.served.reports).to.have.length(1);
  });

  it('asks for the scope first, and reads nothing of a caller without', async () => {
    const without = { authorization: 'Bearer none' };
    expectRefused(await samples.ask('POST', '/sheep', '{', without), 401, 'invalid_token');
    const reads = { authorization: 'Bearer reads' };
    expectRefused(await samples.ask('POST', '/sheep', '{', reads), 403, 'insufficient_scope');
  });

  it('takes from the budget of the caller, and of an address for each call without one', async () => {
    await samples.ask('GET', '/sheep');
    await samples.ask('GET', '/sheep', undefined, { authorization: 'Bearer none' });
    expect(samples.taken.map(({ limit, key }) => [limit.name, key])).to.deep.equal([
      ['administration', 'client all'],
      ['administration-failures', '127.0.0.1'],
    ]);
  });

  it('takes from the budget of a caller whose token lacks the scope, and answers 429 when it is spent', async () => {
    const reads = { authorization: 'Bearer reads' };
    expectRefused(await samples.ask('POST', '/sheep', '{', reads), 403, 'insufficient_scope');
    expect(samples.taken.map(({ limit, key }) => [limit.name, key])).to.deep.equal([
      ['administration', 'client reads'],
    ]);
    await using spent = await serveSamples(['administration']);
    expectRefused(await spent.ask('POST', '/sheep', '{', reads), 429, 'rate_limited');
  });

  it('answers 429 to a caller whose budget is spent, and to an address that has failed too often', async () => {
    await using spent = await serveSamples(['administration', 'administration-failures']);
    for (const authorization of ['Bearer all', 'Bearer none']) {
      const { status, headers, body } = await spent.ask('GET', '/sheep', undefined, { authorization });
      expect([status, body.error, headers.get('retry-after')]).to.deep.equal([429, 'rate_limited', '7']);
    }
    expect(spent.calls).to.deep.equal([]);
  });
});
