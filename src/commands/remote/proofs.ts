import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';

/** Keys to which tokens are bound, and the proofs that requests carry (RFC 9449). */

const ALGORITHM = 'ES256';

/** A private key as it is kept beside the tokens. */
export const privateKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

export type PrivateKey = z.output<typeof privateKey>;

/** A key for one sign-in: it ends with the tokens that are bound to it. */
export async function generateKey(): Promise<PrivateKey> {
  const { privateKey: key } = await generateKeyPair(ALGORITHM, { extractable: true });
  return privateKey.parse(await exportJWK(key));
}

/** What an authorization request binds its code to (`dpop_jkt`, section 10). */
export const thumbprintOf = (key: PrivateKey): Promise<string> => calculateJwkThumbprint(publicPart(key));

const publicPart = ({ kty, crv, x, y }: PrivateKey): JWK => ({ kty, crv, x, y });

export interface Proven {
  readonly method: string;
  readonly url: URL;
  /** The access token that goes with it. */
  readonly token?: string | undefined;
  /** What the server has asked for (section 8). */
  readonly nonce?: string | undefined;
}

/** A proof for one request. */
export async function proofOf(key: PrivateKey, { method, url, token, nonce }: Proven): Promise<string> {
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
  const claims = {
    htm: method,
    htu: `${url.origin}${url.pathname}`,
    ...ath,
    ...(nonce === undefined ? {} : { nonce }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: ALGORITHM, jwk: publicPart(key) })
    .setJti(randomUUID())
    .setIssuedAt()
    .sign(await importJWK(key, ALGORITHM));
}
