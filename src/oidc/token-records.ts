import { type Configuration, errors } from 'oidc-provider';
import type { StatusIndexes } from '../domain/token-status/indexes.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import type { Family, Payload } from './artifact-store.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import type { Registrations } from './registrations.ts';
import { wordsOf } from './requested-scopes.ts';
import { referenceTo } from './status-reference.ts';

/**
 * The kind of record that a JWT access token has among the provider's artefacts, under its `jti`. Not the kind of an opaque
 * one: a service that is shown a token learns the `jti`, and must not be able to use that as a token.
 */
export const JWT_ACCESS_TOKEN = 'JwtAccessToken';

type JwtCustomizer = NonNullable<NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']>;

/** Between the id of a service's token, which has no such character, and the edition of its registration. */
const BEFORE_EDITION = '.';

/** By which registration a token of a service itself was issued; undefined for one that does not say. */
export const editionOf = (jti: string): string | undefined => jti.split(BEFORE_EDITION)[1];

/**
 * Gives each JWT access token its place on a status list, and keeps what one for a person hangs on: whatever ends the grant, the
 * session or the account ends it like an opaque one, as does the end of its resource or of its scope there. It is stored with
 * everything else that the request issues. One for a service itself hangs on nothing and has no record: it costs no statement,
 * and names in its id the edition of the registration by which it was issued.
 */
export function trackJwtAccessTokens(
  issuer: string,
  indexes: StatusIndexes,
  registrations: Registrations,
): JwtCustomizer {
  return async (_ctx, token, { payload }) => {
    const statusIndex = await indexes.take();
    payload.status = referenceTo(issuer, statusIndex);
    const resource = String(payload.aud);
    const registration = await registrations.find(String(token.clientId), resource);
    if (registration === undefined) throw new errors.InvalidTarget();
    if (token.kind !== 'AccessToken') {
      payload.jti = `${payload.jti}${BEFORE_EDITION}${registration.edition}`;
      return;
    }
    const { jti, accountId, clientId, grantId, sessionUid, expiresWithSession, sid, scope } = token;
    const unit = currentUnit();
    if (unit === undefined) throw new Error('an access token was issued outside a unit of work');
    const holder = { accountId, clientId, grantId, sessionUid, expiresWithSession, sid };
    const record = { ...holder, resource, scope, statusIndex };
    const expiresAt = new Date(Number(payload.exp) * 1000);
    const changes = unit.part(ARTIFACT_CHANGES);
    const held = registration.holds(wordsOf(scope));
    if (held !== undefined) changes.guard(held);
    changes.upsert(JWT_ACCESS_TOKEN, jti, record, expiresAt);
  };
}

/** Whether what a token hangs on is still there: the rule by which the provider lets an opaque one pass. Pure. */
export function stillHeld({ artifact: { payload: token }, grant, session }: Family): boolean {
  const given = grant?.found?.payload;
  if (given?.clientId !== token.clientId || given?.accountId !== token.accountId) return false;
  if (token.expiresWithSession !== true) return true;
  const open = session?.found?.payload;
  const { [String(token.clientId)]: used } = (open?.authorizations ?? {}) as Record<string, Payload>;
  return open?.accountId === token.accountId && used?.grantId === token.grantId;
}
