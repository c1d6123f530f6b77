import type { RequestListener } from 'node:http';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import compose from 'koa-compose';
import { accountPages, apiNeeds, linkPages, pageTools, signInPages, testPages } from './edge-dependencies.ts';
import { mountAccount } from './http/account/index.ts';
import { healthRoutes } from './http/api/health.ts';
import { createApi } from './http/api/index.ts';
import { tellRefusals } from './http/kit/application-refusals.ts';
import { securityHeaders } from './http/kit/headers.ts';
import { measured } from './http/kit/measured.ts';
import { createProtocolOf, useForwarding } from './http/kit/proxy.ts';
import type { ProxyWarnings } from './http/kit/proxy-warnings.ts';
import { createRepeatedAnswers, mayRepeat } from './http/kit/repeated.ts';
import { requireHttps } from './http/kit/require-https.ts';
import { unitOfWork } from './http/kit/unit.ts';
import { mountLinks } from './http/links/index.ts';
import { mailboxRoutes } from './http/mailbox/mailbox.ts';
import { renderErrors } from './http/pages/errors.ts';
import { mountSignIn } from './http/sign-in/index.ts';
import { mountTestSignIn } from './http/test-sign-in/index.ts';
import { GatehouseError } from './kernel/errors.ts';
import { requestLog } from './log.ts';
import { createCookieKeys, withoutRenewal } from './oidc/cookies.ts';
import { protocolEndpoints, publicMetadata } from './oidc/endpoint.ts';
import { ROUTES } from './oidc/provider.ts';
import { guardResume } from './oidc/resume-guard.ts';
import type { App } from './wire.ts';

/** What the stack has to know of the server and the proxies in front of it. */
export interface Surroundings {
  /** False once the server has been told to end. */
  readonly accepting: () => boolean;
  readonly proxyWarnings: ProxyWarnings;
}

/** What the server hands each request to. */
export function createHandler(app: App, surroundings: Surroundings): RequestListener {
  const { config, random } = app;
  const { active } = app.protocol;
  const { issuer, trustedProxies } = config.server;
  const protocolOf = createProtocolOf(trustedProxies);
  const expected = new URL(issuer).protocol.slice(0, -1);
  const repeated = createRepeatedAnswers({
    edition: () => active.generation,
    asExpected: (request) => protocolOf(request) === expected,
    random,
  });
  const handle = createStack(app, surroundings, repeated.remember).callback();
  const answer: RequestListener = (request, response) => {
    if (!repeated.answer(request, response)) void handle(request, response);
  };
  const { registry, meters } = app.metrics;
  return registry === undefined ? answer : measured(answer, meters);
}

/** The whole stack, in the order in which a request goes through it. */
function createStack(app: App, { accepting, proxyWarnings }: Surroundings, remember: Middleware): Koa {
  const {
    config,
    report,
    web,
    protocol: { active, refusals, onRefused },
  } = app;
  const { issuer } = config.server;

  const koa = new Koa();
  // The provider reads and writes cookies with the same keys: both must see the same signatures.
  koa.keys = withoutRenewal(createCookieKeys(config.secrets.cookieKeys)) as unknown as string[];
  koa.silent = true;
  koa.on('error', (error, ctx) => report(error, ctx));

  const { trustedProxies, hsts } = config.server;
  useForwarding(koa, { trustedProxies, issuer, onPrefix: proxyWarnings.prefix });
  koa.use(remember);
  koa.use(requestLog(app.log));
  koa.use(securityHeaders({ https: issuer.startsWith('https:'), hsts: hsts === 'gatehouse' }));
  koa.use(renderErrors(web.pages, report));
  const { auditStamp, database } = app;
  const unit = unitOfWork({
    auditStamp,
    database,
    auditGroup: app.audit.group,
    meters: app.metrics.meters,
  });
  const api = createApi(apiNeeds(app, unit));
  koa.use(tellRefusals({ issuer, unit, refusals, clients: app.clients.store, onRefused, report }));
  koa.use(api.problems);
  // Tests speak to the server without a proxy.
  if (issuer.startsWith('https:') && config.environment !== 'test') {
    koa.use(requireHttps(issuer, proxyWarnings));
  }

  const protocol = protocolEndpoints(active, {
    artifacts: app.tokens.artifacts,
    attempts: app.signIn.attempts,
    sessionSettings: app.sessions.settings,
    onRefused,
  });
  koa.use(straightToProtocol(compose([unit, refuseMethods, protocol])));
  koa.use(healthRouter(app, accepting).routes());
  koa.use(api.answer);
  koa.use(web.assets);
  koa.use(publicMetadata(active, mayRepeat));
  koa.use(unit);
  koa.use(unlessAuthorizing(pageRouter(app).routes() as Middleware));
  koa.use(refuseMethods);
  koa.use(guardResume(active));
  koa.use(protocol);
  return koa;
}

/** Only programs come here, and more often than anybody else: nothing else of the server is at these addresses. */
const FOR_PROGRAMS: ReadonlySet<string> = new Set([
  ROUTES.token,
  ROUTES.introspection,
  ROUTES.revocation,
  ROUTES.userinfo,
  ROUTES.pushed_authorization_request,
  ROUTES.device_authorization,
]);

/** What the protocol does not answer there, nobody does. */
const straightToProtocol =
  (protocol: Middleware): Middleware =>
  (ctx, next) =>
    FOR_PROGRAMS.has(ctx.path) ? protocol(ctx, async () => undefined) : next();

/** At the authorization endpoint our pages take only what is posted. */
const unlessAuthorizing =
  (pages: Middleware): Middleware =>
  (ctx, next) =>
    ctx.method === 'GET' && ctx.path.startsWith(ROUTES.authorization) ? next() : pages(ctx, next);

function healthRouter(app: App, accepting: () => boolean): Router {
  const router = new Router();
  healthRoutes(router, {
    database: app.database,
    listening: app.storage.listening,
    migrations: app.storage.migrations,
    accepting,
    hasKeys: () => app.protocol.active.generation > 0,
    warnings: async () => ((await app.approverCheck()).length > 0 ? ['approvers_missing'] : []),
    onReadiness: (reason) =>
      reason === undefined ? app.log.info('ready again') : app.log.error({ err: reason }, 'not ready'),
  });
  return router;
}

/** The pages, by audience. */
export function pageRouter(app: App): Router {
  const router = new Router();
  const tools = pageTools(app);
  mountSignIn(router, signInPages(app, tools));
  mountLinks(router, linkPages(app, tools));
  mountAccount(router, accountPages(app, tools));
  mountTestSignIn(router, testPages(app, tools));
  const { folder } = app.mail;
  if (app.config.environment === 'development' && folder !== undefined) {
    mailboxRoutes(router, { issuer: tools.issuer, assets: app.web.assets, mails: folder });
  }
  return router;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** TRACE and whatever nobody asked for (OWASP ASVS 13.4.4). */
const refuseMethods: Koa.Middleware = (ctx, next) => {
  if (METHODS.has(ctx.method)) return next();
  throw new GatehouseError('method_not_allowed', {
    status: 405,
    message: 'This address does not answer to that method.',
  });
};
