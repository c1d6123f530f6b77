/** How the sample application learns that a session at Gatehouse has ended (OpenID Connect Back-Channel Logout 1.0). */
import type { IncomingMessage } from 'node:http';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** A logout token has a few hundred characters; nobody has to be read for longer. */
const MOST_CHARACTERS = 16_384;

/**
 * Which session a request says has ended. Anybody can send one, without a cookie: the token is all that proves it. Throws
 * where it proves nothing (section 2.6); the answer is 400 then.
 */
export function createBackChannel(issuer: string, clientId: string) {
  const keys = createRemoteJWKSet(new URL('/jwks', issuer));
  return async (request: IncomingMessage): Promise<JWTPayload> => {
    const token = new URLSearchParams(await bodyOf(request)).get('logout_token') ?? '';
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      // The client's `id_token_signed_response_alg`, and no other.
      algorithms: ['RS256'],
      // ID tokens and access tokens have the same signature; the type is what tells them apart.
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'exp', 'jti', 'sid', 'events'],
    });
    const events = payload.events as Record<string, unknown>;
    if (typeof events?.[EVENT] !== 'object' || 'nonce' in payload)
      throw new Error('This is no logout token.');
    return payload;
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MOST_CHARACTERS) throw new Error('This is too long for a logout token.');
  }
  return body;
}
