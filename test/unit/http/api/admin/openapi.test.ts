import { expect } from 'chai';
import { z } from 'zod';
import { type FacedAct, facesOf } from '../../../../../src/http/api/admin/face.ts';
import { jsonSchemaOf, withoutSecrets } from '../../../../../src/http/api/admin/json-schema.ts';
import { openApiDocument } from '../../../../../src/http/api/admin/openapi.ts';
import { SAMPLE_ACTS, serveSamples } from '../../../../support/admin-samples.ts';
import { operationsOf } from '../../../../support/openapi.ts';

const document = openApiDocument(SAMPLE_ACTS, { issuer: 'https://id.example', version: '1.2.3' });

describe('the description of the API', () => {
  it('has every face of every act, under the issuer', () => {
    expect(document.servers).to.deep.equal([{ url: 'https://id.example/api/admin/v1' }]);
    expect(operationsOf(document).map(({ id, method, path }) => `${id} ${method} ${path}`)).to.have.members([
      'sheep.list GET /sheep',
      'sheep.list.search POST /sheep/search',
      'sheep.show GET /sheep/{sheep}',
      'sheep.create POST /sheep',
      'sheep.update PATCH /sheep/{sheep}',
      'sheep.replace PUT /sheep/{sheep}',
      'sheep.delete DELETE /sheep/{sheep}',
      'sheep.shear_all POST /sheep/shear-all',
      'sheep.prove POST /sheep/{sheep}/prove',
      'sheep.break POST /sheep/break',
    ]);
  });

  it('says of parameters and bodies what the acts take', () => {
    const [list, update, remove] = ['sheep.list', 'sheep.update', 'sheep.delete'].map((id) =>
      operationsOf(document).find((each) => each.id === id),
    );
    const parameters = (operation: typeof list) =>
      operation?.parameters.map(({ name, in: where, required = false }) => [name, where, required]);
    expect(parameters(list)).to.deep.include.members([
      ['text', 'query', false],
      ['colours', 'query', false],
    ]);
    expect(parameters(update)).to.deep.equal([
      ['sheep', 'path', true],
      ['Idempotency-Key', 'header', false],
      ['If-Match', 'header', false],
    ]);
    expect(update?.body?.required).to.deep.equal(['name']);
    expect(Object.keys(update?.body?.properties as object)).to.deep.equal(['name', 'reason']);
    expect(parameters(remove)).to.deep.include.members([['reason', 'query', true]]);
  });

  it('is served to everybody', async () => {
    await using samples = await serveSamples();
    const { status, headers, body } = await samples.ask('GET', '/openapi.json', undefined, {
      authorization: '',
    });
    expect([status, headers.get('content-type')]).to.deep.equal([200, 'application/json; charset=utf-8']);
    expect(body).to.deep.equal(JSON.parse(JSON.stringify(document)));
    const known = { 'if-none-match': String(headers.get('etag')) };
    expect((await samples.ask('GET', '/openapi.json', undefined, known)).status).to.equal(304);
  });

  it('cannot be made of an act that HTTP cannot ask for', () => {
    const act = (method: 'GET' | 'DELETE', path: string, input: z.ZodType, readOnly = true): FacedAct => ({
      ...{ name: 'a.b', scope: 'people:read', atomic: true, dangerous: false, result: z.object({}) },
      ...{ readOnly, http: { method, path }, input },
    });
    const { object, string } = { object: z.strictObject({ of: z.object({}) }), string: z.string() };
    expect(() => facesOf(act('GET', '/a', object))).to.throw('of cannot stand in a query');
    expect(() => facesOf(act('GET', '/a/{b}', z.strictObject({})))).to.throw('no member b');
    expect(() => facesOf(act('GET', '/a', z.strictObject({}), false))).to.throw('GET changes nothing');
    expect(() => facesOf(act('GET', '/a', string))).to.throw('no object');
  });
});

describe('the secrets of an answer', () => {
  const secret = z.string().meta({ secret: true });
  const schema = jsonSchemaOf(
    z.object({
      own: secret.nullable(),
      inner: z.object({ code: secret, until: z.date() }).optional(),
      'a/b': z.array(z.object({ code: secret.optional(), id: z.string() })),
      open: z.looseObject({ key: secret.optional() }),
      either: z.union([z.object({ kind: z.literal('a'), code: secret }), z.object({ kind: z.literal('b') })]),
    }),
    'output',
  );

  it('are left out wherever they are, and named', () => {
    const value = {
      own: 'x',
      inner: { code: 'x', until: 'now' },
      'a/b': [{ id: '1' }, { id: '2', code: 'x' }],
      open: { key: 'x', rest: { key: 'stays' } },
      either: { kind: 'a', code: 'x' },
    };
    expect(withoutSecrets(schema, value)).to.deep.equal({
      value: {
        inner: { until: 'now' },
        'a/b': [{ id: '1' }, { id: '2' }],
        open: { rest: { key: 'stays' } },
        either: { kind: 'a' },
      },
      omitted: ['/own', '/inner/code', '/a~1b/1/code', '/open/key', '/either/code'],
    });
  });

  it('are not named where there was none', () => {
    const value = { own: null, 'a/b': [], open: {}, either: { kind: 'b' } };
    expect(withoutSecrets(schema, value)).to.deep.equal({ value, omitted: [] });
  });

  it('are marked in the schema, and required nowhere', () => {
    expect(schema.required).to.deep.equal(['a/b', 'open', 'either']);
    expect(schema.properties?.inner).to.deep.include({ required: ['until'] });
  });
});
