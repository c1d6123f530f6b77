import type { RequestListener } from 'node:http';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import compose from 'koa-compose';
import { createApi } from './http/api/index.ts';
import { createCodesCookie } from './http/codes-cookie.ts';
import { createConfirmation } from './http/confirmed-visitor.ts';
import { createCsrf } from './http/csrf.ts';
import { createDeviceCookie } from './http/device-cookie.ts';
import { renderErrors } from './http/errors.ts';
import { createFormCookie } from './http/form-cookie.ts';
import { securityHeaders } from './http/headers.ts';
import { measured } from './http/measured.ts';
import { createProtocolOf, useForwarding } from './http/proxy.ts';
import type { ProxyWarnings } from './http/proxy-warnings.ts';
import { createRepeatedAnswers, mayRepeat } from './http/repeated.ts';
import { requireHttps } from './http/require-https.ts';
import { accountRoutes } from './http/routes/account.ts';
import { accountActivityRoutes } from './http/routes/account-activity.ts';
import { accountChangeRoutes } from './http/routes/account-changes.ts';
import { factorWizardRoutes } from './http/routes/account-factor-wizard.ts';
import { accountFactorRoutes } from './http/routes/account-factors.ts';
import { accountSessionRoutes } from './http/routes/account-session.ts';
import { accountSessionsRoutes } from './http/routes/account-sessions.ts';
import { changePasswordRoutes } from './http/routes/change-password.ts';
import { consentRoutes } from './http/routes/consent.ts';
import { healthRoutes } from './http/routes/health.ts';
import { invitationRoutes } from './http/routes/invitation.ts';
import { mailboxRoutes } from './http/routes/mailbox.ts';
import { passwordResetRoutes } from './http/routes/password-reset.ts';
import { postedRequestRoutes } from './http/routes/posted-requests.ts';
import { recoveryCodeRoutes } from './http/routes/recovery-codes.ts';
import { registrationRoutes } from './http/routes/registration.ts';
import { secureRoutes } from './http/routes/secure.ts';
import { setupRoutes } from './http/routes/setup.ts';
import { signInRoutes } from './http/routes/sign-in.ts';
import { signInCodesRoutes } from './http/routes/sign-in-codes.ts';
import { signInEnrolmentRoutes } from './http/routes/sign-in-enrolment.ts';
import { signInFactorRoutes } from './http/routes/sign-in-factor.ts';
import { signInSessionRoutes } from './http/routes/sign-in-sessions.ts';
import { switchPersonRoutes } from './http/routes/switch-person.ts';
import { unitOfWork } from './http/unit.ts';
import { GatehouseError } from './kernel/errors.ts';
import { requestLog } from './log.ts';
import { createCookieKeys, withoutRenewal } from './oidc/cookies.ts';
import { protocolEndpoints, publicMetadata } from './oidc/endpoint.ts';
import { ROUTES } from './oidc/provider.ts';
import { guardResume } from './oidc/resume-guard.ts';
import type { House } from './wire.ts';

/** What the stack has to know of the doors in front of it. */
export interface Surroundings {
  /** False once the server has been told to end. */
  readonly accepting: () => boolean;
  readonly proxyWarnings: ProxyWarnings;
}

/** What the server hands each request to. */
export function createHandler(house: House, surroundings: Surroundings): RequestListener {
  const { config, active, random } = house;
  const { issuer, trustedProxies } = config.server;
  const protocolOf = createProtocolOf(trustedProxies);
  const expected = new URL(issuer).protocol.slice(0, -1);
  const repeated = createRepeatedAnswers({
    edition: () => active.generation,
    asExpected: (request) => protocolOf(request) === expected,
    random,
  });
  const handle = createApp(house, surroundings, repeated.remember).callback();
  const answer: RequestListener = (request, response) => {
    if (!repeated.answer(request, response)) void handle(request, response);
  };
  return house.metrics === undefined ? answer : measured(answer, house.meters);
}

/** The whole stack, in the order in which a request goes through it. */
function createApp(house: House, { accepting, proxyWarnings }: Surroundings, remember: Middleware): Koa {
  const { config, pages, assets, active } = house;
  const { issuer } = config.server;

  const app = new Koa();
  // The provider reads and writes cookies with the same keys: both must see the same signatures.
  app.keys = withoutRenewal(createCookieKeys(config.secrets.cookieKeys)) as unknown as string[];
  app.silent = true;
  app.on('error', (error, ctx) => house.report(error, ctx));

  const { trustedProxies, hsts } = config.server;
  useForwarding(app, { trustedProxies, issuer, onPrefix: proxyWarnings.prefix });
  app.use(remember);
  app.use(requestLog(house.log));
  app.use(securityHeaders({ https: issuer.startsWith('https:'), hsts: hsts === 'gatehouse' }));
  app.use(renderErrors(pages, house.report));
  const unit = unitOfWork(house);
  const api = createApi({ ...house, issuer, bodyLimitBytes: config.server.bodyLimitBytes, unit });
  app.use(api.problems);
  // Tests speak to the server without a proxy.
  if (issuer.startsWith('https:') && config.environment !== 'test') {
    app.use(requireHttps(issuer, proxyWarnings));
  }

  const protocol = protocolEndpoints(active, house);
  app.use(straightToProtocol(compose([unit, refuseMethods, protocol])));
  app.use(healthRouter(house, accepting).routes());
  app.use(api.answer);
  app.use(assets);
  app.use(publicMetadata(active, mayRepeat));
  app.use(unit);
  app.use(unlessAuthorizing(pageRouter(house).routes() as Middleware));
  app.use(refuseMethods);
  app.use(guardResume(active));
  app.use(protocol);
  return app;
}

/** Only programs come here, and more often than anybody else: nothing else of the house is at these addresses. */
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

function healthRouter(house: House, accepting: () => boolean): Router {
  const router = new Router();
  healthRoutes(router, {
    database: house.database,
    listening: house.listening,
    migrations: house.migrations,
    accepting,
    hasKeys: () => house.active.generation > 0,
    onReadiness: (reason) =>
      reason === undefined ? house.log.info('ready again') : house.log.error({ err: reason }, 'not ready'),
  });
  return router;
}

function pageRouter(house: House): Router {
  const { config } = house;
  const router = new Router();
  const csrf = createCsrf(config.secrets.cookieKeys, config.server.issuer);
  const { issuer, bodyLimitBytes } = config.server;
  const deps = { ...house, csrf, issuer, bodyLimitBytes };
  const https = issuer.startsWith('https:');
  const deviceCookie = createDeviceCookie({ https, keys: createCookieKeys(config.secrets.cookieKeys) });
  const codesCookie = createCodesCookie({ ...house, https, keyring: house.mfaKeyring });
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
  const formCookie = createFormCookie({ https, random: house.random });
  passwordResetRoutes(router, { ...deps, formCookie });
  registrationRoutes(router, { ...deps, formCookie });
  invitationRoutes(router, deps);
  secureRoutes(router, deps);
  postedRequestRoutes(router, deps);
  accountRoutes(router, deps);
  accountSessionRoutes(router, deps);
  accountSessionsRoutes(router, deps);
  accountActivityRoutes(router, deps);
  const confirmation = createConfirmation(deps);
  accountChangeRoutes(router, { ...deps, confirmation });
  factorWizardRoutes(router, { ...deps, confirmation, codesCookie });
  accountFactorRoutes(router, { ...deps, confirmation, codesCookie, deviceCookie });
  if (config.environment === 'development' && house.mailFolder !== undefined) {
    mailboxRoutes(router, { ...deps, mails: house.mailFolder });
  }
  recoveryCodeRoutes(router, deps);
  setupRoutes(router, deps);
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
