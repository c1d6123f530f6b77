import { decodeJwt } from 'jose';
import { type Configuration, errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { LONGEST_MAX_AGE } from '../domain/clients/policy.ts';
import { type Granted, NOTHING_GRANTED } from '../domain/consents/store.ts';
import type { Resource } from '../domain/resources/store.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import { adminScopesOf } from './admin-resource.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import { isFirstParty, mayStayOffline } from './client-traits.ts';
import { beforeEveryGrant } from './internals.ts';
import type { ToldClaims } from './told-claims.ts';

/**
 * Which of the requested scopes are given (RFC 6749, section 3.3), and when a request is refused instead. A request of a
 * person's application is narrowed to what is known and allowed, as OpenID Connect Core, section 3.1.2.1, has it, and the
 * `scope` of the token response says what is left (RFC 6749, section 5.1); where nothing is left, it is refused before anybody
 * signs in. A service asks for itself and knows what it needs: what it may not have is refused as a whole.
 */

const NEED = 'need the parameter resource, or to be listed in the resource_scopes of the client';

/** Alone it would give a client nothing to use. */
const OFFLINE = 'offline_access';

export const wordsOf = (scope: unknown): string[] =>
  typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : [];

/**
 * The scopes of a resource that a client may ask for: all of them, unless its `resource_scopes` say which; of the administration API
 * those that its `admin_scopes` name. Pure.
 */
export function scopesAllowed(resource: Pick<Resource, 'scopes' | 'builtIn'>, client: object): string[] {
  if (resource.builtIn === true) return adminScopesOf(client);
  const { resource_scopes: allowed } = client as { resource_scopes?: readonly string[] };
  const names = resource.scopes.map(({ name }) => name);
  return names.filter((name) => allowed === undefined || allowed.includes(name));
}

/** The scopes of the resources that the request names and the client may have. */
const ofResources = ({ oidc }: KoaContextWithOIDC): Set<string> =>
  new Set(Object.values(oidc.resourceServers ?? {}).flatMap(({ scope }) => wordsOf(scope)));

/**
 * Judges parameters of an authorization request once its client, its redirect URI and its resources are known, pushed (RFC 9126)
 * or not, and before anybody signs in. The library asks for each at every request, also where the parameter is missing.
 */
export function requestParameters({
  scopes,
}: Pick<ToldClaims, 'scopes'>): NonNullable<Configuration['extraParams']> {
  /** Scopes about people that mean something by themselves. */
  const aboutPeople: ReadonlySet<string> = new Set(scopes.filter((scope) => scope !== OFFLINE));
  return {
    scope: async (ctx, value) => {
      const ofThese = ofResources(ctx);
      const asked = [...wordsOf(value), ...offlineAnyway(ctx)];
      const given = asked.filter((word) => aboutPeople.has(word) || ofThese.has(word));
      if (given.length === 0) {
        throw new errors.CustomOIDCProviderError(
          'invalid_scope',
          asked.length === 0
            ? `no scope is requested that is known here; those of a resource ${NEED}`
            : 'this client may have none of the requested scopes, or they are not known here',
        );
      }
      // What means nothing goes no further: nobody is asked for it, and no token has it.
      const params = ctx.oidc.params as Record<string, unknown>;
      params.scope = asked.filter((word) => word === OFFLINE || given.includes(word)).join(' ');
    },
    max_age: async (_ctx, value) => assertMaxAge(value),
  };
}

/** Throws `invalid_request` for a `max_age` that is no number of seconds. */
export function assertMaxAge(value: string | undefined): void {
  if (value === undefined || (/^\d{1,10}$/u.test(value) && Number(value) <= LONGEST_MAX_AGE)) return;
  throw new errors.InvalidRequest('max_age must be a number of seconds in digits, 68 years at most');
}

/**
 * `offline_access`, where the library has taken it out of the scopes for want of `prompt=consent` and nobody is to be asked: for
 * an application of the organisation itself whose administrator has allowed it (OpenID Connect Core, section 11: "unless other
 * conditions for processing the request permitting offline access are in place"). Otherwise nothing.
 */
function offlineAnyway(ctx: KoaContextWithOIDC): string[] {
  const { client, params, prompts } = ctx.oidc;
  if (client === undefined || prompts.has('consent')) return [];
  if (!isFirstParty(client) || !mayStayOffline(client) || !client.grantTypeAllowed('refresh_token'))
    return [];
  const mayAsk = client.scope === undefined || wordsOf(client.scope).includes(OFFLINE);
  const getsCode = String(params?.response_type).split(' ').includes('code');
  return mayAsk && getsCode && wordsOf(scopeAsWritten(ctx)).includes(OFFLINE) ? [OFFLINE] : [];
}

/** The parameter `scope` as the request has it, before the library or we have changed it. */
function scopeAsWritten({ method, query, oidc }: KoaContextWithOIDC): unknown {
  const { request } = (oidc.entities.PushedAuthorizationRequest ?? {}) as { request?: string };
  if (request !== undefined) return decodeJwt(request).scope;
  return (method === 'POST' ? oidc.body : query)?.scope;
}

/** Everything that an authorization request asks for: what the organisation's own applications get without asking. */
export function requestedOf(ctx: KoaContextWithOIDC): Granted {
  const { requestParamOIDCScopes, requestParamClaims, requestParamScopes, resourceServers } = ctx.oidc;
  const servers = Object.entries(resourceServers ?? {});
  return {
    ...NOTHING_GRANTED,
    scopes: [...requestParamOIDCScopes],
    claims: [...requestParamClaims],
    resources: Object.fromEntries(
      servers.map(([identifier, server]) => [
        identifier,
        [...requestParamScopes].filter((scope) => server.scope.split(' ').includes(scope)),
      ]),
    ),
  };
}

/** The provider's own questions about resources. */
interface Indicators {
  getResourceServerInfo(
    ctx: KoaContextWithOIDC,
    identifier: string,
    client: object,
  ): Promise<{ readonly scope: string }>;
  defaultResource(ctx: KoaContextWithOIDC, client: object): Promise<string | readonly string[] | undefined>;
}

/**
 * Has the token endpoint refuse what nobody can have. A request that is refused for its scope or resource spends nothing: the
 * code or refresh token that came with it is as good as before, and the client may ask again for what it can have.
 */
export function vetScopes(provider: Provider, indicators: Indicators): void {
  beforeEveryGrant(provider, (ctx) => refuseScopesOfOthers(ctx, indicators));
  provider.on('grant.error', (_ctx, error) => {
    if (error instanceof errors.InvalidScope || error instanceof errors.InvalidTarget) {
      currentUnit()?.part(ARTIFACT_CHANGES).spare();
    }
  });
}

/**
 * Refuses a client-credentials request (RFC 6749, section 4.4.2) for a scope that the client cannot have: one that is unknown, is
 * of another resource, is not among its own, or is about people, of whom there is none. Without `scope` the token has none.
 * Throws `invalid_scope`, or `invalid_target` for a resource at which the client has no scope at all.
 */
async function refuseScopesOfOthers(ctx: KoaContextWithOIDC, indicators: Indicators): Promise<void> {
  const { params, client } = ctx.oidc;
  if (client === undefined || params?.grant_type !== 'client_credentials') return;
  const asked = wordsOf(params.scope);
  const named = params.resource ?? (await indicators.defaultResource(ctx, client)) ?? [];
  const identifiers = [named].flat().map(String);
  const resources = await Promise.all(
    identifiers.map((identifier) => indicators.getResourceServerInfo(ctx, identifier, client)),
  );
  const allowed = new Set(resources.flatMap(({ scope }) => wordsOf(scope)));
  const refused = asked.filter((word) => !allowed.has(word));
  if (refused.length === 0) return;
  const why = identifiers.length === 0 ? `scopes of a resource ${NEED}` : 'not for this client here';
  throw new errors.InvalidScope(`requested scope is not allowed: ${why}`, refused.join(' '));
}
