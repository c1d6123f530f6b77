import type { ClientMetadata } from 'oidc-provider';

/**
 * Gatehouse's own pages are a client of Gatehouse: a person without a session is sent through `/authorize` like anybody
 * else's, with `response_type=none` because the page then reads the session itself. So there is one way to sign in.
 */
export const OWN_PAGES_CLIENT_ID = 'gatehouse';

export const OWN_PAGES = [
  '/account',
  '/account/profile',
  '/account/password',
  '/account/address',
  '/account/security',
  '/account/sessions',
  '/account/activity',
] as const;
export type OwnPage = (typeof OWN_PAGES)[number];

export function ownPagesClient(issuer: string): ClientMetadata {
  return {
    client_id: OWN_PAGES_CLIENT_ID,
    redirect_uris: OWN_PAGES.map((page) => `${issuer}${page}`),
    post_logout_redirect_uris: OWN_PAGES.map((page) => `${issuer}${page}`),
    response_types: ['none'],
    grant_types: [],
    token_endpoint_auth_method: 'none',
    first_party: true,
  } as ClientMetadata;
}

/**
 * Where to send a browser that must sign in before it may see `page`; with `maxAge`, no longer ago than so many seconds, and
 * with `acr`, at that level at least.
 */
export function signInUrl(
  issuer: string,
  page: OwnPage,
  state: string,
  { maxAge, acr }: { maxAge?: number; acr?: string } = {},
): string {
  const url = new URL('/authorize', issuer);
  url.search = new URLSearchParams({
    client_id: OWN_PAGES_CLIENT_ID,
    response_type: 'none',
    scope: 'openid',
    redirect_uri: `${issuer}${page}`,
    state,
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(acr === undefined ? {} : { acr_values: acr }),
  }).toString();
  return `${url.pathname}${url.search}`;
}
