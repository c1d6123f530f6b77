import type { Context } from 'koa';
import type { z } from 'zod';
import { badRequest, GatehouseError } from '../../kernel/errors.ts';
import { type BodyFailure, readBody } from './body.ts';

/**
 * Reads a posted form and validates it. A field that comes twice is refused, so that nobody's choice between the two
 * matters, but for those of `lists`, which are arrays however often they come. Throws 415, 413, or `bad_request` (400).
 */
export async function readForm<Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
  limitBytes: number,
  lists: readonly string[] = [],
): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(await readFields(ctx, limitBytes, lists));
  if (!parsed.success) throw badRequest('bad_request', 'The form is not complete.', parsed.error);
  return parsed.data;
}

/** The parameters of a posted form as they came. Throws 415, 413, or `bad_request` (400). */
export async function readParameters(ctx: Context, limitBytes: number): Promise<URLSearchParams> {
  if (ctx.is('urlencoded') === false || ctx.is('urlencoded') === null) {
    throw new GatehouseError('bad_request', { status: 415, message: 'This address takes forms only.' });
  }
  return new URLSearchParams(UTF8.decode(await readBody(ctx, limitBytes, refusal)));
}

async function readFields(
  ctx: Context,
  limitBytes: number,
  lists: readonly string[],
): Promise<Record<string, string | string[]>> {
  const fields: Record<string, string | string[]> = Object.create(null);
  const parameters = await readParameters(ctx, limitBytes);
  for (const [name, value] of parameters) {
    if (lists.includes(name)) continue;
    if (name in fields) throw badRequest('bad_request', 'A field of the form came twice.');
    fields[name] = value;
  }
  for (const name of lists) fields[name] = parameters.getAll(name);
  return { ...fields };
}

const UTF8 = new TextDecoder();

function refusal(failure: BodyFailure, cause: unknown): GatehouseError {
  const tooLarge = failure === 'too_large';
  return new GatehouseError('bad_request', {
    status: tooLarge ? 413 : 400,
    message: tooLarge ? 'The form is too large.' : 'The form could not be read.',
    cause,
  });
}
