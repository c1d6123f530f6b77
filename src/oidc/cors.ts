/**
 * Whether a page of this origin may call the token, userinfo, introspection and revocation endpoints as this client:
 * exactly when the client has a redirect URI there. So a browser application works without a list of its own, and no
 * other origin can use a token that it got hold of from a browser.
 */
export function originAllowed(origin: string, redirectUris: readonly string[]): boolean {
  return redirectUris.some((uri) => /^https?:/u.test(uri) && new URL(uri).origin === origin);
}
