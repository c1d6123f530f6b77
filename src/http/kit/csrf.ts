import type { KeyObject } from 'node:crypto';
import type { Context } from 'koa';
import { constantTimeEqual, deriveKey, hmacKey, hmacSha256 } from '../../kernel/crypto.ts';
import { GatehouseError } from '../../kernel/errors.ts';

/**
 * Protection of forms against forgery (OWASP ASVS 3.5.1). A form's token is an HMAC over a value that only this browser
 * holds in a cookie (an interaction, a session) and the purpose of the form, so nothing has to be stored. Browsers that
 * say where a request comes from are believed when they say that it is not from us.
 */
export interface Csrf {
  token(purpose: string, binding: string): string;
  /** Throws `csrf_invalid` (403). */
  verify(ctx: Context, purpose: string, binding: string, token: string): void;
}

/** What the tokens of those forms are for by which people end sessions of theirs, and say that they are still there. */
export const SESSION_FORMS = 'account';

export function createCsrf(cookieKeys: readonly string[], issuer: string): Csrf {
  const keys = cookieKeys.map((key) => hmacKey(deriveKey(Buffer.from(key), 'csrf')));
  const [current] = keys;
  if (current === undefined) throw new Error('no key for form tokens');
  const origin = new URL(issuer).origin;
  const sign = (key: KeyObject, purpose: string, binding: string) =>
    hmacSha256(key, `${purpose}\n${binding}`).toString('base64url');

  return {
    token: (purpose, binding) => sign(current, purpose, binding),
    verify(ctx, purpose, binding, token) {
      // Browsers send `Origin: null` with our own forms, because our pages send no referrer.
      const foreign =
        !['', 'same-origin', 'none'].includes(ctx.get('Sec-Fetch-Site')) ||
        !['', 'null', origin].includes(ctx.get('Origin'));
      const known = keys.some((key) => constantTimeEqual(sign(key, purpose, binding), token));
      if (foreign || !known) {
        throw new GatehouseError('csrf_invalid', {
          status: 403,
          message: 'This form did not come from a page of ours, or was open for too long.',
        });
      }
    },
  };
}
