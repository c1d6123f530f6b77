/** How the sample application learns that a session at Gatehouse has ended (OpenID Connect Back-Channel Logout 1.0). */
import type { IncomingMessage } from 'node:http';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Configuration } from 'openid-client';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** A logout token has a few hundred characters; nobody has to be read for longer. */
const MOST_BYTES = 16_384;
const REMEMBERED_MS = 600_000;
/** What is wrong with a token, of the things that can go wrong: the others are about getting the keys. */
const NOT_VALID = /^ERR_JW[ST]_|_NO_MATCHING_KEY$|_NOT_(ALLOWED|SUPPORTED)$/;

/** Whose session has ended, or which: of a token with both, the one with both. */
export interface Ended {
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
}

/** Nothing is proven by this request; to send it again would not help. */
export class NoLogoutToken extends Error {}

export function createBackChannel(gatehouse: () => Promise<Configuration>, clientId: string) {
  let keys: JWTVerifyGetKey | undefined;
  /** Identifiers of logout tokens and of ended sessions, and when they came. */
  const remembered = new Map<string, number>();

  function remember(name: string): void {
    for (const [old, at] of remembered) if (at < Date.now() - REMEMBERED_MS) remembered.delete(old);
    remembered.set(name, Date.now());
  }

  return {
    /**
     * What a request says has ended. Anybody can send one, without a cookie: the token is all that proves it. Throws
     * {@link NoLogoutToken} where it proves nothing (section 2.6), anything else where that cannot be found out now.
     */
    async read(request: IncomingMessage): Promise<Ended> {
      const form = new URLSearchParams(await bodyOf(request));
      const { issuer, jwks_uri } = (await gatehouse()).serverMetadata();
      keys ??= createRemoteJWKSet(new URL(String(jwks_uri)));
      const { payload } = await jwtVerify(form.get('logout_token') ?? '', keys, {
        issuer,
        audience: clientId,
        // The client's `id_token_signed_response_alg`, and no other.
        algorithms: ['RS256'],
        // ID tokens and access tokens have the same signature; the type is what tells them apart.
        typ: 'logout+jwt',
        requiredClaims: ['iat', 'exp', 'jti', 'events'],
        maxTokenAge: '5 minutes',
        clockTolerance: 10,
      }).catch((error) => {
        throw error instanceof errors.JOSEError && NOT_VALID.test(error.code)
          ? new NoLogoutToken('The logout token is not valid.', { cause: error })
          : error;
      });
      const { events, jti, sid, sub } = payload as Record<string, unknown>;
      const event = (events as Record<string, unknown> | null)?.[EVENT];
      const isNamed = [sid, sub].some((name) => name !== undefined) && [sid, sub].every(isNameOrNone);
      if (typeof event !== 'object' || event === null || 'nonce' in payload || !isNamed) {
        throw new NoLogoutToken('This is no logout token.');
      }
      if (remembered.has(`token ${jti}`)) throw new NoLogoutToken('This logout token was used before.');
      remember(`token ${jti}`);
      if (sid !== undefined) remember(`session ${sid}`);
      return { sub, sid } as Ended;
    },

    /** Whether the session has ended since a sign-in began here, which then comes too late. */
    hasEndedSince: (begunAt: number, sid: unknown): boolean =>
      (remembered.get(`session ${sid}`) ?? 0) >= begunAt,
  };
}

const isNameOrNone = (value: unknown) => value === undefined || (typeof value === 'string' && value !== '');

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new NoLogoutToken('This is too long for a logout token.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
