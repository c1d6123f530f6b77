import { client, person as personActor } from '../../domain/audit/actor.ts';
import type { AccessTokens, TokenHolder } from '../../oidc/access-tokens.ts';
import { type Access, bearerChallenge, bearerToken } from './access.ts';
import { AccessRefused } from './problems.ts';

export interface BearerDependencies {
  readonly issuer: string;
  /** What the API is called as a resource (RFC 8707): tokens for anything else are refused (RFC 9068, section 4). */
  readonly audience: string;
  readonly accessTokens: AccessTokens;
}

/** Makes the access of routes that are called with an access token for this API which has the scope. */
export function createBearer({ issuer, audience, accessTokens }: BearerDependencies) {
  const refused = (status: number, error: string, message: string, scope?: string) =>
    new AccessRefused(error, {
      status,
      message,
      challenge: bearerChallenge(issuer, {
        error,
        error_description: message,
        ...(scope === undefined ? {} : { scope }),
      }),
    });

  return {
    scope: (scope: string): Access<TokenHolder> => ({
      kind: 'bearer',
      scope,
      async authenticate(ctx) {
        if (new URLSearchParams(ctx.querystring).has('access_token'))
          throw refused(400, 'invalid_request', 'An access token belongs into the header Authorization.');
        const token = bearerToken(ctx);
        if (token === undefined) {
          const challenge = bearerChallenge(issuer, { scope });
          throw new AccessRefused('invalid_token', {
            status: 401,
            message: 'An access token is needed.',
            challenge,
          });
        }
        const holder = await accessTokens.find(token, audience);
        if (holder === undefined)
          throw refused(401, 'invalid_token', 'The access token is not valid, or not for this API.', scope);
        if (!holder.scopes.includes(scope))
          throw refused(
            403,
            'insufficient_scope',
            'The access token does not have the scope for this.',
            scope,
          );
        return holder;
      },
      audited: ({ clientId, person }) => ({
        actor: person === undefined ? client(clientId) : personActor(person.accountId),
        client: clientId,
        ...(person === undefined ? {} : { account: person.accountId }),
      }),
    }),
  };
}
