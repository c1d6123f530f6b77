import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ConsentStore, Granted } from '../domain/consents/store.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import { isFirstParty, mayStayOffline } from './client-traits.ts';
import { requestedOf } from './requested-scopes.ts';
import { isTest } from './test-requests.ts';

type Grant = InstanceType<Provider['Grant']>;

/**
 * The grant under which this session's tokens for this client are issued: the session's own, or a new one made from
 * what the person has consented to before. One grant a session and client, so that ending a session ends its tokens and
 * nobody else's; the memory of the consent is the consent's own record.
 *
 * None where the session is too old to be used (`outlivesHere`): with a grant the provider counts the client among those of the
 * session, whatever it then answers, and the limits of the client would end it for all others.
 */
export function loadExistingGrant(
  consents: ConsentStore,
  outlivesHere: (ctx: KoaContextWithOIDC) => boolean,
): NonNullable<Configuration['loadExistingGrant']> {
  return async (ctx) => {
    const { client, session, account, provider } = ctx.oidc;
    if (client === undefined || account === undefined || session === undefined) return undefined;
    if (outlivesHere(ctx)) return undefined;

    // A test has a grant of its own, which ends with it: what the client really holds in this session stays.
    const known = isTest(ctx)
      ? (ctx.oidc.entities.Interaction as { grantId?: string } | undefined)?.grantId
      : session.grantIdFor(client.clientId);
    const decided = ctx.oidc.result?.consent?.grantId ?? known;
    const existing = decided === undefined ? undefined : await provider.Grant.find(decided);
    const firstParty = isFirstParty(client);
    const granted = firstParty ? requestedOf(ctx) : await consents.find(account.accountId, client.clientId);
    // A grant of somebody else who used this browser before is not this person's.
    const own = existing?.accountId === account.accountId ? existing : undefined;
    if (granted === undefined) return withoutOffline(own, client);

    if (!firstParty) currentUnit()?.add(consents.stillThere(account.accountId, client.clientId));
    const grant = own ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    const added = addTo(grant, granted);
    if (refuseOffline(grant, client) || added || own === undefined) await grant.save();
    return grant;
  };
}

const OFFLINE = 'offline_access';

/**
 * A client that may not have offline access is refused it in the grant, whatever was asked for and allowed: it is left out of
 * what is issued (OpenID Connect Core, section 11). True when that changed the grant.
 */
function refuseOffline(grant: Grant, client: object): boolean {
  if (mayStayOffline(client) || grant.getRejectedOIDCScope().split(' ').includes(OFFLINE)) return false;
  grant.rejectOIDCScope(OFFLINE);
  return true;
}

async function withoutOffline(grant: Grant | undefined, client: object): Promise<Grant | undefined> {
  if (grant !== undefined && refuseOffline(grant, client)) await grant.save();
  return grant;
}

/** Adds what the grant does not have yet; true when that changed it. */
export function addTo(grant: Grant, granted: Granted): boolean {
  const before = JSON.stringify([grant.openid, grant.resources]);
  if (granted.scopes.length > 0) grant.addOIDCScope(granted.scopes.join(' '));
  if (granted.claims.length > 0) grant.addOIDCClaims([...granted.claims]);
  for (const [identifier, scopes] of Object.entries(granted.resources)) {
    if (scopes.length > 0) grant.addResourceScope(identifier, scopes.join(' '));
  }
  return JSON.stringify([grant.openid, grant.resources]) !== before;
}
