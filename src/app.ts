import type { RequestListener } from 'node:http';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import compose from 'koa-compose';
import { accountActivityRoutes } from './http/account/activity.ts';
import { accountChangeRoutes } from './http/account/changes.ts';
import { createConfirmation } from './http/account/confirmed-visitor.ts';
import { factorWizardRoutes } from './http/account/factor-wizard.ts';
import { accountFactorRoutes } from './http/account/factors.ts';
import { accountRoutes } from './http/account/home.ts';
import { recoveryCodeRoutes } from './http/account/recovery-codes.ts';
import { accountSessionRoutes } from './http/account/session.ts';
import { accountSessionsRoutes } from './http/account/sessions.ts';
import { healthRoutes } from './http/api/health.ts';
import { createCodesCookie } from './http/kit/codes-cookie.ts';
import { createCsrf } from './http/kit/csrf.ts';
import { createDeviceCookie } from './http/kit/device-cookie.ts';
import { createFormCookie } from './http/kit/form-cookie.ts';
import { securityHeaders } from './http/kit/headers.ts';
import { measured } from './http/kit/measured.ts';
import { createProtocolOf, useForwarding } from './http/kit/proxy.ts';
import type { ProxyWarnings } from './http/kit/proxy-warnings.ts';
import { createRepeatedAnswers, mayRepeat } from './http/kit/repeated.ts';
import { requireHttps } from './http/kit/require-https.ts';
import { unitOfWork } from './http/kit/unit.ts';
import { invitationRoutes } from './http/links/invitation.ts';
import { passwordResetRoutes } from './http/links/password-reset.ts';
import { registrationRoutes } from './http/links/registration.ts';
import { secureRoutes } from './http/links/secure.ts';
import { setupRoutes } from './http/links/setup.ts';
import { verifyAddressRoutes } from './http/links/verify-address.ts';
import { mailboxRoutes } from './http/mailbox/mailbox.ts';
import { renderErrors } from './http/pages/errors.ts';
import { sessionStatusRoutes } from './http/routes/session-status.ts';
import { statusListRoutes } from './http/routes/status-lists.ts';
import { changePasswordRoutes } from './http/sign-in/change-password.ts';
import { signInCodesRoutes } from './http/sign-in/codes.ts';
import { consentRoutes } from './http/sign-in/consent.ts';
import { signInEnrolmentRoutes } from './http/sign-in/enrolment.ts';
import { signInFactorRoutes } from './http/sign-in/factor.ts';
import { postedRequestRoutes } from './http/sign-in/posted-requests.ts';
import { signInSessionRoutes } from './http/sign-in/session-choice.ts';
import { signInRoutes } from './http/sign-in/sign-in.ts';
import { switchPersonRoutes } from './http/sign-in/switch-person.ts';
import { GatehouseError } from './kernel/errors.ts';
import { requestLog } from './log.ts';
import { createCookieKeys, withoutRenewal } from './oidc/cookies.ts';
import { protocolEndpoints, publicMetadata } from './oidc/endpoint.ts';
import { ROUTES } from './oidc/provider.ts';
import { guardResume } from './oidc/resume-guard.ts';
import type { App } from './wire.ts';

/** What the stack has to know of the doors in front of it. */
export interface Surroundings {
  /** False once the server has been told to end. */
  readonly accepting: () => boolean;
  readonly proxyWarnings: ProxyWarnings;
}

/** What the server hands each request to. */
export function createHandler(app: App, surroundings: Surroundings): RequestListener {
  const { config, active, random } = app;
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
  return app.metrics === undefined ? answer : measured(answer, app.meters);
}

/** The whole stack, in the order in which a request goes through it. */
function createStack(app: App, { accepting, proxyWarnings }: Surroundings, remember: Middleware): Koa {
  const { config, pages, assets, active } = app;
  const { issuer } = config.server;

  const koa = new Koa();
  // The provider reads and writes cookies with the same keys: both must see the same signatures.
  koa.keys = withoutRenewal(createCookieKeys(config.secrets.cookieKeys)) as unknown as string[];
  koa.silent = true;
  koa.on('error', (error, ctx) => app.report(error, ctx));

  const { trustedProxies, hsts } = config.server;
  useForwarding(koa, { trustedProxies, issuer, onPrefix: proxyWarnings.prefix });
  koa.use(remember);
  koa.use(requestLog(app.log));
  koa.use(securityHeaders({ https: issuer.startsWith('https:'), hsts: hsts === 'gatehouse' }));
  koa.use(renderErrors(pages, app.report));
  // Tests speak to the server without a proxy.
  if (issuer.startsWith('https:') && config.environment !== 'test') {
    koa.use(requireHttps(issuer, proxyWarnings));
  }

  const unit = unitOfWork(app);
  const protocol = protocolEndpoints(active, app);
  koa.use(straightToProtocol(compose([unit, refuseMethods, protocol])));
  koa.use(healthRouter(app, accepting).routes());
  koa.use(assets);
  koa.use(publicMetadata(active, mayRepeat));
  koa.use(statusListRouter(app).routes());
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
    listening: app.listening,
    migrations: app.migrations,
    accepting,
    hasKeys: () => app.active.generation > 0,
    onReadiness: (reason) =>
      reason === undefined ? app.log.info('ready again') : app.log.error({ err: reason }, 'not ready'),
  });
  return router;
}

/** Nothing is changed by whoever looks at them: no unit of work. */
function statusListRouter(app: App): Router {
  const router = new Router();
  statusListRoutes(router, app);
  return router;
}

function pageRouter(app: App): Router {
  const { config } = app;
  const router = new Router();
  const csrf = createCsrf(config.secrets.cookieKeys, config.server.issuer);
  const { issuer, bodyLimitBytes } = config.server;
  const deps = { ...app, csrf, issuer, bodyLimitBytes };
  const https = issuer.startsWith('https:');
  const deviceCookie = createDeviceCookie({ https, keys: createCookieKeys(config.secrets.cookieKeys) });
  const codesCookie = createCodesCookie({ ...app, https, keyring: app.mfaKeyring });
  const inSignIn = { ...deps, deviceCookie, codesCookie, issuerName: config.brand.name };
  signInRoutes(router, {
    ...inSignIn,
    consent: consentRoutes(router, deps),
    challenge: signInFactorRoutes(router, inSignIn),
    enrolment: signInEnrolmentRoutes(router, inSignIn),
    codes: signInCodesRoutes(router, inSignIn),
    passwordChange: changePasswordRoutes(router, inSignIn),
    sessionChoice: signInSessionRoutes(router, inSignIn),
  });
  switchPersonRoutes(router, deps);
  const formCookie = createFormCookie({ https, random: app.random });
  passwordResetRoutes(router, { ...deps, formCookie });
  registrationRoutes(router, { ...deps, formCookie });
  invitationRoutes(router, deps);
  secureRoutes(router, deps);
  postedRequestRoutes(router, deps);
  sessionStatusRoutes(router, deps);
  accountRoutes(router, deps);
  accountSessionRoutes(router, deps);
  accountSessionsRoutes(router, deps);
  accountActivityRoutes(router, deps);
  const confirmation = createConfirmation(deps);
  accountChangeRoutes(router, { ...deps, confirmation });
  factorWizardRoutes(router, { ...deps, confirmation, codesCookie });
  accountFactorRoutes(router, { ...deps, confirmation, codesCookie, deviceCookie });
  if (config.environment === 'development' && app.mailFolder !== undefined) {
    mailboxRoutes(router, { ...deps, mails: app.mailFolder });
  }
  recoveryCodeRoutes(router, deps);
  setupRoutes(router, deps);
  verifyAddressRoutes(router, deps);
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
