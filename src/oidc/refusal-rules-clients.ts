import type { RefusalFacts, RefusalRule } from './refusal-facts.ts';

/** Why clients are refused that do not prove who they are, at every endpoint where they have to. */

const registered = ({ client }: RefusalFacts) => client?.authMethod ?? 'client_secret_basic';

const CLOCK = 'CLOCK_TOLERANCE_SECONDS';
const SYNCHRONISE = `set the clock of the application by NTP, or raise ${CLOCK}`;

/** Of client assertions (RFC 7523), by what is wrong with them. */
const assertion = (
  says: RegExp,
  parameter: string,
  expected: RefusalRule['expected'],
  change: string,
): RefusalRule => ({
  error: ['invalid_client', 'invalid_request'],
  says,
  when: ({ authentication }) => authentication === 'private_key_jwt',
  parameter: `client_assertion (${parameter})`,
  expected,
  change,
});

const ASSERTION_RULES: readonly RefusalRule[] = [
  assertion(/not active yet/u, 'nbf', `a time that has passed, or lies ${CLOCK} ahead at most`, SYNCHRONISE),
  assertion(
    /issued in the future/u,
    'iat',
    `a time that has passed, or lies ${CLOCK} ahead at most, before exp`,
    SYNCHRONISE,
  ),
  assertion(
    /jwt expired/u,
    'exp',
    'a time that has not passed',
    `make an assertion for each request; ${SYNCHRONISE}`,
  ),
  assertion(
    /may not live for more/u,
    'exp',
    'an hour from now and from iat at most',
    'make assertions that live for a minute',
  ),
  assertion(/ends before it begins/u, 'exp', 'a time after nbf', 'correct nbf and exp in the application'),
  assertion(
    /audience|aud\b/u,
    'aud',
    ({ issuer }) => `"${issuer}", or the address of the endpoint below it, and nobody beside`,
    'set the audience of assertions in the application to the issuer, exactly as discovery writes it',
  ),
  assertion(
    /iss\b|sub\b/u,
    'iss and sub',
    'the client_id in both',
    'set iss and sub of the assertion to the client_id',
  ),
  assertion(
    /client_id mismatch/u,
    'sub',
    'the client_id of the request',
    'send the same client_id in both, or in the assertion only',
  ),
  assertion(
    /only be used once/u,
    'jti',
    'an id that was never used before',
    'make an assertion with a random jti for each request, also for one that is sent again',
  ),
  assertion(
    /\bjti\b/u,
    'jti',
    'a unique text of 256 characters at most',
    'add a random jti to each assertion',
  ),
  assertion(
    /expiration|\bexp\b/u,
    'exp',
    'a time in whole seconds, an hour from now at most',
    'add exp to the assertion',
  ),
  assertion(/\bnbf\b|\biat\b/u, 'nbf and iat', 'times in whole seconds', 'correct or leave out nbf and iat'),
  assertion(
    /alg mismatch/u,
    'alg',
    'RS256, PS256, ES256 or EdDSA; the token_endpoint_auth_signing_alg of the client, where it has one',
    'sign with that algorithm, or change token_endpoint_auth_signing_alg in the client file',
  ),
  assertion(
    /no applicable key/u,
    'kid',
    'a kid and alg of a key in jwks or jwks_uri of the client',
    'put the public key of the application into jwks in the client file, with this kid, or publish it at jwks_uri',
  ),
  assertion(
    /signature verification failed/u,
    'signature',
    'a signature by the private key of a key in jwks or jwks_uri of the client',
    'register the public key that belongs to the key of the application',
  ),
  assertion(
    /client_assertion_type/u,
    'client_assertion_type',
    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    'send this client_assertion_type',
  ),
  assertion(
    /this type is no client assertion/u,
    'typ',
    'JWT or client-authentication+jwt, or none',
    'leave typ out',
  ),
  assertion(
    /does not match the registered/u,
    'token_endpoint_auth_method',
    (facts) => `${registered(facts)}, which is registered for the client`,
    'have the application use that, or change token_endpoint_auth_method in the client file to private_key_jwt, with jwks',
  ),
];

export const AUTHENTICATION_RULES: readonly RefusalRule[] = [
  {
    error: ['invalid_client_metadata', 'invalid_client'],
    says: /failed to be refreshed|jwks/iu,
    parameter: 'jwks_uri',
    expected: 'a JSON Web Key Set at the jwks_uri of the client, over https and at a public address',
    change: 'let Gatehouse reach the jwks_uri, or put the keys into jwks in the client file',
  },
  ...ASSERTION_RULES,
  {
    says: /invalid client_assertion format|JWT|Token does not contain|invalid \w+ value/u,
    when: ({ authentication }) => authentication === 'private_key_jwt',
    parameter: 'client_assertion',
    expected: 'a signed JWT (RFC 7523, section 3)',
    change: 'let a library make the assertion',
  },
  {
    says: /no client authentication mechanism/u,
    parameter: 'client_id',
    expected: 'a client_id: in the Authorization header, in the form, or as iss and sub of an assertion',
    change: 'set client_id in the application, and its secret where it has one',
  },
  {
    says: /client authentication must only be provided using one/u,
    parameter: 'client_secret',
    expected: (facts) => `one kind of authentication: ${registered(facts)}`,
    change: 'send the secret in the header or in the form, or an assertion; not several of them',
  },
  {
    says: /client_id mismatch/u,
    parameter: 'client_id',
    expected: 'one client_id: the one of the form and the one of the Authorization header are not the same',
    change: 'set the same client_id in both, or leave it out of the form',
  },
  {
    says: /client_secret must be provided in the Authorization/u,
    parameter: 'Authorization',
    expected: 'the secret of the client in the header: it is empty',
    change:
      'set the secret in the application; for one that can keep none: "token_endpoint_auth_method": "none" in the client file',
  },
  {
    says: /not properly encoded/u,
    parameter: 'Authorization',
    expected: 'client_id and secret, percent-encoded each (RFC 6749, section 2.3.1)',
    change: 'let the application encode both before it joins them with a colon, or use client_secret_post',
  },
  {
    says: /authorization header value format/u,
    when: ({ endpoint }) => endpoint !== '/userinfo',
    parameter: 'Authorization',
    expected: 'the scheme Basic and the base64 of client_id, a colon and the secret',
    change: 'correct the header, or leave it out and send client_id and client_secret in the form',
  },
  {
    says: /does not match the registered/u,
    when: ({ authentication }) => authentication === 'none',
    parameter: 'client_secret',
    expected: (facts) =>
      `the authentication that is registered, ${registered(facts)}: the application sent none`,
    change:
      'set the secret in the application; for one that can keep none: "token_endpoint_auth_method": "none" in the client file',
  },
  {
    says: /does not match the registered/u,
    parameter: 'token_endpoint_auth_method',
    expected: (facts) =>
      registered(facts) === 'none'
        ? 'no secret: the client is registered with "token_endpoint_auth_method": "none"'
        : `${registered(facts)}, which is registered for the client`,
    change: 'have the application use that, or change token_endpoint_auth_method in the client file',
  },
  {
    says: /invalid secret/u,
    parameter: 'client_secret',
    expected: 'the secret that was told when the client was registered',
    change:
      'copy it into the application whole, without spaces or line ends; nobody can look it up: where it is lost, the client needs another one',
  },
  {
    says: /secret is expired/u,
    parameter: 'client_secret',
    expected: 'a secret before its client_secret_expires_at',
    change: 'give the client another secret',
  },
  {
    says: /^origin /mu,
    parameter: 'Origin',
    expected: 'a program without Origin, or a page at an origin of the redirect_uris of the client',
    change: 'add the address of the application in the browser to redirect_uris in the client file',
  },
];
