import { type NearestAddress, nearestAddress } from './redirect-hints.ts';
import type { RefusalFacts, RefusalRule } from './refusal-facts.ts';

/** Why requests of a browser are refused: at `/authorize`, pushed ones (`/par`), and signing out. */

const list = (words: readonly string[] | undefined) =>
  words === undefined || words.length === 0 ? 'none' : words.join(', ');

const text = (value: unknown) => (typeof value === 'string' ? value : '');

function nearest(facts: RefusalFacts): NearestAddress | undefined {
  return nearestAddress(text(facts.params.redirect_uri), facts.client?.redirectUris ?? []);
}

function nearestAfterSignOut(facts: RefusalFacts): NearestAddress | undefined {
  const { client, params } = facts;
  return nearestAddress(text(params.post_logout_redirect_uri), client?.postLogoutRedirectUris ?? []);
}

const PKCE = 'code_challenge and code_challenge_method=S256 in every authorization request (PKCE, RFC 7636)';
const PKCE_ON = 'switch PKCE with S256 on in the application';
const LATER = 'the application may start a new authorization request';

export const CLIENT_RULES: readonly RefusalRule[] = [
  {
    says: /unrecognized id_token_hint/u,
    parameter: 'id_token_hint',
    expected: 'an ID token of a client that is registered',
    change:
      'send the last ID token that Gatehouse has given to this application; if the client was removed, register it',
  },
  {
    says: /client not found/u,
    when: ({ clientHeldFor }) => clientHeldFor === 'broken',
    parameter: 'client_id',
    expected: 'a client whose registration keeps the rules',
    change: 'the client is stored and refused: gatehouse clients check says why',
  },
  {
    says: /client not found/u,
    when: ({ clientHeldFor }) => clientHeldFor === 'disabled',
    parameter: 'client_id',
    expected: 'a client that is not disabled',
    change: 'an administrator has disabled the client: gatehouse clients enable lets it in again',
  },
  {
    says: /client not found/u,
    parameter: 'client_id',
    expected: 'the client_id of a registered client',
    change:
      'gatehouse clients list shows those that are registered: put one of them into the application, or register it with gatehouse clients create',
  },
];

export const AUTHORIZATION_RULES: readonly RefusalRule[] = [
  {
    says: /requires PKCE/u,
    parameter: 'code_challenge',
    expected: PKCE,
    change: `${PKCE_ON}; only for an old application that cannot: "require_pkce": false in the client file`,
  },
  {
    says: /code_challenge_method must be provided|value of code_challenge_method/u,
    parameter: 'code_challenge_method',
    expected: 'code_challenge_method=S256 (plain, which is meant where it is missing, is not accepted)',
    change: `${PKCE_ON}: its setting may be called "challenge method"`,
  },
  {
    says: /code_challenge must be provided/u,
    parameter: 'code_challenge',
    expected: PKCE,
    change: 'send code_challenge as well, or neither of the two where the client has "require_pkce": false',
  },
  {
    says: /^code_challenge (must be a string|contains)/mu,
    parameter: 'code_challenge',
    expected: '43 to 128 characters: the SHA-256 of code_verifier in base64url without padding',
    change: 'let a library of the application compute it (RFC 7636, section 4.2)',
  },
  {
    error: ['invalid_redirect_uri', 'invalid_request'],
    says: /redirect_uri did not match/u,
    when: ({ client }) => client?.redirectUris.length === 0,
    parameter: 'redirect_uri',
    expected: 'a client with redirect_uris: this one has none',
    change: 'add the address to redirect_uris in the client file, or use another client_id',
  },
  {
    error: ['invalid_redirect_uri', 'invalid_request'],
    says: /redirect_uri did not match/u,
    parameter: 'redirect_uri',
    expected: (facts) => {
      const near = nearest(facts);
      return near === undefined
        ? 'exactly one of the redirect_uris of the client, an absolute address'
        : `exactly one of the redirect_uris of the client; the nearest is ${near.address}, which differs in ${near.differs}`;
    },
    change: (facts) => {
      const near = nearest(facts);
      return near === undefined
        ? 'send one of the registered redirect_uris (gatehouse clients show)'
        : `send ${near.address} as it is registered, or add the address that was sent to redirect_uris in the client file`;
    },
  },
  {
    error: 'unsupported_response_type',
    parameter: 'response_type',
    expected: 'response_type=code, or none',
    change:
      'switch the application to the authorization code flow with PKCE: implicit and hybrid flows are not supported',
  },
  {
    says: /response_type is not allowed for this client/u,
    parameter: 'response_type',
    expected: ({ client }) => `one of the response_types of the client: ${list(client?.responseTypes)}`,
    change: 'send one of these, or add the other one to response_types in the client file',
  },
  {
    error: 'unsupported_response_mode',
    parameter: 'response_mode',
    expected: 'query, fragment or form_post',
    change: 'leave response_mode out, or send one of these',
  },
  {
    says: /response_mode is not allowed/u,
    parameter: 'response_mode',
    expected: ({ client }) => `one of the response_modes of the client: ${list(client?.responseModes)}`,
    change: 'leave response_mode out, or add it to response_modes in the client file',
  },
  {
    says: /scope must be requested for clients with/u,
    parameter: 'scope',
    expected:
      'openid among the scopes: the client has default_acr_values, default_max_age or require_auth_time',
    change: 'add openid to scope in the application, or take these members out of the client file',
  },
  {
    says: /openid scope must be requested/u,
    parameter: 'scope',
    expected:
      'openid among the scopes: the request uses a parameter of OpenID Connect, such as nonce or claims',
    change: 'add openid to scope in the application',
  },
  {
    says: /prompt value "create"/u,
    parameter: 'prompt',
    expected: 'the values of prompt_values_supported: create is among them where people can register',
    change: 'take create out of prompt, or open the registration here (SELF_REGISTRATION)',
  },
  {
    says: /unsupported prompt value/u,
    parameter: 'prompt',
    expected: 'the values of prompt_values_supported',
    change: 'take the other values out of prompt',
  },
  {
    says: /prompt none must only be used alone/u,
    parameter: 'prompt',
    expected: 'prompt=none alone, without another value',
    change: 'send none, or the other values',
  },
  {
    says: /max_age/u,
    parameter: 'max_age',
    expected: 'a number of seconds in digits',
    change: 'correct max_age in the application, or leave it out',
  },
  {
    says: /claims of the scope/u,
    parameter: 'claims',
    expected: ({ client }) => `claims of the scopes that the client may ask for: ${client?.scope ?? 'all'}`,
    change: 'ask for fewer claims, or add the scope to scope in the client file',
  },
  {
    says: /claims/u,
    parameter: 'claims',
    expected:
      'a JSON object with the members userinfo or id_token, which are objects (OpenID Connect Core, 5.5)',
    change: 'correct the parameter claims in the application, or leave it out',
  },
  {
    error: 'invalid_request_uri',
    says: /already used|invalid|expired/u,
    parameter: 'request_uri',
    expected: 'the request_uri of /par, within 60 seconds, once',
    change: 'push a request for each sign-in, and send the browser with it at once',
  },
  {
    error: 'request_uri_not_supported',
    parameter: 'request_uri',
    expected: 'a request_uri that /par has given',
    change:
      'switch off request objects by reference in the application; pushed requests (/par) are supported',
  },
  {
    error: 'request_not_supported',
    parameter: 'request',
    expected: 'the parameters themselves: request objects are not supported',
    change: 'switch off request objects (JAR) in the application; pushed requests (/par) are supported',
  },
  {
    error: 'registration_not_supported',
    parameter: 'registration',
    expected: 'a registered client',
    change: 'leave the parameter registration out',
  },
  {
    says: /Pushed Authorization Request must be used/u,
    parameter: 'request_uri',
    expected:
      'a request that was pushed to /par: the client has "require_pushed_authorization_requests": true',
    change:
      'switch on pushed authorization requests in the application, or take the member out of the client file',
  },
  {
    error: 'invalid_request_object',
    parameter: 'request',
    expected: 'no request object: they are not supported',
    change: 'switch off request objects (JAR) in the application',
  },
];

export const SIGN_OUT_RULES: readonly RefusalRule[] = [
  {
    says: /post_logout_redirect_uri not registered/u,
    parameter: 'post_logout_redirect_uri',
    expected: (facts) => {
      const near = nearestAfterSignOut(facts);
      return near === undefined
        ? 'one of the post_logout_redirect_uris of the client, which has none that resembles it'
        : `exactly one of the post_logout_redirect_uris of the client; the nearest is ${near.address}, which differs in ${near.differs}`;
    },
    change:
      'send a registered address, or add the one that was sent to post_logout_redirect_uris in the client file',
  },
  {
    says: /client_id does not match the provided id_token_hint/u,
    parameter: 'id_token_hint',
    expected: 'an ID token that this client was given',
    change: 'send the last ID token of the same client_id, or leave client_id out',
  },
  {
    says: /(validate|decode) id_token_hint|id_token_hint is not/u,
    parameter: 'id_token_hint',
    expected: 'an ID token that Gatehouse has given to this client; it may have expired',
    change:
      'send the whole ID token, not the access token and not one of another issuer; after the keys of Gatehouse were removed, sign in anew',
  },
  { says: /logout details|xsrf/u, expected: 'the form of a sign-out page that is still open' },
];

/** What an application is answered where all is as it should be: nothing has to be changed. */
export const ANSWERS: readonly RefusalRule[] = [
  {
    error: 'login_required',
    parameter: 'prompt',
    expected:
      'with prompt=none: somebody who is signed in, recently and strongly enough; send them without it',
  },
  {
    error: 'consent_required',
    parameter: 'prompt',
    expected: 'with prompt=none: somebody who has allowed what is asked for; send them without it',
  },
  { error: 'interaction_required', parameter: 'prompt', expected: 'a request without prompt=none' },
  { error: 'account_selection_required', parameter: 'prompt', expected: 'a request without prompt=none' },
  { error: 'access_denied', expected: 'that the person signs in and allows it: they did not, or may not' },
  {
    says: /session not found|authorization request has expired|session and cookie|session mismatch/u,
    expected: `the browser in which the sign-in was begun, before it expired; ${LATER}`,
  },
];

export const LEVEL_RULES: readonly RefusalRule[] = [
  {
    error: 'unmet_authentication_requirements',
    parameter: 'acr_values',
    expected: 'a level that the person can reach',
    change:
      'ask for a lower level in acr_values or claims, or allow second factors (SECOND_FACTOR_POLICY, or second_factor in the client file)',
  },
];
