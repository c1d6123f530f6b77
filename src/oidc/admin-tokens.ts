import { type AdminScope, isAdminScope } from '../domain/clients/admin-scopes.ts';
import type { SessionDeadlineStore } from '../domain/sessions/deadline-store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { ActiveProvider } from './active-provider.ts';
import { adminAudience, adminScopesOf } from './admin-resource.ts';
import type { PresentedProof } from './dpop-proofs.ts';

/** Who presents a token at the administration API, and what it allows there at this moment. */
export interface AdminTokenHolder {
  readonly clientId: string;
  /** The scopes of the token that its client may still have. */
  readonly scopes: readonly AdminScope[];
  /** The person behind it, who is active and signed in; a service that came for itself has none. */
  readonly person?: {
    readonly accountId: string;
    readonly sessionId: string;
    /** What the token says: a sign-in at a higher level, or a later one, gives another token (RFC 9470, section 4). */
    readonly level: string;
    readonly provenAt: Date;
  };
}

export interface AdminTokens {
  /**
   * The holder of a token for the administration API. Undefined for what {@link AccessTokens.find} does not find, and where the
   * client is gone or refused, or a person's session is over or was never there. It counts as a use of the session. Throws
   * `ProofRefused`.
   */
  find(token: string, proof?: PresentedProof): Promise<AdminTokenHolder | undefined>;
}

export interface AdminTokensDependencies {
  readonly active: Pick<ActiveProvider, 'current'>;
  readonly accessTokens: AccessTokens;
  readonly deadlines: Pick<SessionDeadlineStore, 'find' | 'extend'>;
  readonly clock: Clock;
}

/** Of the use of a session by calls, not more is written than once in so many milliseconds. */
const USE_MS = 60_000;

export function createAdminTokens({
  active,
  accessTokens,
  deadlines,
  clock,
}: AdminTokensDependencies): AdminTokens {
  /** Whether the session lasts. A call is a use of it, like one of our own pages. */
  async function used(sessionUid: string): Promise<boolean> {
    const now = clock.now();
    const known = await deadlines.find(sessionUid, now);
    if (known === undefined) return false;
    if (now.getTime() - known.lastActiveAt.getTime() < USE_MS) return true;
    return (await deadlines.extend(known, now)) !== undefined;
  }

  return {
    async find(token, proof) {
      const { issuer, Client } = active.current;
      const holder = await accessTokens.find(token, adminAudience(issuer), proof);
      const client = holder && (await Client.find(holder.clientId));
      if (holder === undefined || client === undefined) return undefined;
      const { clientId, person } = holder;
      const now = adminScopesOf(client);
      const scopes = holder.scopes.filter(isAdminScope).filter((scope) => now.includes(scope));
      if (person === undefined) return { clientId, scopes };
      const { accountId, sessionUid: sessionId, acr: level, authenticatedAt: provenAt } = person;
      if (sessionId === undefined || level === undefined || provenAt === undefined) return undefined;
      if (!(await used(sessionId))) return undefined;
      return { clientId, scopes, person: { accountId, sessionId, level, provenAt } };
    },
  };
}
