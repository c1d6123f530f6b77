import { expect } from 'chai';
import fc from 'fast-check';
import { type AdminClient, type Asks, adminClient } from '../support/admin-client.ts';
import type { Operation } from '../support/openapi.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

type Json = Record<string, unknown>;

/** What nobody expects where something else is. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e300,
    true,
    [],
    {},
    [[]],
    { a: 1 },
    '\u0000',
    '%00',
    "' or 1=1--",
  ),
  fc.jsonValue({ maxDepth: 1 }),
);

/** A value that a schema allows, as far as it says; now and then another one. */
function arbitraryOf(schema: Json): fc.Arbitrary<unknown> {
  const { type, enum: values, anyOf, oneOf, allOf, items, properties, required = [], format } = schema;
  const options = (anyOf ?? oneOf ?? allOf) as Json[] | undefined;
  if (values !== undefined) return fc.constantFrom(...(values as unknown[]));
  if (options !== undefined) return fc.oneof(...options.map(arbitraryOf));
  switch ([type].flat()[0]) {
    case 'string':
      return format === 'date-time'
        ? fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString())
        : fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('x@example.org', 'nobody', 'Ünï'));
    case 'integer':
    case 'number':
      return fc.integer({ min: -5, max: 500 });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(arbitraryOf((items ?? {}) as Json), { maxLength: 2 });
    case 'object': {
      const members = Object.entries((properties ?? {}) as Record<string, Json>);
      return fc.record(Object.fromEntries(members.map(([name, member]) => [name, mostly(member)])), {
        requiredKeys: required as string[],
      });
    }
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

const mostly = (schema: Json): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: arbitraryOf(schema) }, { weight: 1, arbitrary: strange });

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** A request to an operation: its path and query as text, and its body. */
function requestTo(operation: Operation) {
  const parts = operation.parameters.map(({ name, in: where, required, schema }) =>
    fc.record({
      name: fc.constant(name),
      where: fc.constant(where),
      value: required ? mostly(schema) : fc.option(mostly(schema), { nil: undefined, freq: 3 }),
    }),
  );
  return fc.record({
    given: fc.tuple(...parts),
    body: operation.body === undefined ? fc.constant(undefined) : mostly(operation.body),
    more: fc.constantFrom('', '', '', 'unknown=1'),
  });
}

function addressOf(
  operation: Operation,
  given: readonly { name: string; where: string; value: unknown }[],
  more: string,
) {
  let { path } = operation;
  const query = new URLSearchParams(more);
  for (const { name, where, value } of given) {
    const text = asText(value ?? '').toWellFormed();
    if (where === 'path') path = path.replace(`{${name}}`, encodeURIComponent(text) || 'x');
    else if (where === 'query' && value !== undefined)
      for (const each of Array.isArray(value) ? value : [value])
        query.append(name, asText(each).toWellFormed());
  }
  return `${path}${query.size === 0 ? '' : `?${query}`}`;
}

/** What stops the server, or would take long: it is tried by tests of its own. */
const LEFT_OUT = new Set(['audit.check', 'audit.rotate_key', 'keys.rotate', 'mail.send_test']);
const RUNS = 6;

describe('the API of administration, asked at random from its own description', function fuzz() {
  this.timeout(120_000);
  let server: TestServer;
  let api: AdminClient;
  let ask: Asks;

  before(async () => {
    server = await startTestServer();
    api = await adminClient(server);
    ask = await api.program();
  });
  after(() => server.stop());

  it('answers every request as the description says, and never breaks', async () => {
    const seen = new Set<number>();
    for (const operation of api.operations.filter(({ id }) => !LEFT_OUT.has(id))) {
      const property = fc.asyncProperty(requestTo(operation), async ({ given, body, more }) => {
        const headers = Object.fromEntries(
          given.flatMap(({ name, where, value }) =>
            where === 'header' && typeof value === 'string' && /^[\x21-\x7e]+$/u.test(value)
              ? [[name, value]]
              : [],
          ),
        );
        const { status, text } = await ask(
          operation.method,
          addressOf(operation, given, more),
          body,
          headers,
        );
        seen.add(status);
        expect(status, `${operation.id}: ${text}`).to.be.below(500);
        if (more !== '') expect(status).to.be.within(400, 499);
      });
      await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
    }
    // Neither is everything refused, nor does everything pass.
    expect([...seen]).to.include.members([200, 400, 404]);
  });

  it('takes no body but JSON, and no JSON that could be read in two ways', async () => {
    for (const { id, method, path, body } of api.operations) {
      if (body === undefined) continue;
      const address = path.replaceAll(/\{[^}]+\}/gu, 'x');
      for (const [type, text, status] of [
        ['text/plain', '{}', 415],
        ['application/x-www-form-urlencoded', 'a=b', 415],
        ['application/json', '{"a":1,"a":2}', 400],
        ['application/json', '[]', 400],
        ['application/json', '{', 400],
        ['application/json', '"x"', 400],
      ] as const) {
        const answer = await ask(method, address, text, { 'content-type': type });
        expect([answer.status, id], `${id} ${text}`).to.deep.equal([status, id]);
      }
    }
  });

  it('is closed to whoever has no token, at every address', async () => {
    const stranger = api.withToken(undefined);
    for (const { method, path } of api.operations) {
      const { status, headers } = await stranger(method, path.replaceAll(/\{[^}]+\}/gu, 'x'));
      expect(status, `${method} ${path}`).to.equal(401);
      expect(headers.get('www-authenticate')).to.include('Bearer');
    }
  });
});
