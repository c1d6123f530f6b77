import type { Context } from 'koa';
import { type Decision, headerFields } from '../../domain/rate-limits/policy.ts';
import { GatehouseError } from '../../kernel/errors.ts';

/** Tells a program how its budgets stand (draft-ietf-httpapi-ratelimit-headers), and when to come back if it has none left. */
export function tellLimits(ctx: Context, { standings, refusedBy }: Decision): void {
  const fields = headerFields(standings);
  if (fields === undefined) return;
  ctx.set('RateLimit-Policy', fields.policy);
  ctx.set('RateLimit', fields.limit);
  if (refusedBy !== undefined) ctx.set('Retry-After', String(refusedBy.resetSeconds));
}

/** Throws `rate_limited` (429), which is a page for people and JSON for programs, unless every budget had a point left. */
export function enforceLimits(ctx: Context, decision: Decision): void {
  tellLimits(ctx, decision);
  if (decision.refusedBy === undefined) return;
  throw new GatehouseError('rate_limited', {
    status: 429,
    message: 'Too many requests came in a short time.',
    retryAfter: decision.refusedBy.resetSeconds,
  });
}
