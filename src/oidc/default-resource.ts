import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Resource, ResourceStore } from '../domain/resources/store.ts';
import { wordsOf } from './requested-scopes.ts';
import type { ToldClaims } from './told-claims.ts';

/**
 * Which resource a request is about that does not name one (RFC 8707, section 2: a server may have a default). Only what the
 * client's own `resource_scopes` lists decides: a client without it may have scopes of every service, also of those to come.
 */

/** Whether a scope can say which resource is meant. One that is about people means them, though a resource may have one of that name. */
export const saysWhichResource = (scope: string, { scopes }: Pick<ToldClaims, 'scopes'>): boolean =>
  !scopes.includes(scope);

/** The identifiers of the resources that these scopes are of, among those that the client's `resource_scopes` lists. Pure. */
export function resourcesMeant(
  scopes: readonly string[],
  resources: readonly Pick<Resource, 'identifier' | 'scopes'>[],
  client: object,
  told: Pick<ToldClaims, 'scopes'>,
): string[] {
  const { resource_scopes: own = [] } = client as { resource_scopes?: readonly string[] };
  const telling = scopes.filter((scope) => saysWhichResource(scope, told) && own.includes(scope));
  return resources
    .filter((resource) => resource.scopes.some(({ name }) => telling.includes(name)))
    .map(({ identifier }) => identifier);
}

/** The scopes that a token would have: those that a refresh asks for, or all that were granted. */
const scopesInEffect = ({ oidc }: KoaContextWithOIDC, granted: ReadonlySet<string>): string[] =>
  oidc.params?.scope === undefined ? [...granted] : wordsOf(oidc.params.scope);

const isGranted = ({ oidc }: KoaContextWithOIDC, identifier: string, scopes: string[]): boolean =>
  (oidc.grant?.getResourceScopeFiltered(identifier, new Set(scopes)) ?? '') !== '';

/** The provider's questions about requests without `resource`, or with too many (its `features.resourceIndicators`). */
export function defaultResources(resources: Pick<ResourceStore, 'list'>, told: Pick<ToldClaims, 'scopes'>) {
  return {
    /**
     * At the authorization and PAR endpoints and for `client_credentials`: the one resource that the requested scopes mean, or
     * none. Throws `invalid_target` where they mean several. With `oneOf`, of several that were granted: the one of which a scope
     * is in effect, or all of them again, which the provider refuses with `invalid_target`.
     */
    async defaultResource(
      ctx: KoaContextWithOIDC,
      client: object,
      oneOf?: readonly string[],
    ): Promise<string | readonly string[] | undefined> {
      const { params, entities } = ctx.oidc;
      if (oneOf !== undefined) {
        const source = entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken;
        const scopes = scopesInEffect(ctx, source?.scopes ?? new Set());
        const granted = [...new Set(oneOf)].filter((identifier) => isGranted(ctx, identifier, scopes));
        return granted.length === 1 ? granted[0] : oneOf;
      }
      const asked = wordsOf(params?.scope);
      if (!asked.some((scope) => saysWhichResource(scope, told))) return undefined;
      const meant = resourcesMeant(asked, await resources.list(), client, told);
      if (meant.length > 1) {
        throw new errors.InvalidTarget(
          'the requested scopes are of several resources; name one in the parameter resource',
        );
      }
      return meant[0];
    },

    /**
     * At the token endpoint without `resource`: whether the token is for the resource of the authorization request. It is where
     * there was one and a scope of it is in effect; its client has the person's claims in the ID token. Otherwise a sign-in gets a
     * token for userinfo.
     */
    async useGrantedResource(
      ctx: KoaContextWithOIDC,
      { resource, scopes }: { resource?: unknown; scopes: ReadonlySet<string> },
    ): Promise<boolean> {
      const inEffect = scopesInEffect(ctx, scopes);
      if (!inEffect.includes('openid')) return true;
      return typeof resource === 'string' && isGranted(ctx, resource, inEffect);
    },
  };
}
