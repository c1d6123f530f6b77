import type { Context } from 'koa';
import type { z } from 'zod';
import { notFound } from '../../kernel/errors.ts';
import { pathText, shapeFindings } from '../../kernel/shape-words.ts';
import { isStorable } from '../../kernel/text.ts';
import { PROTOTYPE, pointerTo, readJson } from './json.ts';
import { InvalidRequest } from './problems.ts';

/** What a route is given, each checked by the schema that the route declares. What no schema is declared for is not read. */

/** The parts of the address. One that does not fit names nothing: throws `not_found` (404). */
export function readParams<Schema extends z.ZodType>(
  schema: Schema,
  params: Readonly<Record<string, string>>,
): z.output<Schema> {
  const parsed = schema.safeParse(params);
  if (!parsed.success || !Object.values(params).every(isStorable))
    throw notFound('not_found', 'There is nothing at this address.');
  return parsed.data;
}

/**
 * The query. A parameter that comes several times is a list, which a schema that wants one value refuses. Throws
 * `invalid_parameters` (400) with an entry for each that is wrong.
 */
export function readQuery<Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    if (name === PROTOTYPE || !isStorable(name) || !isStorable(value))
      throw invalidParameters([{ parameter: pathText([name]), detail: 'is no parameter of anything' }]);
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  const query = Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]));
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw invalidParameters(
    shapeFindings(parsed.error.issues, { input: query }).map(({ path, words }) => ({
      parameter: pathText(path),
      detail: words,
    })),
  );
}

const invalidParameters = (errors: ConstructorParameters<typeof InvalidRequest>[2]) =>
  new InvalidRequest('invalid_parameters', 'The query is not what this address takes.', errors);

/** The body. Throws what {@link readJson} throws, and `invalid_body` (400) with an entry for each part that is wrong. */
export async function readInput<Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
  limitBytes: number,
): Promise<z.output<Schema>> {
  const value = await readJson(ctx, limitBytes);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidRequest(
    'invalid_body',
    'The body is not what this address takes.',
    shapeFindings(parsed.error.issues, { input: value }).map(({ path, words }) => ({
      pointer: pointerTo(path),
      detail: words,
    })),
  );
}
