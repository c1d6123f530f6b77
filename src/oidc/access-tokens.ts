import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import type { Database } from '../storage/database.ts';
import type { ActiveProvider } from './active-provider.ts';
import { type PresentedProof, spendProof, verifyProof } from './dpop-proofs.ts';
import { type OwnAccessToken, readOwnAccessToken } from './own-jwts.ts';
import { wordsOf } from './requested-scopes.ts';
import { stateOf, type TokenStateDependencies } from './token-state.ts';

/** Who presents an access token that is good at this moment, and what it allows. */
export interface TokenHolder {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The person behind it; a service that came for itself has none. */
  readonly person?: {
    readonly accountId: string;
    /** The session in which it was issued and with which it ends; a token for a person's absence has none. */
    readonly sessionUid?: string;
    /** How, and when, the person had shown who they are when the token was issued (RFC 9068, section 2.2.1). */
    readonly acr?: string;
    readonly amr: readonly string[];
    readonly authenticatedAt?: Date;
  };
}

/** Looks at access tokens for services of our own. */
export interface AccessTokens {
  /**
   * The holder of the token, if it is one for `audience` (RFC 8707): undefined for what is made up, altered, expired, revoked or
   * another service's, and for opaque tokens, which have no audience.
   *
   * Without a proof it is a bearer token, that anybody may present: one that is bound to a key of its sender (`cnf`: RFC 8705,
   * RFC 9449) is refused, as it proves nothing by itself. With one, it has to be bound to the key of that proof, and the proof is
   * used up: throws `ProofRefused` where it does not hold.
   */
  find(token: string, audience: string, proof?: PresentedProof): Promise<TokenHolder | undefined>;
}

export interface AccessTokenDependencies extends TokenStateDependencies {
  readonly active: Pick<ActiveProvider, 'current' | 'keys'>;
  readonly database: Database;
  readonly clock: Clock;
}

export function createAccessTokens({
  active,
  database,
  clock,
  ...deps
}: AccessTokenDependencies): AccessTokens {
  return {
    async find(text, audience, proof) {
      const { issuer } = active.current;
      const token = readOwnAccessToken(text, { issuer, keys: active.keys, now: clock.now() });
      if (token === undefined || token.claims.aud !== audience) return undefined;
      if ('cnf' in token.claims !== (proof !== undefined)) return undefined;
      if (proof === undefined) return holderOf(token, deps);
      const thumbprint = boundTo(token);
      if (thumbprint === undefined) return undefined;
      const verified = await verifyProof(proof, { token: text, thumbprint }, clock.now());
      const holder = await holderOf(token, deps);
      // What is good for nothing uses up nothing.
      if (holder !== undefined) await spendProof(verified, thumbprint, { database, clock });
      return holder;
    },
  };
}

const confirmationSchema = z.strictObject({ jkt: z.string().min(1) });

/** The thumbprint of the key to which the token is bound by DPoP and nothing else (RFC 9449, section 6.1). */
const boundTo = ({ claims: { cnf } }: OwnAccessToken): string | undefined =>
  confirmationSchema.safeParse(cnf).data?.jkt;

async function holderOf(
  token: OwnAccessToken,
  deps: TokenStateDependencies,
): Promise<TokenHolder | undefined> {
  const state = await stateOf(token, deps, true);
  if (state === undefined) return undefined;
  const { client_id: clientId, scope, acr, amr, auth_time: authTime } = token.claims;
  const holder = { clientId, scopes: wordsOf(scope) };
  if (state.kind === 'service') return holder;
  const { accountId, sessionUid, expiresWithSession } = state.family.artifact.payload;
  return {
    ...holder,
    person: {
      accountId: String(accountId),
      ...(expiresWithSession === true && typeof sessionUid === 'string' ? { sessionUid } : {}),
      ...(typeof acr === 'string' ? { acr } : {}),
      amr: Array.isArray(amr) ? amr.filter((each) => typeof each === 'string') : [],
      ...(typeof authTime === 'number' ? { authenticatedAt: new Date(authTime * 1000) } : {}),
    },
  };
}
