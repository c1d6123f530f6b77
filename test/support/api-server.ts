import Koa, { type Middleware } from 'koa';
import { UNLIMITED } from '../../src/domain/rate-limits/policy.ts';
import type { RateLimits } from '../../src/domain/rate-limits/store.ts';
import type { ApiRoute } from '../../src/http/api/route.ts';
import { createApiRouter } from '../../src/http/api/router.ts';
import { securityHeaders } from '../../src/http/kit/headers.ts';
import { useForwarding } from '../../src/http/kit/proxy.ts';
import { createLogger, requestLog } from '../../src/log.ts';
import { type Served, serve } from '../unit/http/serve.ts';

export interface ApiServerOptions {
  readonly issuer?: string;
  readonly unit?: Middleware;
  readonly rateLimits?: Pick<RateLimits, 'take'>;
  readonly bodyLimitBytes?: number;
  /** Stands between what renders problems and the routes, as what refuses requests does in the whole stack. */
  readonly between?: Middleware;
}

export interface ApiServer extends Served {
  /** What was reported as a failure of ours. */
  readonly reports: unknown[];
}

/** Routes of a test behind the same edge as the product's, in front of a page that answers everything else. */
export async function serveApi(
  routes: readonly ApiRoute[],
  options: ApiServerOptions = {},
): Promise<ApiServer> {
  const reports: unknown[] = [];
  const app = new Koa();
  app.silent = true;
  useForwarding(app, { trustedProxies: [], issuer: options.issuer ?? 'http://localhost' });
  app.use(requestLog(createLogger({ server: { logLevel: 'silent' } })));
  app.use(securityHeaders({ https: false }));
  const api = createApiRouter(routes, {
    unit: options.unit ?? ((_ctx, next) => next()),
    rateLimits: options.rateLimits ?? { take: async () => UNLIMITED },
    bodyLimitBytes: options.bodyLimitBytes ?? 4_096,
    report: (error) => reports.push(error),
  });
  app.use(api.problems);
  if (options.between !== undefined) app.use(options.between);
  app.use(api.answer);
  app.use((ctx) => {
    ctx.body = '<h1>a page</h1>';
  });
  const server = await serve(app);
  return { ...server, reports, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}
