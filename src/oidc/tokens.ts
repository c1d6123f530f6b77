import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { TEST_LINKS } from '../domain/clients/test-sign-ins.ts';
import type { ResourceStore } from '../domain/resources/store.ts';
import { type Clock, epochSeconds } from '../kernel/clock.ts';
import { defaultResources } from './default-resource.ts';
import { DEVICE_CODE_SECONDS } from './device-endpoints.ts';
import { scopesAllowed } from './requested-scopes.ts';
import type { SharedWorkstations } from './shared-workstations.ts';
import { isTest } from './test-requests.ts';
import type { ToldClaims } from './told-claims.ts';

/** Lifetimes in seconds, as configured. */
export interface TokenLifetimes {
  readonly accessTokenSeconds: number;
  readonly idTokenSeconds: number;
  readonly authorizationCodeSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly interactionSeconds: number;
  readonly clientCredentialsSeconds: number;
}

/** A session that belongs to nobody yet only carries the state of a sign-out page. */
const ANONYMOUS_SESSION_SECONDS = 600;
const PUSHED_REQUEST_SECONDS = 60;

export function ttl(
  tokens: TokenLifetimes,
  sessionSeconds: number,
  sharedWorkstations: SharedWorkstations,
  clock: Clock,
): NonNullable<Configuration['ttl']> {
  return {
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? tokens.accessTokenSeconds,
    AuthorizationCode: tokens.authorizationCodeSeconds,
    DeviceCode: DEVICE_CODE_SECONDS,
    ClientCredentials: (_ctx, token) =>
      token.resourceServer?.accessTokenTTL ?? tokens.clientCredentialsSeconds,
    // It must outlast every refresh token that is issued while the session lives.
    Grant: (ctx) =>
      isTest(ctx)
        ? TEST_LINKS.begun.lifetimeSeconds
        : sessionSeconds + tokens.refreshTokenSeconds + ANONYMOUS_SESSION_SECONDS,
    IdToken: tokens.idTokenSeconds,
    Interaction: tokens.interactionSeconds,
    PushedAuthorizationRequest: PUSHED_REQUEST_SECONDS,
    // Rotation does not prolong the family: its end is set when the first one is issued (OWASP ASVS 10.4.8).
    RefreshToken: (ctx) => ctx?.oidc.entities.RotatedRefreshToken?.remainingTTL ?? tokens.refreshTokenSeconds,
    // Counted from the sign-in, so that use does not prolong it (OWASP ASVS 7.3.2).
    Session: (ctx, session) => {
      if (session.loginTs === undefined) return ANONYMOUS_SESSION_SECONDS;
      // The provider asks for each session that it is about to store, before it writes the cookie: of a workstation that people
      // share, the cookie goes when the browser is closed.
      const { ip: address, oidc } = ctx;
      if (sharedWorkstations({ address, client: oidc.client, sessionUid: session.uid }) !== undefined)
        session.transient = true;
      return Math.max(1, session.loginTs + sessionSeconds - epochSeconds(clock.now()));
    },
  };
}

/**
 * RFC 8707: only registered resources exist, and their tokens are RFC 9068 JWTs. For a client that has no scope at one it is as
 * good as unknown (`invalid_target`, section 2): a token without a scope would still have the audience, which is all that some
 * services look at.
 */
export function resourceIndicators(
  resources: Pick<ResourceStore, 'find' | 'list'>,
  told: Pick<ToldClaims, 'scopes'>,
) {
  return {
    enabled: true,
    ...defaultResources(resources, told),
    async getResourceServerInfo(_ctx: KoaContextWithOIDC, identifier: string, client: object) {
      const resource = await resources.find(identifier);
      const scopes = resource === undefined ? [] : scopesAllowed(resource, client);
      if (resource === undefined || scopes.length === 0) throw new errors.InvalidTarget();
      return {
        scope: scopes.join(' '),
        audience: resource.identifier,
        accessTokenTTL: resource.tokenSeconds,
        accessTokenFormat: 'jwt' as const,
        jwt: { sign: { alg: resource.tokenAlgorithm } },
      };
    },
  };
}

interface SignInFacts {
  acr?: string;
  amr?: string[];
  authTime?: number;
}

/** A token for a person has a scope at its resource, which that person has allowed or the organisation has; or there is none. */
function refuseWithoutScope({ aud, scope }: { readonly aud?: unknown; readonly scope?: string | undefined }) {
  if (aud !== undefined && !scope) {
    throw new errors.InvalidTarget('no scope of this resource was granted');
  }
}

/**
 * How the person signed in, in access tokens (RFC 9068, section 2.2.1) and thereby in introspection (RFC 9470, section
 * 6.2); and their roles where the token's scope names them (RFC 9068, section 2.2.3.1).
 */
export const extraTokenClaims: NonNullable<Configuration['extraTokenClaims']> = async (ctx, token) => {
  if (token.kind !== 'AccessToken') return undefined;
  refuseWithoutScope(token);
  const { AuthorizationCode, DeviceCode, RefreshToken, Account: account } = ctx.oidc.entities;
  const { acr, amr, authTime } = (AuthorizationCode ?? DeviceCode ?? RefreshToken ?? {}) as SignInFacts;
  const wantsRoles = token.scope?.split(' ').includes('roles') === true;
  const claims = wantsRoles ? await account?.claims('access_token', 'roles', {}, []) : undefined;
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(authTime === undefined ? {} : { auth_time: authTime }),
    ...(claims === undefined ? {} : { roles: claims.roles }),
  };
};
