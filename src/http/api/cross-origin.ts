import type { Context } from 'koa';

/** Pages of other origins that may call a route (CORS, Fetch standard). Cookies never count at such a route. */

/** Browsers may keep the answer to a preflight for so many seconds. */
const PREFLIGHT_SECONDS = '3600';

/** Lets the page that asks read the answer, a refusal too; whether it may have it is decided once the client is known. */
export function allowOrigin(ctx: Context): void {
  const origin = ctx.get('Origin');
  ctx.vary('Origin');
  if (origin === '') return;
  ctx.set('Access-Control-Allow-Origin', origin);
  ctx.set('Access-Control-Expose-Headers', 'WWW-Authenticate');
}

/** Without a token there is no client yet: the request that follows is the one that is judged. */
export function answerPreflight(ctx: Context, methods: readonly string[]): void {
  allowOrigin(ctx);
  if (ctx.get('Origin') === '') return;
  ctx.set('Access-Control-Allow-Methods', methods.join(', '));
  ctx.set('Access-Control-Allow-Headers', 'Authorization');
  ctx.set('Access-Control-Max-Age', PREFLIGHT_SECONDS);
}
