import { expect } from 'chai';
import { z } from 'zod';
import { shapeProblems } from '../../../src/kernel/shape-words.ts';

const scopeName = z
  .string()
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]+$/u,
    'a scope: printable characters without spaces, quotes and backslashes (RFC 6749, section 3.3)',
  );
/** Shapes like those of our files, with the library's own messages. */
const resourceSchema = z.strictObject({
  identifier: z
    .string()
    .max(512)
    .refine((value) => URL.canParse(value) && !value.includes('#'), 'an absolute URI without a fragment'),
  name: z.string().min(1).max(100),
  scopes: z
    .array(z.union([scopeName, z.strictObject({ name: scopeName, description: z.string().min(1).max(200) })]))
    .default([]),
  token_algorithm: z.enum(['RS256', 'ES256', 'EdDSA']).default('RS256'),
  token_seconds: z.int().min(30).max(86_400).default(600),
});
const clientFileSchema = z.looseObject({
  client_secret: z.string().min(32).max(512).optional(),
  first_party: z.boolean().optional(),
  resource_scopes: z.array(z.string()).optional(),
});

const problems = (schema: z.ZodType, input: unknown) => {
  const parsed = schema.safeParse(input);
  if (parsed.success) throw new Error('nothing is wrong');
  return shapeProblems(parsed.error.issues, { input, whole: 'the whole' });
};

describe('words about a shape', () => {
  const resource = { identifier: 'https://records.example.org', name: 'Records' };
  const cases: [what: string, schema: z.ZodType, input: unknown, expected: string[]][] = [
    [
      'nothing',
      resourceSchema,
      {},
      ['identifier: is missing; expected text', 'name: is missing; expected text'],
    ],
    ['a list', resourceSchema, [], ['the whole: is a list; expected an object']],
    ['text', resourceSchema, 'x', ['the whole: is text; expected an object']],
    ['null', clientFileSchema, null, ['the whole: is null; expected an object']],
    ['a list for a client', clientFileSchema, [], ['the whole: is a list; expected an object']],
    ['a wrong type', resourceSchema, { ...resource, name: 5 }, ['name: is a number; expected text']],
    ['an empty text', resourceSchema, { ...resource, name: '' }, ['name: expected some text']],
    [
      'a long text',
      resourceSchema,
      { ...resource, name: 'x'.repeat(101) },
      ['name: expected at most 100 characters'],
    ],
    [
      'a small number',
      resourceSchema,
      { ...resource, token_seconds: 5 },
      ['token_seconds: expected at least 30'],
    ],
    [
      'a broken number',
      resourceSchema,
      { ...resource, token_seconds: 50.5 },
      ['token_seconds: is a number; expected a whole number'],
    ],
    [
      'one of several',
      resourceSchema,
      { ...resource, token_algorithm: 'HS256' },
      ['token_algorithm: is text; expected one of RS256, ES256, EdDSA'],
    ],
    ['a member that nobody knows', resourceSchema, { ...resource, surprise: 1 }, ['surprise: is unknown']],
    [
      'an own rule',
      resourceSchema,
      { ...resource, identifier: 'x' },
      ['identifier: expected an absolute URI without a fragment'],
    ],
    [
      'text for a list',
      resourceSchema,
      { ...resource, scopes: 'read' },
      ['scopes: is text; expected a list'],
    ],
    [
      'an entry of a wrong type',
      resourceSchema,
      { ...resource, scopes: ['a', 5] },
      ['scopes.1: is a number; expected text or an object'],
    ],
    [
      'an entry that is not as it should be',
      resourceSchema,
      { ...resource, scopes: ['with space'] },
      [
        'scopes.0: expected a scope: printable characters without spaces, quotes and backslashes (RFC 6749, section 3.3)',
      ],
    ],
    [
      'a member of an entry',
      resourceSchema,
      { ...resource, scopes: [{ name: 'a', description: 7 }] },
      ['scopes.0.description: expected text'],
    ],
    [
      'a member of an entry that nobody knows',
      resourceSchema,
      { ...resource, scopes: [{ name: 'a', description: 'b', x: 1 }] },
      ['scopes.0.x: is unknown'],
    ],
    [
      'text for a flag',
      clientFileSchema,
      { first_party: 'yes' },
      ['first_party: is text; expected true or false'],
    ],
    [
      'a short secret',
      clientFileSchema,
      { client_secret: 'short' },
      ['client_secret: expected at least 32 characters'],
    ],
    ['a key that moves the cursor', z.strictObject({}), { '\u001b[2J': 1 }, ['?[2J: is unknown']],
  ];
  for (const [what, schema, input, expected] of cases) {
    it(`about ${what}`, () => {
      expect(problems(schema, input)).to.deep.equal(expected);
    });
  }

  it('tell the nearest of the known names, and name the whole', () => {
    const schema = z.strictObject(
      { scopes: z.array(z.strictObject({ name: z.string(), description: z.string().optional() })) },
      'must be an object',
    );
    const known = ([first]: readonly PropertyKey[]) =>
      first === 'scopes' ? ['name', 'description'] : ['scopes'];
    const lines = (input: unknown) =>
      shapeProblems(schema.safeParse(input).error?.issues ?? [], { known, whole: 'the resource' });
    expect(lines({ scopes: [{ name: 'a', descripton: 'b', q: 1 }], scops: [] })).to.deep.equal([
      'scopes.0.descripton: is unknown (did you mean description?)',
      'scopes.0.q: is unknown',
      'scops: is unknown (did you mean scopes?)',
    ]);
    expect(lines(7)).to.deep.equal(['the resource: must be an object']);
  });

  it('are our own for whatever zod can find, and repeat no value', () => {
    const schemas: [z.ZodType, unknown][] = [
      [z.email(), 'hunter2'],
      [z.url(), 'hunter2'],
      [z.uuid(), 'hunter2'],
      [z.iso.date(), 'hunter2'],
      [z.iso.datetime(), 'hunter2'],
      [z.string().regex(/^x$/), 'hunter2'],
      [z.string().startsWith('x'), 'hunter2'],
      [z.number().multipleOf(5), 7],
      [z.number().gt(5), 5],
      [z.number().lt(5), 5],
      [z.array(z.string()).min(1), []],
      [z.array(z.string()).max(1), ['a', 'b']],
      [z.set(z.string()), 'hunter2'],
      [z.map(z.string(), z.string()), 'hunter2'],
      [z.literal('a'), 'hunter2'],
      [z.record(z.string().min(3), z.string()), { a: 'hunter2' }],
      [
        z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('a') }),
          z.object({ kind: z.literal('b') }),
        ]),
        { kind: 'hunter2' },
      ],
      [z.date(), 'hunter2'],
      [z.null(), 'hunter2'],
      [z.nan(), 'hunter2'],
      [z.bigint(), 'hunter2'],
      [z.instanceof(URL), 'hunter2'],
      [z.string().refine(() => false), 'hunter2'],
      [z.tuple([z.string()]), ['a', 'b']],
      [z.never(), 'hunter2'],
      [z.union([z.number(), z.boolean()]), 'hunter2'],
    ];
    for (const [schema, input] of schemas) {
      for (const line of problems(z.object({ it: schema }), { it: input })) {
        expect(line).to.match(/^it(\.a|\.kind)?(\.\d)?: ./);
        expect(line).not.to.match(
          /Invalid|Too (big|small)|Unrecognized|received|undefined|hunter2|ZodError|expected expected/,
        );
      }
    }
  });
});
