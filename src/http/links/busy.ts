import type { Context } from 'koa';
import { GatehouseError } from '../../kernel/errors.ts';

/** Too many people at once: nothing that was chosen was looked at, and the form is there again with what was typed. */
export interface BusyPage {
  readonly error?: { readonly code: 'too_busy'; readonly retryAfterSeconds: number };
}

const BUSY_SECONDS = 5;

/**
 * What the form says where the queue of password hashing is full, and in `Retry-After` to programs; every other error is thrown
 * on.
 */
export function busyOrThrow(ctx: Context, error: unknown): Required<BusyPage> {
  if (!(error instanceof GatehouseError) || error.code !== 'hashing_busy') throw error;
  const retryAfterSeconds = error.retryAfter ?? BUSY_SECONDS;
  ctx.set('Retry-After', String(retryAfterSeconds));
  return { error: { code: 'too_busy', retryAfterSeconds } };
}
