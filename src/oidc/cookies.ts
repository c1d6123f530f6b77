import { constantTimeEqual, hmacKey, hmacSha256 } from '../kernel/crypto.ts';

/**
 * Cookie names. Over https the session's carries the prefix `__Host-`, which browsers accept only from this host, for
 * the whole site and over TLS; the others are bound to the path of one sign-in, which that prefix forbids, so they carry
 * `__Secure-` (RFC 6265bis, section 4.1.3; OWASP ASVS 3.3.1).
 */
export function cookieNames(secure: boolean): { session: string; interaction: string; resume: string } {
  const host = secure ? '__Host-' : '';
  const path = secure ? '__Secure-' : '';
  return {
    session: `${host}gatehouse_session`,
    interaction: `${path}gatehouse_sign_in`,
    resume: `${path}gatehouse_resume`,
  };
}

/** The name of the list of a browser's sign-ins (`open-sign-ins.ts`), which is bound to a path as well. */
export const signInsCookieName = (secure: boolean): string =>
  `${secure ? '__Secure-' : ''}gatehouse_sign_ins`;

/** What Koa and the provider sign cookies with and check them by: the interface of the package `keygrip`. */
export interface CookieKeys {
  sign(data: string): string;
  /** Which key made the signature; -1 for none. */
  index(data: string, signature: string): number;
  verify(data: string, signature: string): boolean;
}

/**
 * HMAC-SHA-256 under the first key; every key verifies. Stands in for `keygrip`, which makes three HMACs and two random
 * keys of each comparison and so spends more on the cookies of a sign-in than on its pages.
 */
export function createCookieKeys(keys: readonly string[]): CookieKeys {
  const prepared = keys.map((key) => hmacKey(Buffer.from(key)));
  const [current] = prepared;
  if (current === undefined) throw new Error('no key for cookies');
  const signWith = (key: typeof current, data: string) => hmacSha256(key, data).toString('base64url');
  const index = (data: string, signature: string) =>
    prepared.findIndex((key) => constantTimeEqual(signWith(key, data), signature));
  return {
    sign: (data) => signWith(current, data),
    index,
    verify: (data, signature) => index(data, signature) >= 0,
  };
}

/**
 * The same keys for Koa and the provider, which say 0 for whichever key made a signature. For a later one the package `cookies`
 * would sign the cookie anew by itself, without the path and the lifetime that it was set with: a mark that lasts a year
 * would be gone when the browser is closed. Whoever sets a cookie renews its signature where that is needed.
 */
export function withoutRenewal(keys: CookieKeys): CookieKeys {
  return { ...keys, index: (data, signature) => (keys.verify(data, signature) ? 0 : -1) };
}
