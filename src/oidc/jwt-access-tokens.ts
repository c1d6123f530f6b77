import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { client as clientActor } from '../domain/audit/actor.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import { PENDING_EVENTS } from '../domain/audit/pending-events.ts';
import { insertAuditRows } from '../domain/audit/row-store.ts';
import type { TokenStatusStore } from '../domain/token-status/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { currentUnit, type UnitOfWork, type Write } from '../storage/unit-of-work.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { mayIntrospect } from './introspection.ts';
import { type OwnAccessToken, readOwnAccessToken } from './own-jwts.ts';
import type { Registrations } from './registrations.ts';
import { revokeFamily } from './revocation-store.ts';
import type { InPlaceSigningKey } from './signing.ts';
import { JWT_ACCESS_TOKEN } from './token-records.ts';
import { isOfService, stateOf } from './token-state.ts';

export interface JwtAccessTokens {
  readonly artifacts: Pick<ArtifactStore, 'findFamily'>;
  readonly statuses: Pick<TokenStatusStore, 'isRevoked' | 'revoke'>;
  readonly keys: readonly InPlaceSigningKey[];
  readonly registrations: Registrations;
  readonly clock: Clock;
}

/**
 * Introspection (RFC 7662) and revocation (RFC 7009) of JWT access tokens. The library authenticates the client, finds that the
 * token has a structure, and refuses it. That refusal, of which it tells by its events, is where this begins; without it
 * there is nothing to answer. A JWT that is no access token of ours is an unknown token.
 */
export function answerForJwtAccessTokens(provider: Provider, deps: JwtAccessTokens): void {
  const refused = new WeakSet<KoaContextWithOIDC>();
  const note = (ctx: KoaContextWithOIDC, error: Error) => {
    if (error instanceof errors.UnsupportedTokenType) refused.add(ctx);
  };
  provider.on('introspection.error', note);
  provider.on('revocation.error', note);
  provider.use(async (plain, next) => {
    await next();
    const ctx = plain as KoaContextWithOIDC;
    if (!refused.has(ctx)) return;
    const token = readOwnAccessToken(String(ctx.oidc.params?.token), {
      keys: deps.keys,
      issuer: provider.issuer,
      now: deps.clock.now(),
    });
    ctx.status = 200;
    if (ctx.oidc.route === 'introspection') {
      ctx.body = (token && (await introspect(ctx, token, deps))) ?? { active: false };
      ctx.type = 'json';
    } else {
      if (token !== undefined) await revoke(ctx, token, deps);
      ctx.body = {};
    }
  });
}

/**
 * Gives every revocation that was done the body `{}`. RFC 7009 (section 2.2) leaves the body open; browser libraries such as
 * oidc-client-ts read it as JSON, and take text for a failure. It must come before whatever else answers revocations.
 */
export function answerRevocationsAsJson(provider: Provider): void {
  provider.use(async (ctx, next) => {
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    if (oidc?.route === 'revocation' && ctx.status === 200) ctx.body = {};
  });
}

/** The answer about a token that is active and that the client may be told of; undefined for any other. */
async function introspect(
  ctx: KoaContextWithOIDC,
  token: OwnAccessToken,
  deps: JwtAccessTokens,
): Promise<object | undefined> {
  const { client } = ctx.oidc;
  const { status: _status, ...claims } = token.claims;
  const clientId = claims.client_id;
  if (client === undefined || !(await mayIntrospect(ctx, client, { clientId }))) return undefined;
  const state = await stateOf(token, deps, false);
  if (state === undefined) return undefined;
  // RFC 9449, section 6.2.
  const active = { ...claims, active: true, token_type: 'cnf' in claims ? 'DPoP' : 'Bearer' };
  if (state.kind === 'service') return active;
  const { sid } = state.family.artifact.payload;
  return { ...active, ...(typeof sid === 'string' ? { sid } : {}) };
}

const REVOKED = 'revoked_by_client';

/**
 * Ends the token, and what hangs on its grant, as the provider does it for an opaque one. Also where its session is over and
 * was not swept yet: the list is to say so at once.
 */
async function revoke(ctx: KoaContextWithOIDC, token: OwnAccessToken, deps: JwtAccessTokens): Promise<void> {
  const { claims, statusIndex } = token;
  if (claims.client_id !== ctx.oidc.client?.clientId) return;
  const unit = currentUnit();
  if (unit === undefined) throw new Error('a token was revoked outside a unit of work');
  if (isOfService(token)) {
    const write = deps.statuses.revoke(statusIndex, new Date(claims.exp * 1000), REVOKED);
    unit.add(write, tellOfRevocation(unit, eventOf(token)));
    return;
  }
  const family = await deps.artifacts.findFamily(JWT_ACCESS_TOKEN, claims.jti, false);
  if (family === undefined) return;
  const { grantId, accountId } = family.artifact.payload;
  const write = revokeFamily(String(grantId), REVOKED);
  unit.add(write, tellOfRevocation(unit, eventOf(token, String(accountId))));
}

/** Of several that revoke one token at the same moment, one has done it. */
function tellOfRevocation(unit: UnitOfWork, event: AuditEvent): Write {
  const rows = JSON.stringify(unit.part(PENDING_EVENTS).prepare(event));
  return {
    sql: (parameter) => `${insertAuditRows(parameter(rows))} where exists (select from ${REVOKED})`,
  };
}

/** `account`: whose token it is; none for one of a service itself. */
const eventOf = ({ claims: { client_id: client } }: OwnAccessToken, account?: string): AuditEvent => ({
  type: 'token.revoked',
  outcome: 'success',
  actor: clientActor(client),
  client,
  ...(account === undefined ? {} : { account }),
  details: { kind: account === undefined ? 'client_credentials' : 'access_token' },
});
