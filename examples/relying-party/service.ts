/** How the sample application calls a service on a person's behalf, with an access token that is good for that service only. */
import * as oidc from 'openid-client';
import type { PersonsTokens } from './tokens.ts';

/** What a service wants to know better of a person, to be handed on to Gatehouse (RFC 9470, section 3). */
export type Demands = Record<string, string>;

/**
 * The answer of the service as text. Something sensitive it does only for who has shown a second factor not long ago: for
 * anybody else it says what it asks for.
 */
export async function callService(
  config: oidc.Configuration,
  tokens: PersonsTokens,
  service: string,
  sensitive: boolean,
): Promise<{ answer: string; demands: Demands | undefined }> {
  const url = new URL(sensitive ? '/sensitive' : '/', service);
  const token = await tokens.forService(service);
  const { response, challenge } = await oidc
    .fetchProtectedResource(config, token, url, sensitive ? 'POST' : 'GET')
    .then((answer) => ({ response: answer, challenge: undefined }))
    .catch((error) => {
      if (!(error instanceof oidc.WWWAuthenticateChallengeError)) throw error;
      return { response: error.response, challenge: error.cause[0] };
    });
  return {
    answer: `${response.status} ${response.statusText}\n${await response.text()}`,
    demands: demandsOf(challenge),
  };
}

function demandsOf(challenge: oidc.WWWAuthenticateChallenge | undefined): Demands | undefined {
  const { error, acr_values, max_age } = challenge?.parameters ?? {};
  if (error !== 'insufficient_user_authentication') return undefined;
  return { ...(acr_values && { acr_values }), ...(max_age && { max_age }) };
}
