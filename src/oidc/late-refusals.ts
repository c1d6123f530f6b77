import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** What is answered where another request was faster, which only the commit tells. */
export interface LateRefusal {
  readonly status: number;
  readonly body: { readonly error: string; readonly error_description: string };
  /** For the log. */
  readonly said: string;
}

/** Another request presented the same client assertion at the same moment (RFC 7523, section 3, item 7). */
const REPLAYED: LateRefusal = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'client authentication failed' },
  said: 'client assertion tokens must only be used once',
};

/** The same of a DPoP proof (RFC 9449, sections 5 and 7.1). */
const REPLAYED_PROOF: LateRefusal = {
  status: 400,
  body: { error: 'invalid_dpop_proof', error_description: 'the DPoP proof was used before' },
  said: 'DPoP proof was used before',
};

/** Which of the two it was that came twice. */
export function replayedIn(ctx: Context, userinfo: string): LateRefusal {
  const { body } = (ctx as unknown as KoaContextWithOIDC).oidc;
  if (ctx.get('DPoP') === '' || body?.client_assertion !== undefined) return REPLAYED;
  if (ctx.path !== userinfo) return REPLAYED_PROOF;
  const challenge = 'DPoP error="invalid_dpop_proof", error_description="the DPoP proof was used before"';
  ctx.set('WWW-Authenticate', challenge);
  return { ...REPLAYED_PROOF, status: 401 };
}

/** The client or the resource was changed or removed while the token was made; what came with the request is not spent. */
export const CHANGED: LateRefusal = {
  status: 400,
  body: { error: 'invalid_target', error_description: 'the resource is no longer what it was' },
  said: 'the resource is no longer what it was',
};
