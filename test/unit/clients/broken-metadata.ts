import { BROKEN_ADDRESSES } from './broken-addresses.ts';
import {
  COUNTING,
  ec,
  keyed,
  type Metadata,
  NATIVE,
  publicKey,
  rsa,
  SERVICE,
  SPA,
  short,
  WEB,
} from './metadata.ts';

/** For each rule the metadata that break it, with the member that is named. */
export const BROKEN: Record<string, [metadata: Metadata, member: string][]> = {
  'public-client-credentials': [
    [{ ...SERVICE, token_endpoint_auth_method: 'none' }, 'grant_types'],
    [{ ...SPA, grant_types: ['authorization_code', 'client_credentials'] }, 'grant_types'],
    [{ ...NATIVE, grant_types: ['authorization_code', 'client_credentials'] }, 'grant_types'],
  ],
  'password-grant': [[{ ...WEB, grant_types: ['authorization_code', 'password'] }, 'grant_types']],
  'implicit-grant': [
    [{ ...WEB, grant_types: ['implicit'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['authorization_code', 'implicit'] }, 'grant_types'],
  ],
  'device-grant': [
    [{ ...WEB, grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] }, 'grant_types'],
    [{ grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] }, 'grant_types'],
  ],
  'unknown-grant': [
    [{ ...WEB, grant_types: ['authorisation_code'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['urn:openid:params:grant-type:ciba'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] }, 'grant_types'],
    [{ ...WEB, grant_types: [''] }, 'grant_types'],
  ],
  'front-channel-tokens': [
    [{ ...WEB, response_types: ['token'] }, 'response_types'],
    [{ ...WEB, response_types: ['id_token'] }, 'response_types'],
    [{ ...WEB, response_types: ['code', 'id_token token'] }, 'response_types'],
    [{ ...WEB, response_types: ['code id_token'] }, 'response_types'],
    [{ ...WEB, response_types: ['code token'] }, 'response_types'],
  ],
  'unknown-response-type': [
    [{ ...WEB, response_types: ['cod'] }, 'response_types'],
    [{ ...WEB, response_types: ['code none'] }, 'response_types'],
  ],
  'unknown-response-mode': [
    [{ ...WEB, response_modes: ['query', 'web_message'] }, 'response_modes'],
    [{ ...WEB, response_modes: ['query.jwt'] }, 'response_modes'],
  ],
  'no-response-mode': [[{ ...WEB, response_modes: [] }, 'response_modes']],
  'code-without-grant': [
    [{ ...WEB, response_types: ['code'], grant_types: [] }, 'response_types'],
    [{ ...WEB, response_types: ['code'], grant_types: ['client_credentials'] }, 'response_types'],
  ],
  'grant-without-code': [
    [{ ...SERVICE, grant_types: ['authorization_code'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['authorization_code'], response_types: ['none'] }, 'grant_types'],
  ],
  'refresh-without-code': [
    [{ ...SERVICE, grant_types: ['client_credentials', 'refresh_token'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['refresh_token'], response_types: ['none'] }, 'grant_types'],
    [{ grant_types: ['refresh_token'] }, 'grant_types'],
  ],
  'offline-without-refresh': [
    [{ ...WEB, offline_access: true }, 'offline_access'],
    [{ ...SERVICE, offline_access: true }, 'offline_access'],
  ],
  'refreshes-count-for-strangers': [
    [{ ...COUNTING, first_party: false }, 'refresh_counts_as_activity'],
    [{ ...COUNTING, first_party: undefined }, 'refresh_counts_as_activity'],
  ],
  'refreshes-count-without-refresh': [
    [{ ...COUNTING, grant_types: ['authorization_code'] }, 'refresh_counts_as_activity'],
  ],
  'refreshes-count-and-stricter': [
    [{ ...COUNTING, session_idle_minutes: 10 }, 'refresh_counts_as_activity'],
    [{ ...COUNTING, shared_workstation: true }, 'refresh_counts_as_activity'],
  ],
  'unknown-admin-scope': [
    [{ ...SERVICE, admin_scopes: ['people:reed'] }, 'admin_scopes'],
    [{ ...SERVICE, admin_scopes: ['people:read', 'openid'] }, 'admin_scopes'],
  ],
  'admin-without-proof': [
    [{ ...SPA, admin_scopes: ['people:read'] }, 'admin_scopes'],
    [{ ...NATIVE, admin_scopes: ['audit:read'], dpop_bound_access_tokens: false }, 'admin_scopes'],
  ],
  'admin-without-pkce': [[{ ...WEB, admin_scopes: ['people:read'], require_pkce: false }, 'admin_scopes']],
  'admin-offline': [
    [
      {
        ...WEB,
        grant_types: ['authorization_code', 'refresh_token'],
        offline_access: true,
        admin_scopes: ['people:read'],
      },
      'admin_scopes',
    ],
  ],
  'keeps-without-counting': [
    [{ ...COUNTING, refresh_counts_as_activity: false, refresh_keeps_minutes: 60 }, 'refresh_keeps_minutes'],
    [{ ...WEB, refresh_keeps_minutes: 60 }, 'refresh_keeps_minutes'],
  ],
  'leeway-without-refresh': [
    [{ ...WEB, refresh_token_leeway_seconds: 10 }, 'refresh_token_leeway_seconds'],
    [{ ...SERVICE, refresh_token_leeway_seconds: 1 }, 'refresh_token_leeway_seconds'],
  ],
  'offline-scope-not-allowed': [[{ ...WEB, scope: 'openid offline_access' }, 'scope']],
  'offline-not-in-scope': [
    [
      {
        ...WEB,
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid email',
        offline_access: true,
      },
      'offline_access',
    ],
  ],
  'nothing-to-do': [[{ grant_types: [], response_types: [] }, 'grant_types']],
  'no-sign-in': [
    [{ ...SERVICE, ...WEB }, 'redirect_uris'],
    [{ grant_types: ['client_credentials'], ...WEB }, 'redirect_uris'],
    [{ ...SERVICE, response_modes: ['query'] }, 'response_modes'],
    [{ ...SERVICE, scope: 'openid' }, 'scope'],
    [{ ...SERVICE, default_acr_values: ['aal2'] }, 'default_acr_values'],
    [{ ...SERVICE, default_max_age: 60 }, 'default_max_age'],
    [{ ...SERVICE, default_max_age: 0 }, 'default_max_age'],
    [{ ...SERVICE, require_auth_time: true }, 'require_auth_time'],
    [{ ...SERVICE, require_pushed_authorization_requests: true }, 'require_pushed_authorization_requests'],
    [{ ...SERVICE, initiate_login_uri: 'https://app.example.org/login' }, 'initiate_login_uri'],
    [{ ...SERVICE, backchannel_logout_uri: 'https://app.example.org/logout' }, 'backchannel_logout_uri'],
    [{ ...SERVICE, second_factor: 'required' }, 'second_factor'],
    [{ ...SERVICE, session_idle_minutes: 5 }, 'session_idle_minutes'],
    [{ ...SERVICE, session_absolute_seconds: 600 }, 'session_absolute_seconds'],
    [{ ...SERVICE, shared_workstation: true }, 'shared_workstation'],
    [{ ...SERVICE, id_token_claims: true }, 'id_token_claims'],
    [{ ...SERVICE, id_token_claims: ['email'] }, 'id_token_claims'],
    [{ ...SERVICE, groups_claim: 'roles' }, 'groups_claim'],
  ],
  'no-tokens': [
    [{ ...WEB, response_types: ['none'], grant_types: [], resource_scopes: ['a'] }, 'resource_scopes'],
    [{ ...WEB, response_types: ['none'], grant_types: [], id_token_claims: true }, 'id_token_claims'],
    [{ ...WEB, response_types: ['none'], grant_types: [], admin_scopes: ['audit:read'] }, 'admin_scopes'],
  ],
  'client-secret-jwt': [
    [{ ...WEB, token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
  ],
  'unknown-authentication': [
    [{ ...WEB, token_endpoint_auth_method: 'client_secret_basik' }, 'token_endpoint_auth_method'],
    [{ ...WEB, token_endpoint_auth_method: 'tls_client_auth' }, 'token_endpoint_auth_method'],
    [{ ...WEB, token_endpoint_auth_method: 'self_signed_tls_client_auth' }, 'token_endpoint_auth_method'],
  ],
  'secret-unused': [
    [{ ...SPA, client_secret: 's'.repeat(40) }, 'client_secret'],
    [{ ...keyed(publicKey), client_secret: 's'.repeat(40) }, 'client_secret'],
  ],
  'secret-expiry-unused': [[{ ...SPA, client_secret_expires_at: 2_000_000_000 }, 'client_secret_expires_at']],
  'native-secret': [
    [{ ...NATIVE, token_endpoint_auth_method: 'client_secret_basic' }, 'token_endpoint_auth_method'],
    [{ ...NATIVE, token_endpoint_auth_method: 'client_secret_post' }, 'token_endpoint_auth_method'],
    [{ ...NATIVE, token_endpoint_auth_method: undefined }, 'token_endpoint_auth_method'],
  ],
  'public-introspection': [[{ ...SPA, introspect_any_token: true }, 'introspect_any_token']],
  'public-without-pkce': [
    [{ ...SPA, require_pkce: false }, 'require_pkce'],
    [
      {
        ...keyed(publicKey),
        ...NATIVE,
        ...{ token_endpoint_auth_method: 'private_key_jwt' },
        require_pkce: false,
      },
      'require_pkce',
    ],
  ],
  'keys-missing': [
    [{ ...SERVICE, token_endpoint_auth_method: 'private_key_jwt' }, 'token_endpoint_auth_method'],
  ],
  'keys-twice': [[{ ...keyed(publicKey), jwks_uri: 'https://app.example.org/jwks' }, 'jwks_uri']],
  'keys-unused': [
    [{ ...WEB, jwks: { keys: [publicKey] } }, 'jwks'],
    [{ ...SPA, jwks_uri: 'https://app.example.org/jwks' }, 'jwks_uri'],
  ],
  'algorithm-unused': [
    [{ ...WEB, token_endpoint_auth_signing_alg: 'ES256' }, 'token_endpoint_auth_signing_alg'],
    [{ ...SPA, token_endpoint_auth_signing_alg: 'ES256' }, 'token_endpoint_auth_signing_alg'],
  ],
  'weak-client-algorithm': ['none', 'HS256', 'RS1', 'RS512', 'ES256K'].map((alg) => [
    { ...keyed(publicKey), token_endpoint_auth_signing_alg: alg },
    'token_endpoint_auth_signing_alg',
  ]),
  'weak-id-token-algorithm': ['none', 'HS256', 'HS512', 'PS256', 'RS1'].map((alg) => [
    { ...WEB, id_token_signed_response_alg: alg },
    'id_token_signed_response_alg',
  ]),
  'symmetric-key': [
    [keyed({ kty: 'oct', k: 'c2VjcmV0' }), 'jwks'],
    [keyed(publicKey, { kty: 'oct', k: 'c2VjcmV0' }), 'jwks'],
  ],
  'private-key': [
    [keyed(ec.privateKey.export({ format: 'jwk' })), 'jwks'],
    [keyed(rsa.privateKey.export({ format: 'jwk' })), 'jwks'],
    [keyed(publicKey, { ...publicKey, d: 'AA' }), 'jwks'],
  ],
  'broken-key': [
    [keyed(publicKey, { kty: 'EC', crv: 'P-256', x: 'AA' }), 'jwks'],
    [keyed(publicKey, { kty: 'RSA', n: 17, e: 'AQAB' }), 'jwks'],
  ],
  'short-key': [[keyed(short.publicKey.export({ format: 'jwk' })), 'jwks']],
  'weak-key-algorithm': ['none', 'HS256', 'RS256', 'ES384'].map((alg) => [
    keyed(publicKey, { ...publicKey, alg }),
    'jwks',
  ]),
  'no-usable-key': [
    [keyed(), 'jwks'],
    [keyed({ ...publicKey, use: 'enc' }), 'jwks'],
    [keyed({ ...publicKey, key_ops: ['encrypt'] }), 'jwks'],
    [keyed({ kty: 'OKP', crv: 'X25519', x: 'AA' }), 'jwks'],
    [{ ...keyed(publicKey), token_endpoint_auth_signing_alg: 'RS256' }, 'jwks'],
  ],
  'same-key-id': [[keyed({ ...publicKey, kid: 'a' }, { ...publicKey, kid: 'a' }), 'jwks']],
  'misspelt-key-member': [
    [keyed({ ...publicKey, ues: 'sig' }), 'jwks'],
    [keyed({ ...publicKey, kidd: 'a' }), 'jwks'],
    [keyed({ ...publicKey, keyOps: ['verify'] }), 'jwks'],
  ],
  ...BROKEN_ADDRESSES,
  'unknown-scope': [
    [{ ...WEB, scope: 'openid emial' }, 'scope'],
    [{ ...WEB, scope: 'openid records:read' }, 'scope'],
    [{ ...WEB, scope: 'openid  email' }, 'scope'],
  ],
  'unknown-claim': [
    [{ ...WEB, id_token_claims: ['emial'] }, 'id_token_claims'],
    [{ ...WEB, id_token_claims: ['email', 'profile'] }, 'id_token_claims'],
    [{ ...WEB, id_token_claims: ['iss'] }, 'id_token_claims'],
    [{ ...WEB, id_token_claims: ['constructor'] }, 'id_token_claims'],
    [{ ...WEB, id_token_claims: [''] }, 'id_token_claims'],
  ],
  'claim-without-scope': [
    [{ ...WEB, scope: 'openid profile', id_token_claims: ['name', 'email'] }, 'id_token_claims'],
    [{ ...WEB, scope: 'openid', id_token_claims: ['groups'] }, 'id_token_claims'],
    [{ ...WEB, scope: 'email', id_token_claims: ['sub'] }, 'id_token_claims'],
  ],
  'groups-not-in-scope': [[{ ...WEB, scope: 'openid roles', groups_claim: 'roles' }, 'groups_claim']],
  'unknown-level': [
    [{ ...WEB, default_acr_values: ['aal3'] }, 'default_acr_values'],
    [{ ...WEB, default_acr_values: ['aal2', 'urn:mfa'] }, 'default_acr_values'],
  ],
  'pairwise-subjects': [[{ ...WEB, subject_type: 'pairwise' }, 'subject_type']],
  'factor-off-but-level': [[{ ...WEB, second_factor: 'off', default_acr_values: ['aal2'] }, 'second_factor']],
  'idle-beyond-end': [
    [{ ...WEB, session_idle_minutes: 20, session_absolute_seconds: 600 }, 'session_idle_minutes'],
  ],
};
