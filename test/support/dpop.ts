import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** What of a proof is otherwise than it should be. */
export interface ProofOptions {
  readonly token?: string;
  readonly jti?: string;
  readonly iat?: number;
  readonly ath?: string;
  readonly typ?: string;
  readonly jwk?: JWK;
  readonly claims?: Record<string, unknown>;
}

export interface ProofKey {
  readonly thumbprint: string;
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
  /** A proof for one request (RFC 9449, section 4.2); with `token`, one that comes with it. */
  prove(htm: string, htu: string, options?: ProofOptions): Promise<string>;
}

/** The key of somebody who proves that their tokens are theirs. */
export async function createProofKey(alg: 'ES256' | 'EdDSA' = 'ES256'): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  return {
    publicJwk,
    privateJwk: await exportJWK(privateKey),
    thumbprint: await calculateJwkThumbprint(publicJwk),
    async prove(htm, htu, { token, jti, iat, ath, typ, jwk, claims } = {}) {
      const hash = token === undefined ? undefined : createHash('sha256').update(token).digest('base64url');
      return new SignJWT({
        jti: jti ?? randomUUID(),
        htm,
        htu,
        iat: iat ?? Math.floor(Date.now() / 1000),
        ...((ath ?? hash) === undefined ? {} : { ath: ath ?? hash }),
        ...claims,
      })
        .setProtectedHeader({ alg, typ: typ ?? 'dpop+jwt', jwk: jwk ?? publicJwk })
        .sign(privateKey);
    },
  };
}
