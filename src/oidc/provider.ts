import {
  type ClientMetadata,
  type Configuration,
  type JWKS,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import type { AccountStore } from '../domain/accounts/store.ts';
import { AUTH_METHODS, CLIENT_ALGORITHMS, OWN_METADATA, RESPONSE_TYPES } from '../domain/clients/policy.ts';
import { matchingDigest, secretComparison } from '../domain/clients/secrets.ts';
import type { ConsentStore } from '../domain/consents/store.ts';
import { SIGNING_ALGORITHMS } from '../domain/keys/policy.ts';
import type { ResourceStore } from '../domain/resources/store.ts';
import type { StatusIndexes } from '../domain/token-status/indexes.ts';
import type { TokenStatusStore } from '../domain/token-status/store.ts';
import { type AdapterDependencies, PostgresAdapter } from './adapter.ts';
import { findAccount, refuseClaimsBeyondScopes, subjectOf } from './claims.ts';
import { vetClientAssertion } from './client-assertions.ts';
import { noteClientUses } from './client-uses.ts';
import { validateOwnMetadata } from './clients.ts';
import { cookieNames, createCookieKeys, signInsCookieName, withoutRenewal } from './cookies.ts';
import { originAllowed } from './cors.ts';
import { DEVICE_AUTHORIZATION_PATH, DEVICE_PATH, isDeviceRoute } from './device-endpoints.ts';
import { type DeviceScreens, deviceFlow, deviceParameters } from './device-flow.ts';
import { type DeviceSignInDependencies, signDevicesIn } from './device-sign-in.ts';
import { discoveryMembers } from './discovery.ts';
import { PROOF_ALGORITHMS } from './dpop-proofs.ts';
import { fetchAnywhere } from './fetching.ts';
import { loadExistingGrant } from './grants.ts';
import { ACR_VALUES, acrToTell, createInteractionPolicy } from './interaction-policy.ts';
import {
  acceptIdTokensOnlyAsHints,
  compareSecretsWith,
  disableLibraryLogout,
  nameSessions,
  nameSubjects,
  type SelfSubmittingForm,
  takeFormOutOf,
  tellAcr,
} from './internals.ts';
import { mayIntrospect } from './introspection.ts';
import { answerForJwtAccessTokens, answerRevocationsAsJson } from './jwt-access-tokens.ts';
import { boundOpenSignIns } from './open-sign-ins.ts';
import { CREATE_REASON, vetPrompt } from './prompts.ts';
import { acceptEmptySecrets } from './public-clients.ts';
import { rotate } from './refresh-spending.ts';
import type { Registrations } from './registrations.ts';
import { vetScopes } from './requested-scopes.ts';
import { agreementDue, type SessionCheck, sessionSuffices } from './session-check.ts';
import type { SharedWorkstations } from './shared-workstations.ts';
import { afterSecondClick, isUnasked, signOutAgain, signOutNow } from './sign-out.ts';
import type { InPlaceSigningKey } from './signing.ts';
import { endsWithSession } from './temporary-sessions.ts';
import { admitTests, type BegunTests } from './test-admission.ts';
import { limitTokenRequests, type TokenLimit } from './token-limit.ts';
import { trackJwtAccessTokens } from './token-records.ts';
import { extraTokenClaims, resourceIndicators, type TokenLifetimes, ttl } from './tokens.ts';
import type { ToldClaims } from './told-claims.ts';

/** A request that the provider is answering. */
export type ProtocolContext = KoaContextWithOIDC;

/** What the protocol shows to people; rendering is the pages' business. */
export interface Screens extends DeviceScreens {
  /** Asks whether to sign out. `form` is what must be posted where. */
  signOut(ctx: ProtocolContext, form: { action: string; xsrf: string; again: string }): Promise<void>;
  signedOut(ctx: ProtocolContext): Promise<void>;
  /** The browser has to post a form to go on, which scripts submit, or a click. */
  onward(ctx: ProtocolContext, form: SelfSubmittingForm): Promise<void>;
}

export interface ProviderOptions {
  readonly issuer: string;
  readonly cookieKeys: readonly string[];
  readonly tokens: TokenLifetimes;
  readonly sessionSeconds: number;
  readonly allowLoopbackFetches: boolean;
  /** Seconds that the clocks of clients may be off. */
  readonly clockTolerance: number;
  readonly keys: readonly InPlaceSigningKey[];
  /** Those that are in no table. */
  readonly builtInClients: ClientMetadata[];
  readonly adapter: AdapterDependencies;
  readonly accounts: AccountStore;
  readonly consents: ConsentStore;
  readonly resources: Pick<ResourceStore, 'find' | 'list'>;
  readonly registrations: Registrations;
  readonly statuses: TokenStatusStore;
  readonly statusIndexes: StatusIndexes;
  readonly screens: Screens;
  /** Whether clients can register themselves. */
  readonly clientRegistration: boolean;
  /** Whether people can make accounts themselves. */
  readonly registrationOpen: boolean;
  readonly told: ToldClaims;
  readonly tokenLimit: TokenLimit;
  /** What signing devices in needs; undefined where it is switched off. */
  readonly deviceSignIn: DeviceSignInDependencies | undefined;
  /** Told of every client secret that was right, with the digest that it was compared with. */
  readonly onSecret: (clientId: string, digest: string, secret: string) => void;
  /** Told of every use of a client. */
  readonly onClientUse: (clientId: string) => void;
  readonly sessionCheck: SessionCheck;
  readonly sharedWorkstations: SharedWorkstations;
  readonly begunTests: BegunTests;
}

/** Where each endpoint is: what others rely on. */
export const ROUTES = {
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  introspection: '/token/introspect',
  revocation: '/token/revoke',
  end_session: '/logout',
  pushed_authorization_request: '/par',
  registration: '/register',
  device_authorization: DEVICE_AUTHORIZATION_PATH,
  code_verification: DEVICE_PATH,
} as const;

/** Where clients prove who they are. */
const AUTHENTICATED: ReadonlySet<string> = new Set([
  ROUTES.token,
  ROUTES.introspection,
  ROUTES.revocation,
  ROUTES.pushed_authorization_request,
  ROUTES.device_authorization,
]);

const SIGNATURES = [...SIGNING_ALGORITHMS];

/** Assembles oidc-provider's configuration; decisions are in the files that it names. */
export function createProvider(options: ProviderOptions): Provider {
  const secure = options.issuer.startsWith('https:');
  const cookie = { signed: true, httpOnly: true, overwrite: true, sameSite: 'lax', secure } as const;
  const subject = subjectOf(options.accounts);
  const longCookie = { ...cookie, path: '/' };
  const { keyring, sessionRecords } = options.adapter;
  const { outlivesHere } = sessionRecords;
  const indicators = resourceIndicators(options.resources, options.told);

  const configuration: Configuration = {
    adapter: (model: string) => new PostgresAdapter(model, options.adapter),
    acrValues: ACR_VALUES,
    // OpenID Connect requires `redirect_uri` always (Core, section 3.1.2.1); guessing it also trips the library's error page.
    allowOmittingSingleRegisteredRedirectUri: false,
    assertJwtClientAuthClaimsAndHeader: vetClientAssertion({
      issuer: options.issuer,
      pathOf: (route) => ROUTES[route as keyof typeof ROUTES],
      clock: options.adapter.clock,
      clockTolerance: options.clockTolerance,
    }),
    claims: options.told.byScope,
    scopes: [...options.told.scopes],
    clientAuthMethods: [...AUTH_METHODS],
    clientBasedCORS: (_ctx, origin, client) => originAllowed(origin, client.redirectUris ?? []),
    clients: options.builtInClients,
    clockTolerance: options.clockTolerance,
    cookies: {
      keys: withoutRenewal(createCookieKeys(options.cookieKeys)) as unknown as string[],
      names: cookieNames(secure),
      long: longCookie,
      short: cookie,
    },
    enabledJWA: {
      idTokenSigningAlgValues: SIGNATURES,
      userinfoSigningAlgValues: SIGNATURES,
      introspectionSigningAlgValues: SIGNATURES,
      authorizationSigningAlgValues: SIGNATURES,
      clientAuthSigningAlgValues: [...CLIENT_ALGORITHMS],
      dPoPSigningAlgValues: [...PROOF_ALGORITHMS],
      requestObjectSigningAlgValues: [...CLIENT_ALGORITHMS],
    },
    discovery: discoveryMembers(options),
    expiresWithSession: async (ctx, { scopes }) => endsWithSession(ctx, scopes),
    extraClientMetadata: { properties: [...OWN_METADATA], validator: validateOwnMetadata },
    extraParams: { ...deviceParameters(options.told), prompt: vetPrompt(options.registrationOpen) },
    extraTokenClaims,
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true, assertClaimsParameter: refuseClaimsBeyondScopes(options.told) },
      clientCredentials: { enabled: true },
      deviceFlow: deviceFlow({ enabled: options.deviceSignIn !== undefined, screens: options.screens }),
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      introspection: { enabled: true, allowedPolicy: mayIntrospect },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: indicators,
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx) =>
          (await isUnasked(ctx, subject))
            ? signOutNow(ctx, longCookie)
            : options.screens.signOut(ctx, signOutForm(ctx)),
        postLogoutSuccessSource: async (ctx) => options.screens.signedOut(ctx),
      },
      userinfo: { enabled: true },
    },
    ...(options.allowLoopbackFetches ? { fetch: fetchAnywhere } : {}),
    findAccount: findAccount(options.accounts, options.told),
    formats: {
      customizers: {
        jwt: trackJwtAccessTokens(options.issuer, options.statusIndexes, options.registrations),
      },
    },
    interactions: {
      policy: createInteractionPolicy({
        sessionSuffices: sessionSuffices(options.sessionCheck),
        agreementDue: agreementDue(options.sessionCheck),
        outlivesHere,
      }),
      url: (_ctx, { uid, prompt }) =>
        prompt.reasons.includes(CREATE_REASON) ? `/sign-in/${uid}?prompt=create` : `/sign-in/${uid}`,
    },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    jwks: { keys: options.keys } as unknown as JWKS,
    pairwiseIdentifier: subject,
    loadExistingGrant: loadExistingGrant(options.consents, outlivesHere),
    pkce: { required: (_ctx, client) => (client as { require_pkce?: boolean }).require_pkce !== false },
    renderError: async (ctx, out, error) => {
      const location = insteadOfError(ctx, error);
      if (location === undefined) return options.screens.error(ctx, out.error, error);
      ctx.status = 303;
      ctx.redirect(location);
    },
    responseTypes: [...RESPONSE_TYPES],
    // Whatever of a family is revoked, nothing of it may go on: not what another request is being given meanwhile. The grant
    // is one session's and client's, and what the person has consented to is remembered apart from it (decision 4).
    revokeGrantPolicy: () => true,
    // Always: a refresh token is spent once, and a second use is proof of a leak (RFC 9700, section 4.14.2).
    rotateRefreshToken: async (ctx) => rotate(ctx, sessionRecords),
    routes: ROUTES,
    subjectTypes: ['public'],
    ttl: ttl(options.tokens, options.sessionSeconds, options.sharedWorkstations, options.adapter.clock),
  };

  const provider = new Provider(options.issuer, configuration);
  noteClientUses(provider, options.onClientUse);
  acceptEmptySecrets(provider, AUTHENTICATED);
  acceptIdTokensOnlyAsHints(provider);
  answerRevocationsAsJson(provider);
  answerForJwtAccessTokens(provider, { ...options, ...options.adapter });
  const isSecret = secretComparison(keyring);
  compareSecretsWith(provider, (digests, secret, clientId) => {
    const digest = matchingDigest(isSecret, digests, secret, options.adapter.clock.now());
    if (digest !== undefined) options.onSecret(clientId, digest, secret);
    return digest !== undefined;
  });
  nameSessions(provider);
  nameSubjects(provider);
  tellAcr(provider, acrToTell);
  disableLibraryLogout(provider);
  vetScopes(provider, indicators);
  limitTokenRequests(provider, options.tokenLimit);
  admitTests(provider, ROUTES.authorization, options.begunTests);
  showOwnForms(provider, options.screens);
  boundOpenSignIns(provider, {
    name: signInsCookieName(secure),
    pathOf: (ctx) => (isDeviceRoute(ctx) ? DEVICE_PATH : ROUTES.authorization),
    secure,
  });
  if (options.deviceSignIn !== undefined) signDevicesIn(provider, options.deviceSignIn);
  return provider;
}

/** The library's pages that submit themselves have no brand, no language, and a script of their own: ours take their place. */
function showOwnForms(provider: Provider, screens: Screens): void {
  provider.use(async (ctx, next) => {
    await next();
    const form = takeFormOutOf(ctx);
    if (form !== undefined) await screens.onward(ctx as ProtocolContext, form);
  });
}

/** Where a browser goes on which repeats what it has done already; undefined for everything that is an error. */
function insteadOfError(ctx: ProtocolContext, error: Error): string | undefined {
  if (ctx.oidc.route === 'end_session_confirm') return afterSecondClick(ctx, error);
  // A sign-in that was resumed already, or lost its cookie: its own page says what became of it.
  const uid = ctx.path.slice(ROUTES.authorization.length + 1);
  const isPast = ctx.oidc.route === 'resume' && error.name === 'SessionNotFound' && /^[\w-]+$/u.test(uid);
  return isPast ? `/sign-in/${uid}/over` : undefined;
}

function signOutForm(ctx: ProtocolContext): { action: string; xsrf: string; again: string } {
  const state = ctx.oidc.session?.state as { secret?: string } | undefined;
  return {
    action: new URL(ctx.oidc.urlFor('end_session_confirm')).pathname,
    xsrf: state?.secret ?? '',
    again: signOutAgain(ctx),
  };
}
