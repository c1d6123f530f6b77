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
