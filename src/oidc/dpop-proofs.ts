import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { addSeconds, type Clock, epochSeconds } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import { isStorable } from '../kernel/text.ts';
import type { Database } from '../storage/database.ts';
import { commitWrites, UnitConflict } from '../storage/unit-of-work.ts';
import { ALREADY_PRESENTED, onceWrite } from './artifact-write-store.ts';

/**
 * Proofs that who presents an access token has the key to which it is bound (RFC 9449, section 7). The protocol's own endpoints
 * verify theirs by the library; this is for what we serve beside them.
 */

/** With which a proof may be signed: asymmetric ones only (section 4.3, item 5). At the protocol's endpoints, too. */
export const PROOF_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'] as const;

/** Seconds that the `iat` of a proof may be off, as at the protocol's endpoints. No proof is good for longer, and each once. */
export const PROOF_SECONDS = 300;

/** What a request has beside its token. */
export interface PresentedProof {
  /** The header `DPoP`, as it came. */
  readonly proof: string;
  readonly method: string;
  /** The address of the request without query, made from the configured issuer and never from `Host`. */
  readonly uri: string;
}

/** The proof does not hold. The message may be told to whoever sent it, and repeats nothing of it. */
export class ProofRefused extends Error {}

const claimsSchema = z.looseObject({
  jti: z.string().min(1).max(256).refine(isStorable),
  htm: z.string(),
  htu: z.string().max(2_048),
  iat: z.int(),
  ath: z.string(),
});

interface Verified {
  readonly jti: string;
  readonly iat: number;
}

/**
 * Verifies a proof for a token that is bound to the key with this thumbprint (`cnf.jkt`; RFC 7638). Throws {@link ProofRefused}.
 * Whether it came before is for {@link spendProof}.
 */
export async function verifyProof(
  { proof, method, uri }: PresentedProof,
  bound: { readonly token: string; readonly thumbprint: string },
  now: Date,
): Promise<Verified> {
  const { payload, thumbprint } = await verifiedBy(proof, now);
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success)
    throw new ProofRefused(`The DPoP proof has no usable ${claims.error.issues[0]?.path.join('.')}.`);
  const { jti, htm, htu, iat, ath } = claims.data;
  if (thumbprint !== bound.thumbprint)
    throw new ProofRefused('The DPoP proof is by another key than the one to which the token is bound.');
  if (ath !== sha256(bound.token).toString('base64url'))
    throw new ProofRefused('The DPoP proof is for another token (ath).');
  if (htm !== method) throw new ProofRefused('The DPoP proof is for another method (htm).');
  if (normalized(htu) !== normalized(uri))
    throw new ProofRefused('The DPoP proof is for another address (htu).');
  if (Math.abs(epochSeconds(now) - iat) > PROOF_SECONDS)
    throw new ProofRefused(`The DPoP proof is not of the last ${PROOF_SECONDS} seconds (iat).`);
  return { jti, iat };
}

async function verifiedBy(proof: string, now: Date): Promise<{ payload: JWTPayload; thumbprint: string }> {
  try {
    // The embedded key is refused by `jose` where it is private or symmetric (section 4.3, item 7).
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: [...PROOF_ALGORITHMS],
      typ: 'dpop+jwt',
      currentDate: now,
    });
    return { payload, thumbprint: await calculateJwkThumbprint(protectedHeader.jwk ?? {}) };
  } catch (cause) {
    throw new ProofRefused('The DPoP proof is no JWT of the type dpop+jwt that the key in it has signed.', {
      cause,
    });
  }
}

/** Without query and fragment, in the spelling of the URL standard (section 4.3, item 9). */
function normalized(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined;
  url.search = '';
  url.hash = '';
  return url.href;
}

/** Where client assertions are noted, too: what may be presented once. */
const MODEL = 'ReplayDetection';

/**
 * Notes that the proof has been used, at once: what it opens begins only afterwards, and of those who present it at the same moment,
 * to whichever node, one gets through. Throws {@link ProofRefused} for all others.
 */
export async function spendProof(
  { jti, iat }: Verified,
  thumbprint: string,
  { database, clock }: { readonly database: Database; readonly clock: Clock },
): Promise<void> {
  // By the key: nobody can use up what another one's key will sign.
  const id = JSON.stringify(['dpop', thumbprint, jti]);
  const expiresAt = addSeconds(new Date(iat * 1000), PROOF_SECONDS + 1);
  const write = onceWrite({ model: MODEL, id, payload: {}, expiresAt, onceAt: clock.now() });
  try {
    await commitWrites(database, [write]);
  } catch (error) {
    if (!(error instanceof UnitConflict) || error.code !== ALREADY_PRESENTED) throw error;
    throw new ProofRefused('This DPoP proof was used before: each request needs one of its own.');
  }
}
