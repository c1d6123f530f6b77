import { generateKeyPairSync } from 'node:crypto';

/** What the cases about client metadata are made of: clients with which nothing is wrong, and keys. */
export type Metadata = Record<string, unknown>;

export const REDIRECT = 'https://app.example.org/callback';
export const WEB = { redirect_uris: [REDIRECT] };
/** Its refreshes count as its people's use of their sessions. */
export const COUNTING = {
  ...WEB,
  grant_types: ['authorization_code', 'refresh_token'],
  first_party: true,
  refresh_counts_as_activity: true,
};
export const SPA = { ...WEB, token_endpoint_auth_method: 'none' };
export const NATIVE = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'],
};
export const SERVICE = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
export const at = (uri: string, more: Metadata = {}) => ({ ...WEB, ...more, redirect_uris: [uri] });

export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
export const publicKey = ec.publicKey.export({ format: 'jwk' });
export const keyed = (...keys: Metadata[]) => ({
  ...SERVICE,
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys },
});

/** What the rules know of the provider. */
export const CONTEXT = {
  issuer: 'https://id.example.org',
  scopes: ['openid', 'profile', 'email', 'roles', 'groups', 'offline_access'],
  claims: {
    openid: ['sub', 'acr', 'amr', 'auth_time', 'sid'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username'],
    email: ['email', 'email_verified'],
    roles: ['roles'],
    groups: ['groups'],
  },
  acrValues: ['aal1', 'aal2', 'phr'],
  deviceSignIn: false,
  idTokenAlgorithms: ['RS256', 'ES256', 'EdDSA'],
};
