import type { Middleware } from 'koa';
import { ACTS } from './administration/index.ts';
import type { AccountPagesDependencies } from './http/account/index.ts';
import { createAdminBearer } from './http/api/admin-bearer.ts';
import type { ApiDependencies } from './http/api/index.ts';
import { createAskedCookie } from './http/kit/asked-cookie.ts';
import { createCodesCookie } from './http/kit/codes-cookie.ts';
import { createCsrf } from './http/kit/csrf.ts';
import { createDeviceCookie } from './http/kit/device-cookie.ts';
import { createFormCookie } from './http/kit/form-cookie.ts';
import { createTestCookie } from './http/kit/test-cookie.ts';
import type { LinkPagesDependencies } from './http/links/index.ts';
import type { SignInPagesDependencies } from './http/sign-in/index.ts';
import type { TestPagesDependencies } from './http/test-sign-in/index.ts';
import { VERSION } from './kernel/version.ts';
import { createCookieKeys } from './oidc/cookies.ts';
import type { App } from './wire.ts';

/** What every page needs: where it is, its forms, and who renders it. */
export function pageTools({ config, clock, random, web: { pages }, secrets: { keyring, mfaKeyring } }: App) {
  const { issuer, bodyLimitBytes } = config.server;
  const https = issuer.startsWith('https:');
  const keys = createCookieKeys(config.secrets.cookieKeys);
  return {
    issuer,
    issuerName: config.brand.name,
    bodyLimitBytes,
    clock,
    random,
    pages,
    csrf: createCsrf(config.secrets.cookieKeys, issuer),
    deviceCookie: createDeviceCookie({ https, keys }),
    codesCookie: createCodesCookie({ https, keyring: mfaKeyring, clock, random }),
    askedCookie: createAskedCookie({ https, keyring, clock, random }),
    formCookie: createFormCookie({ https, random }),
    testCookie: createTestCookie({ https }),
  };
}

export type PageTools = ReturnType<typeof pageTools>;

/** What the pages of a sign-in get of the application. */
export const signInPages = (
  {
    accounts,
    attributeLabels,
    clients,
    config,
    documents,
    factors,
    lifecycle,
    passwords,
    protection,
    sessions,
    signIn,
  }: App,
  tools: PageTools,
): SignInPagesDependencies => ({
  ...tools,
  signIn: signIn.flow,
  documents,
  interactions: signIn.interactions,
  attempts: signIn.attempts,
  passkeyCeremonies: factors.ceremonies,
  factorEnrolment: lifecycle.factorEnrolment,
  demandedChange: lifecycle.demandedChange,
  registration: lifecycle.registration,
  usernames: config.usernames.offered,
  ownAccess: lifecycle.ownAccess,
  newPasswords: passwords.setting,
  rateLimits: protection.rateLimits,
  limits: protection.limits,
  accounts: accounts.store,
  clients: clients.store,
  consents: clients.consents,
  resources: clients.resources,
  attributeLabels,
  sessions: sessions.browser,
  sessionStore: sessions.store,
});

/** What the pages behind mailed links get. */
export const linkPages = (
  { accounts, config, lifecycle, passwords, protection, setup, signIn }: App,
  tools: PageTools,
): LinkPagesDependencies => ({
  ...tools,
  ...lifecycle,
  usedLinks: accounts.links,
  setup,
  usernames: config.usernames.offered,
  interactions: signIn.interactions,
  attempts: signIn.attempts,
  newPasswords: passwords.setting,
  passwordRules: passwords.rules,
  rateLimits: protection.rateLimits,
  limits: protection.limits,
});

/** What the pages about one's own account get. */
export const accountPages = (
  { accounts, attributeLabels, attributes, audit, clients, lifecycle, passwords, protection, sessions }: App,
  tools: PageTools,
): AccountPagesDependencies => ({
  ...tools,
  changes: lifecycle.changes,
  attributes,
  ownFactors: lifecycle.ownFactors,
  factorEnrolment: lifecycle.factorEnrolment,
  ownAccess: lifecycle.ownAccess,
  newPasswords: passwords.setting,
  passwordRules: passwords.rules,
  rateLimits: protection.rateLimits,
  limits: protection.limits,
  accounts: accounts.store,
  clients: clients.store,
  consents: clients.consents,
  resources: clients.resources,
  attributeLabels,
  activity: audit.activity,
  sessions: sessions.browser,
  sessionStore: sessions.store,
  sessionDeadlines: sessions.deadlines,
  sessionSettings: sessions.settings,
  signIns: sessions.signIns,
});

/** What the pages of a test sign-in get. */
export const testPages = (
  { accounts, clients, clientTests, sessions }: App,
  tools: PageTools,
): TestPagesDependencies => ({
  ...tools,
  ...clientTests,
  testLinks: accounts.links,
  accounts: accounts.store,
  clients: clients.store,
  sessions: sessions.browser,
});

/** What the edge for programs gets. `unit`: of the request. */
export const apiNeeds = (
  { administration, clientRegistration, clock, config, protection, report, sessions, tokens }: App,
  unit: Middleware,
): ApiDependencies => ({
  unit,
  report,
  clock,
  issuer: config.server.issuer,
  bodyLimitBytes: config.server.bodyLimitBytes,
  rateLimits: protection.rateLimits,
  sessionTokens: sessions.tokens,
  sessionDeadlines: sessions.deadlines,
  sessionSettings: sessions.settings,
  statusLists: tokens.statusLists,
  acts: ACTS,
  version: VERSION,
  adminAccess: createAdminBearer({ issuer: config.server.issuer, adminTokens: tokens.admin }).scope,
  // Input and result are checked by the schemas of the act itself.
  perform: (act, actor, input, part) =>
    administration.perform(act as (typeof ACTS)[number] as never, actor, input as never, part),
  idempotencyKeys: protection.idempotencyKeys,
  limits: protection.limits,
  clientRegistration,
});
