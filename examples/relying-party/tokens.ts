/** How the sample application gets access tokens for one person: with a refresh token, which works once. */
import * as oidc from 'openid-client';

/** An access token is not used any more when it has so many milliseconds left: it may be on its way for a moment. */
const MARGIN_MS = 10_000;

export interface PersonsTokens {
  /** For a service, by its address: always a new one, so that what was withdrawn is noticed. */
  forService(resource: string): Promise<string>;
  /** For Gatehouse itself, which says how long the session lasts to any token of it. */
  forGatehouse(): Promise<string>;
}

type Answer = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

/** `first` is what came for the code of the sign-in. */
export function createTokens(config: oidc.Configuration, first: Answer): PersonsTokens {
  let refreshToken = first.refresh_token ?? '';
  let own = kept(first);
  let queue: Promise<unknown> = Promise.resolve();

  /** One after the other: two requests with the same refresh token would look like theft, and end everything. */
  function refresh(parameters: Record<string, string>): Promise<Answer> {
    const answer = queue.then(async () => {
      const tokens = await oidc.refreshTokenGrant(config, refreshToken, parameters);
      // The next one comes with the answer.
      refreshToken = tokens.refresh_token ?? refreshToken;
      return tokens;
    });
    queue = answer.catch(() => undefined);
    return answer;
  }

  return {
    forService: async (resource) => (await refresh({ resource })).access_token,
    async forGatehouse() {
      if (Date.now() > own.until) own = kept(await refresh({}));
      return own.token;
    },
  };
}

const kept = ({ access_token: token, expires_in: seconds = 0 }: Answer) => ({
  token,
  until: Date.now() + seconds * 1_000 - MARGIN_MS,
});
