import { AUTH_METHODS, CLIENT_ALGORITHMS } from '../policy.ts';
import { isPublic, type MetadataRule } from './rule.ts';

/** How a client proves itself, and what it may do without. */

const WITH_SECRET = ['client_secret_basic', 'client_secret_post'];
const hasSecret = (method: string) => WITH_SECRET.includes(method);

export const AUTHENTICATION_RULES: readonly MetadataRule[] = [
  {
    id: 'client-secret-jwt',
    members: ['token_endpoint_auth_method'],
    refuses: '`client_secret_jwt`',
    reason:
      '"client_secret_jwt" needs the secret itself, of which only a digest is kept; use private_key_jwt',
    source: 'RFC 9700, 2.5',
    isBroken: ({ token_endpoint_auth_method: method }) => method === 'client_secret_jwt',
  },
  {
    id: 'unknown-authentication',
    members: ['token_endpoint_auth_method'],
    refuses: 'any other authentication that is not supported, mutual TLS among them',
    reason: `is no authentication that is supported; there are ${AUTH_METHODS.join(', ')}`,
    source: 'RFC 7591, 2',
    known: () => AUTH_METHODS,
    isBroken: ({ token_endpoint_auth_method: method }) =>
      [...AUTH_METHODS, 'client_secret_jwt'].includes(method) ? [] : [method],
  },
  {
    id: 'secret-unused',
    members: ['client_secret'],
    reads: ['token_endpoint_auth_method'],
    refuses: '`client_secret` with `none` or `private_key_jwt`',
    reason: 'is there, but token_endpoint_auth_method says that this client authenticates without one',
    source: 'RFC 7591, 2',
    isBroken: ({ client_secret: secret, token_endpoint_auth_method: method }) =>
      secret !== undefined && !hasSecret(method),
  },
  {
    id: 'secret-expiry-unused',
    members: ['client_secret_expires_at'],
    reads: ['token_endpoint_auth_method'],
    refuses: '`client_secret_expires_at` for a client without a secret',
    reason: 'is about a secret, and this client authenticates without one',
    source: 'RFC 7591, 3.2.1',
    isBroken: ({ client_secret_expires_at: at = 0, token_endpoint_auth_method: method }) =>
      at > 0 && !hasSecret(method),
  },
  {
    id: 'native-secret',
    members: ['token_endpoint_auth_method'],
    reads: ['application_type'],
    refuses: '`application_type` `native` with a secret',
    reason:
      'a secret in a program on people’s machines is known to all of them; a native client has "none", or private_key_jwt with a ' +
      'key that was made on the one machine where it runs',
    source: 'RFC 8252, 8.5',
    isBroken: ({ application_type: type, token_endpoint_auth_method: method }) =>
      type === 'native' && hasSecret(method),
  },
  {
    id: 'public-introspection',
    members: ['introspect_any_token'],
    reads: ['token_endpoint_auth_method'],
    refuses: '`introspect_any_token` with `none`',
    reason:
      'is for clients that authenticate themselves: with "none" anybody could ask about everybody’s tokens',
    source: 'RFC 7662, 2.1',
    isBroken: (metadata) => metadata.introspect_any_token === true && isPublic(metadata),
  },
  {
    id: 'public-without-pkce',
    members: ['require_pkce'],
    reads: ['token_endpoint_auth_method', 'application_type'],
    refuses: '`require_pkce` false for a public or native client',
    reason:
      'cannot be false here: nothing else keeps a stolen code of a public or native client from being redeemed',
    source: 'RFC 9700, 2.1.1; RFC 8252, 8.1',
    isBroken: (metadata) =>
      metadata.require_pkce === false && (isPublic(metadata) || metadata.application_type === 'native'),
  },
  {
    id: 'keys-missing',
    members: ['token_endpoint_auth_method'],
    reads: ['jwks', 'jwks_uri'],
    refuses: '`private_key_jwt` without `jwks` and `jwks_uri`',
    reason: '"private_key_jwt" needs the client’s public keys, in jwks or at jwks_uri',
    source: 'OpenID Connect Core, 9; RFC 7591, 2',
    isBroken: ({ token_endpoint_auth_method: method, jwks, jwks_uri: uri }) =>
      method === 'private_key_jwt' && jwks === undefined && uri === undefined,
  },
  {
    id: 'keys-twice',
    members: ['jwks_uri'],
    reads: ['jwks'],
    refuses: '`jwks` and `jwks_uri` together',
    reason: 'is there beside jwks; use one of the two',
    source: 'RFC 7591, 2',
    isBroken: ({ jwks, jwks_uri: uri }) => jwks !== undefined && uri !== undefined,
  },
  {
    id: 'keys-unused',
    members: ['jwks', 'jwks_uri'],
    reads: ['token_endpoint_auth_method'],
    refuses: '`jwks` or `jwks_uri` without `private_key_jwt`',
    reason:
      'holds keys that nothing would use: set token_endpoint_auth_method to private_key_jwt, or leave the keys out',
    source: 'RFC 7591, 2',
    isBroken: ({ token_endpoint_auth_method: method }) => method !== 'private_key_jwt',
  },
  {
    id: 'algorithm-unused',
    members: ['token_endpoint_auth_signing_alg'],
    reads: ['token_endpoint_auth_method'],
    refuses: '`token_endpoint_auth_signing_alg` without `private_key_jwt`',
    reason: 'is about signed assertions, and token_endpoint_auth_method is not private_key_jwt',
    source: 'OpenID Connect Registration, 2',
    isBroken: ({ token_endpoint_auth_method: method }) => method !== 'private_key_jwt',
  },
  {
    id: 'weak-client-algorithm',
    members: ['token_endpoint_auth_signing_alg'],
    refuses: '`none`, a symmetric or another algorithm that is not supported for assertions',
    reason: `is not accepted; there are ${CLIENT_ALGORITHMS.join(', ')}`,
    source: 'RFC 8725, 3.1 and 3.2; OpenID Connect Registration, 2',
    known: () => CLIENT_ALGORITHMS,
    isBroken: ({ token_endpoint_auth_signing_alg: algorithm }) =>
      algorithm === undefined || CLIENT_ALGORITHMS.some((known) => known === algorithm) ? [] : [algorithm],
  },
  {
    id: 'weak-id-token-algorithm',
    members: ['id_token_signed_response_alg'],
    refuses: '`none`, a symmetric or another algorithm that is not supported for ID tokens',
    reason:
      'is not offered; RS256, ES256 and EdDSA are: anybody can verify them, and nobody else can make them',
    source: 'OpenID Connect Core, 2; RFC 8725, 3.1',
    known: ({ idTokenAlgorithms }) => idTokenAlgorithms,
    isBroken: ({ id_token_signed_response_alg: algorithm }, { idTokenAlgorithms }) =>
      algorithm === undefined || idTokenAlgorithms.includes(algorithm) ? [] : [algorithm],
  },
];
