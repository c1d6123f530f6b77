import type { Context } from 'koa';
import getRawBody from 'raw-body';
import type { GatehouseError } from '../../kernel/errors.ts';

/** Why the body of a request could not be had. */
export type BodyFailure = 'too_large' | 'unreadable';

/** The bytes of the request's body, at most so many. Throws what `refusal` makes of the reason when they cannot be had. */
export async function readBody(
  ctx: Context,
  limitBytes: number,
  refusal: (failure: BodyFailure, cause: unknown) => GatehouseError,
): Promise<Buffer> {
  try {
    return await getRawBody(ctx.req, { limit: limitBytes, length: ctx.request.length ?? null });
  } catch (cause) {
    const tooLarge = (cause as { type?: string }).type === 'entity.too.large';
    throw refusal(tooLarge ? 'too_large' : 'unreadable', cause);
  }
}
