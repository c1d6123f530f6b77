import type { Context } from 'koa';
import type { Origin } from '../../domain/audit/events.ts';

/** Where the request came from, for the audit trail. The address was vetted by `proxy.ts`. */
export function originOf(ctx: Context): Origin {
  const userAgent = ctx.get('User-Agent');
  const { requestId } = ctx.state as { requestId?: string };
  return {
    ip: ctx.ip,
    ...(userAgent === '' ? {} : { userAgent }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** True for a browser that navigates, false for a program: decides between a page and JSON. */
export const wantsPage = (ctx: Context): boolean => ctx.accepts('json', 'html') === 'html';
