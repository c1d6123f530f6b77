import type { Provider } from 'oidc-provider';
import type { AccountStore } from '../domain/accounts/store.ts';
import type { SessionDeadlineStore, SessionDeadlines } from '../domain/sessions/deadline-store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ActiveProvider } from './active-provider.ts';
import { verifyJwtAccessToken } from './jwt-access-tokens.ts';

type Client = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>;

/** Whose access token it is that somebody presents, as far as it is good for anything. */
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
  readonly deadlines: Pick<SessionDeadlineStore, 'find' | 'findAtClient'>;
  readonly clock: Clock;
}

const UNKNOWN: PresentedToken = { kind: 'unknown' };

export function createSessionTokens({
  active,
  accounts,
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
    const { accountId, sessionUid, expiresWithSession } = found;
    if (!(await stillHolds(accountId, client.clientId, found.grantId))) return UNKNOWN;
    if (expiresWithSession !== true || sessionUid === undefined) return { kind: 'offline', client };
    const ends = await deadlines.find(sessionUid, clock.now());
    return ends === undefined ? UNKNOWN : { kind: 'session', client, deadlines: ends };
  }

  async function lookJwt(token: string): Promise<PresentedToken> {
    const { Client, Session, issuer } = active.current;
    const verified = await verifyJwtAccessToken(token, { issuer, keys: active.keys, clock });
    const client = verified && (await Client.find(verified.clientId));
    if (verified === undefined || client === undefined) return UNKNOWN;
    const { sub: accountId, clientId, sid } = verified;
    if (accountId === clientId) return { kind: 'service', client };
    if (sid === undefined) return { kind: 'offline', client };
    const ends = await deadlines.findAtClient({ accountId, clientId, sid }, clock.now());
    // What an opaque token is bound to by its payload, this one is by the session: to what its client has in it.
    const session = ends && (await Session.findByUid(ends.uid));
    if (ends === undefined || session?.sidFor(clientId) !== sid) return UNKNOWN;
    const holds = await stillHolds(accountId, clientId, session.grantIdFor(clientId));
    return holds ? { kind: 'session', client, deadlines: ends } : UNKNOWN;
  }

  return { look: (token) => (token.includes('.') ? lookJwt(token) : lookOpaque(token)) };
}
