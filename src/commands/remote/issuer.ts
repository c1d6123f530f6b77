import { UsageError } from '../usage.ts';

/** Addresses of servers that a command may talk to. */

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Passwords and tokens go there: in the clear only to this machine itself (RFC 8252, section 8.3). */
export const isSafeAddress = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));

/** An issuer as it was typed, without a slash at its end. Throws `issuer_invalid`. */
export function issuerOf(text: string): string {
  const url = URL.parse(text);
  const plain =
    url !== null && url.username + url.password + url.search + url.hash === '' && !text.includes('?');
  if (!plain || !['https:', 'http:'].includes(url.protocol))
    throw new UsageError(
      'issuer_invalid',
      'Expected the address of a Gatehouse server, such as https://id.example.org.',
    );
  if (!isSafeAddress(url))
    throw new UsageError(
      'issuer_invalid',
      'Expected https: only this machine itself is spoken to in the clear.',
    );
  return url.href.replace(/\/$/, '');
}
