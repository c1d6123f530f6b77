import type { Provider } from 'oidc-provider';
import type { AccountStore } from '../domain/accounts/store.ts';
import type { SessionDeadlineStore, SessionDeadlines } from '../domain/sessions/deadline-store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ActiveProvider } from './active-provider.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { readOwnAccessToken } from './own-jwts.ts';
import { heldFamily, isOfService } from './token-state.ts';

type Client = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>;

/** What an access token that is presented stands for, while it is good for anything. */
export type PresentedToken =
  /** Of nobody: made up, expired, revoked, or its session is over. */
  | { readonly kind: 'unknown' }
  /** A client's own: no person is behind it. */
  | { readonly kind: 'service'; readonly client: Client }
  /** For a person's absence (`offline_access`): it outlives the session in which it was issued, and says nothing of it. */
  | { readonly kind: 'offline'; readonly client: Client }
  | { readonly kind: 'session'; readonly client: Client; readonly deadlines: SessionDeadlines };

/** Finds the session that an access token was issued in and ends with. No use of the session. */
export interface SessionTokens {
  look(token: string): Promise<PresentedToken>;
}

export interface SessionTokenDependencies {
  readonly active: ActiveProvider;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly artifacts: Pick<ArtifactStore, 'findFamily'>;
  readonly deadlines: Pick<SessionDeadlineStore, 'find'>;
  readonly clock: Clock;
}

/** The session in which a token was issued, and whether the token ends with it. */
interface SessionBinding {
  readonly sessionUid?: string | undefined;
  readonly expiresWithSession?: boolean | undefined;
}

const UNKNOWN: PresentedToken = { kind: 'unknown' };

export function createSessionTokens({
  active,
  accounts,
  artifacts,
  deadlines,
  clock,
}: SessionTokenDependencies): SessionTokens {
  /** Whether what the client was granted is still granted, by a person who may still come in. */
  async function stillHolds(accountId: string, clientId: string, grantId: string | undefined) {
    const grant = grantId === undefined ? undefined : await active.current.Grant.find(grantId);
    if (grant?.accountId !== accountId || grant.clientId !== clientId) return false;
    return (await accounts.findById(accountId))?.status === 'active';
  }

  async function lookOpaque(token: string): Promise<PresentedToken> {
    const { AccessToken, Client, ClientCredentials } = active.current;
    // One that ends with its session is not found without it.
    const found = await AccessToken.find(token);
    const own = found === undefined ? await ClientCredentials.find(token) : undefined;
    const { clientId } = found ?? own ?? {};
    const client = clientId === undefined ? undefined : await Client.find(clientId);
    if (client === undefined) return UNKNOWN;
    if (found === undefined) return { kind: 'service', client };
    // Bound to a key of its client's, which a bearer has not shown (RFC 9449, section 7.2).
    if (found.jkt !== undefined) return UNKNOWN;
    const { accountId, grantId } = found;
    return (await stillHolds(accountId, client.clientId, grantId)) ? inSession(client, found) : UNKNOWN;
  }

  /** Its audience is another service, so it proves nothing about who presents it: see decision 14 for what it is enough for. */
  async function lookJwt(token: string): Promise<PresentedToken> {
    const { Client, issuer } = active.current;
    const read = readOwnAccessToken(token, { issuer, keys: active.keys, now: clock.now() });
    const client = read && (await Client.find(read.claims.client_id));
    if (read === undefined || client === undefined) return UNKNOWN;
    if (isOfService(read)) return { kind: 'service', client };
    if ('cnf' in read.claims) return UNKNOWN;
    const family = await heldFamily(read, { artifacts }, true);
    return family === undefined ? UNKNOWN : inSession(client, family.artifact.payload as SessionBinding);
  }

  async function inSession(client: Client, binding: SessionBinding): Promise<PresentedToken> {
    const { sessionUid, expiresWithSession } = binding;
    if (expiresWithSession !== true || sessionUid === undefined) return { kind: 'offline', client };
    const ends = await deadlines.find(sessionUid, clock.now());
    return ends === undefined ? UNKNOWN : { kind: 'session', client, deadlines: ends };
  }

  return { look: (token) => (token.includes('.') ? lookJwt(token) : lookOpaque(token)) };
}
