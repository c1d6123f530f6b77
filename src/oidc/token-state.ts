import type { TokenStatusStore } from '../domain/token-status/store.ts';
import { epochSeconds } from '../kernel/clock.ts';
import type { ArtifactStore, Family } from './artifact-store.ts';
import type { OwnAccessToken } from './own-jwts.ts';
import type { Registrations } from './registrations.ts';
import { wordsOf } from './requested-scopes.ts';
import { editionOf, JWT_ACCESS_TOKEN, stillHeld } from './token-records.ts';

/**
 * Whether a JWT access token that verifies is still good for anything. Introspection, the API and whoever else is shown one
 * ask here, so that what one of them takes is what all of them take.
 */

export interface TokenStateDependencies {
  readonly artifacts: Pick<ArtifactStore, 'findFamily'>;
  readonly statuses: Pick<TokenStatusStore, 'isRevoked'>;
  readonly registrations: Registrations;
}

/** What a good token hangs on. */
export type TokenState =
  /** Nothing: a service has it for itself. */
  | { readonly kind: 'service' }
  /** Its record, with the grant, the session and, if wanted, the person. */
  | { readonly kind: 'person'; readonly family: Family };

/** Access tokens of services for themselves are about their client, and hang on nothing else (RFC 9068, section 2.2). */
export const isOfService = ({ claims }: OwnAccessToken): boolean => claims.sub === claims.client_id;

/** What the token hangs on; undefined where it was revoked, or what it hangs on is gone. */
export async function stateOf(
  token: OwnAccessToken,
  deps: TokenStateDependencies,
  withPerson: boolean,
): Promise<TokenState | undefined> {
  if (isOfService(token)) {
    const isGood =
      (await isStillRegistered(token, deps)) && !(await deps.statuses.isRevoked(token.statusIndex));
    return isGood ? { kind: 'service' } : undefined;
  }
  const family = await heldFamily(token, deps, withPerson);
  return family && { kind: 'person', family };
}

/**
 * The record of a person's token and what it hangs on; undefined where any of it is gone. With the person, also where that is
 * nobody who may come in.
 */
export async function heldFamily(
  { claims }: OwnAccessToken,
  { artifacts }: Pick<TokenStateDependencies, 'artifacts'>,
  withPerson: boolean,
): Promise<Family | undefined> {
  const family = await artifacts.findFamily(JWT_ACCESS_TOKEN, claims.jti, withPerson);
  if (family === undefined || !stillHeld(family)) return undefined;
  return withPerson && family.person?.found?.status !== 'active' ? undefined : family;
}

/**
 * Whether client and resource are the ones for which it was issued, not others that were registered since under the same names,
 * and the client may still have each of its scopes there. One that was issued before tokens named their edition goes by its time.
 */
async function isStillRegistered(
  { claims: { client_id: client, aud, scope, jti, iat } }: OwnAccessToken,
  { registrations }: TokenStateDependencies,
): Promise<boolean> {
  const registered = await registrations.find(client, aud);
  if (registered === undefined || registered.scopes.length === 0) return false;
  if (!wordsOf(scope).every((word) => registered.scopes.includes(word))) return false;
  const edition = editionOf(jti);
  if (edition !== undefined) return edition === registered.edition;
  return [registered.clientSince, registered.resourceSince].every((since) => epochSeconds(since) <= iat);
}
