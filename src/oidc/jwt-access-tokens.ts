import { jwtVerify } from 'jose';
import { z } from 'zod';
import { SIGNING_ALGORITHMS } from '../domain/keys/policy.ts';
import type { Clock } from '../kernel/clock.ts';
import type { InPlaceSigningKey } from './signing.ts';

/** What a JWT access token of ours says of whom it was issued for. */
export interface JwtAccessToken {
  /** A person's, or the client's own id where it has asked for itself. */
  readonly sub: string;
  readonly clientId: string;
  /** By what the client knows the session with which it ends; none where it outlives sessions, or nobody is behind it. */
  readonly sid: string | undefined;
}

export interface JwtVerification {
  readonly issuer: string;
  readonly keys: readonly InPlaceSigningKey[];
  readonly clock: Clock;
}

const claims = z.object({
  sub: z.string().min(1),
  client_id: z.string().min(1),
  sid: z.string().min(1).optional(),
});

/**
 * A JWT access token (RFC 9068) that we have issued and that has not expired; undefined for anything else, of ours too: ID
 * tokens and logout tokens are of another type (RFC 8725, section 3.11). Its audience is another service, so this proves
 * nothing about who presents it: see decision 14 for what it is enough for.
 */
export async function verifyJwtAccessToken(
  token: string,
  { issuer, keys, clock }: JwtVerification,
): Promise<JwtAccessToken | undefined> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid, alg }) => {
        const key = keys.find((each) => each.kid === kid && each.alg === alg);
        if (key === undefined) throw new Error('not signed with a key of ours');
        return key.keyObject();
      },
      {
        issuer,
        algorithms: [...SIGNING_ALGORITHMS],
        typ: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'jti', 'aud'],
        currentDate: clock.now(),
      },
    );
    const { sub, client_id: clientId, sid } = claims.parse(payload);
    return { sub, clientId, sid };
  } catch {
    return undefined;
  }
}
