import { DEVICE_GRANT } from '../domain/clients/kinds.ts';
import type { RefusalRule } from './refusal-facts.ts';

/** Why requests for tokens, and with tokens, are refused. */

const FRESH = 'start a new sign-in';

export const TOKEN_RULES: readonly RefusalRule[] = [
  {
    error: 'unsupported_grant_type',
    parameter: 'grant_type',
    expected: 'authorization_code, refresh_token or client_credentials',
    change: 'switch the application to one of these; there is no password, implicit or device grant',
  },
  {
    says: /grant type is not allowed for this client/u,
    parameter: 'grant_type',
    expected: ({ client }) =>
      `one of the grant_types of the client: ${client?.grantTypes.join(', ') || 'none'}`,
    change: 'add it to grant_types in the client file, or use another client',
  },
  {
    says: /(code|token) already (consumed|used)|request was already used/u,
    parameter: ({ said }) =>
      /request was/u.test(said) ? 'request_uri' : /refresh/u.test(said) ? 'refresh_token' : 'code',
    expected: ({ said }) =>
      /refresh/u.test(said)
        ? 'the newest refresh token: each works once, and this one was used before; all tokens of the sign-in are revoked'
        : 'a code or request_uri that was not used before: each works once; what it gave is revoked',
    change: ({ said }) =>
      /refresh/u.test(said)
        ? 'keep the refresh_token of every answer in the place of the last, and let one process or tab refresh at a time, or give the client refresh_token_leeway_seconds; where it did, somebody else has it'
        : 'redeem each code once and do not send the request again: look for a callback that is loaded twice, a proxy that repeats, two instances',
  },
  {
    says: /authorization code not found/u,
    parameter: 'code',
    expected: 'a code that Gatehouse has given lately: this one is not known, or was removed after its time',
    change: `redeem the code at once, whole and URL-encoded, at the issuer that gave it; ${FRESH}`,
  },
  {
    says: /authorization code is expired/u,
    parameter: 'code',
    expected: 'a code within AUTHORIZATION_CODE_SECONDS of the sign-in',
    change:
      'redeem the code as soon as the browser brings it; only where that is impossible, raise AUTHORIZATION_CODE_SECONDS',
  },
  {
    says: /redirect_uri mismatch/u,
    parameter: 'redirect_uri',
    expected: 'the redirect_uri of the authorization request, character by character',
    change:
      'use one setting of the application for both requests; behind a proxy, have it know its public address',
  },
  {
    says: /code_verifier must be provided/u,
    parameter: 'code_verifier',
    expected: 'the code_verifier: the authorization request had a code_challenge',
    change: 'keep the verifier with the state of the sign-in (cookie or session) and send it with the code',
  },
  {
    says: /does not match code_challenge|minComp|arguments must be strings/u,
    parameter: 'code_verifier',
    expected:
      'the code_verifier of which code_challenge is the SHA-256 in base64url; none where there was no code_challenge',
    change:
      'keep one verifier for each sign-in: a second tab, or another instance of the application, must not replace it',
  },
  {
    says: /^code_verifier|unsupported code_challenge_method/mu,
    parameter: 'code_verifier',
    expected: '43 to 128 letters, digits and -._~ (RFC 7636, section 4.1), with S256',
    change: 'let a library of the application make it',
  },
  {
    says: /device code not found/u,
    parameter: 'device_code',
    expected:
      'a device_code that is still good: this one was never given, or the session in which it was confirmed has ended',
    change: 'begin again with a new request at the device authorization endpoint',
  },
  {
    says: /device code already (used|consumed)/u,
    parameter: 'device_code',
    expected: 'each device_code once: everything that it gave has ended',
    change: 'keep the tokens of the first answer, and send one request at a time',
  },
  {
    error: ['unmet_authentication_requirements', 'login_required'],
    when: ({ params }) => params.grant_type === DEVICE_GRANT,
    expected: 'a sign-in as the request asked for it: its person could not sign in like that',
    change: 'ask for a level (acr_values) that its people reach, and for the account that they have',
  },
  {
    says: /refresh token not found/u,
    parameter: 'refresh_token',
    expected: 'a refresh token that is still good: this one was revoked, has expired, or was never given',
    change: `${FRESH}; without offline_access a refresh token ends with the session of its person`,
  },
  {
    says: /refresh token is expired/u,
    parameter: 'refresh_token',
    expected: 'a refresh token within REFRESH_TOKEN_SECONDS of the sign-in: refreshing does not prolong it',
    change: FRESH,
  },
  {
    error: 'invalid_grant',
    says: /client mismatch/u,
    parameter: 'client_id',
    expected: 'the client that the code or refresh token was given to',
    change: 'use one client_id for both requests',
  },
  {
    error: 'invalid_grant',
    says: /grant (not found|is expired)|account|accountId/u,
    expected: 'a sign-in that still holds: the session, the consent or the account has ended',
    change: FRESH,
  },
  {
    error: 'temporarily_unavailable',
    expected: 'at most RATE_LIMIT_TOKEN_PER_CLIENT requests of the client a minute',
    change:
      'have the application keep its token until it expires instead of asking for one each time; or raise the limit',
  },
];

export const SCOPE_RULES: readonly RefusalRule[] = [
  {
    says: /scope contains invalid characters/u,
    parameter: 'scope',
    expected: 'names separated by one space each, without quotes',
    change: 'correct scope in the application: some libraries want a list, others a text with spaces',
  },
  {
    error: 'invalid_scope',
    says: /no scope is requested that is known/u,
    parameter: 'scope',
    expected:
      'at least one scope: openid, or one of a resource, together with the parameter resource unless resource_scopes of the client file lists it',
    change: 'send scope=openid with what else is needed',
  },
  {
    error: 'invalid_scope',
    says: /may have none of the requested/u,
    parameter: 'scope',
    expected: ({ client }) =>
      `openid and scopes that the client may have: about people ${client?.scope ?? 'all'}; of resources ${client?.resourceScopes?.join(' ') ?? 'all'}, with resource`,
    change:
      'add openid; register scopes of a resource with the resource, and list them in resource_scopes of the client file, or send resource',
  },
  {
    error: 'invalid_scope',
    says: /refresh token missing/u,
    parameter: 'scope',
    expected: 'scopes that the sign-in granted, or no scope at all',
    change: 'leave scope out when refreshing, or ask for it in the authorization request',
  },
  {
    error: 'invalid_scope',
    says: /scopes of a resource need the parameter resource/u,
    parameter: 'resource',
    expected: 'the identifier of the resource whose scopes are asked for',
    change:
      'send resource together with scope (gatehouse resources list), or list the scope in resource_scopes of the client file',
  },
  {
    error: 'invalid_scope',
    says: /not for this client here/u,
    parameter: 'scope',
    expected: ({ client }) =>
      `scopes of the resource that the client may have: ${client?.resourceScopes?.join(' ') ?? 'all of it'}`,
    change: 'ask for fewer, or add the scope to the resource and to resource_scopes in the client file',
  },
  {
    error: 'invalid_scope',
    parameter: 'scope',
    expected: ({ client }) => `scopes about people that the client may have: ${client?.scope ?? 'all'}`,
    change: 'ask for fewer, or add it to scope in the client file',
  },
  {
    error: 'invalid_target',
    says: /absolute URI|fragment/u,
    parameter: 'resource',
    expected: 'an absolute URI without a fragment: the identifier of a registered resource',
    change: 'send the identifier as gatehouse resources list shows it',
  },
  {
    error: 'invalid_target',
    says: /of several resources/u,
    parameter: 'resource',
    expected: 'scopes of one resource, or the parameter resource to say which one is meant',
    change: 'ask for a token for each resource, or send resource (gatehouse resources list)',
  },
  {
    error: 'invalid_target',
    says: /single resource/u,
    parameter: 'resource',
    expected: 'one resource for each access token',
    change: 'ask for a token for each resource',
  },
  {
    error: 'invalid_target',
    says: /no scope of this resource was granted/u,
    parameter: 'scope',
    expected: 'a scope of the resource, in the authorization request, that the person has allowed',
    change: 'add a scope of the resource to the authorization request',
  },
  {
    error: 'invalid_target',
    says: /no longer what it was/u,
    parameter: 'resource',
    expected: 'a resource and a client that were not changed while the token was made',
    change: 'send the request again',
  },
  {
    error: 'invalid_target',
    parameter: 'resource',
    expected: 'the identifier of a registered resource, of which the client may have a scope',
    change:
      'gatehouse resources list shows them (they are compared character by character); its scopes have to be in resource_scopes of the client file',
  },
];

export const USERINFO_RULES: readonly RefusalRule[] = [
  {
    says: /no access token provided/u,
    parameter: 'Authorization',
    expected: 'an access token in the header, with the scheme Bearer',
    change: 'send the access token of the token answer',
  },
  {
    says: /missing openid scope/u,
    parameter: 'scope',
    expected: 'an access token with the scope openid',
    change:
      'add openid to scope in the authorization request; a service (client_credentials) has no userinfo',
  },
  {
    error: 'insufficient_scope',
    parameter: 'scope',
    expected: 'scopes that the access token has',
    change: 'leave scope out of the userinfo request',
  },
  {
    says: /token audience prevents/u,
    parameter: 'resource',
    expected: 'an access token for userinfo: this one is for a resource',
    change:
      'read the claims in the ID token; or refresh with scope=openid and no scope of the resource for a token that userinfo takes',
  },
  {
    says: /access token must only|via query|authorization header/u,
    parameter: 'Authorization',
    expected: 'the access token once, in the header, with the scheme Bearer',
    change: 'send it there only',
  },
  {
    error: 'invalid_token',
    parameter: 'Authorization',
    expected:
      'an opaque access token that is still good: this one has expired, was revoked, is a JWT for a resource, or was never given',
    change: 'refresh the token or start a new sign-in; send the access token, not the ID token',
  },
];
