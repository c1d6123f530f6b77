import type { KoaContextWithOIDC } from 'oidc-provider';
import { client as clientActor } from '../domain/audit/actor.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import { PENDING_EVENTS } from '../domain/audit/pending-events.ts';
import { sha256 } from '../kernel/crypto.ts';
import { currentUnit, type Write } from '../storage/unit-of-work.ts';
import type { Artifact } from './artifact-store.ts';
import { ARTIFACT_CHANGES, type ArtifactChanges } from './artifacts.ts';
import { leewayOf, mayComeAgain, refreshingRequest } from './refresh-leeway.ts';
import { cameAgain, spendWrites } from './refresh-store.ts';
import type { SessionRecords } from './session-records.ts';

/** What a refresh means for the running request. `refresh-leeway.ts` has the rule of the leeway. */

/**
 * Whether the artefact is a spent refresh token which its own client shows within its leeway, in a session that lasts. As far as this
 * request has read: the writes decide.
 */
export function mayBeReplayed({ payload, consumedAt, line }: Artifact, at: Date): boolean {
  if (consumedAt === undefined || line === undefined) return false;
  const client = refreshingRequest()?.oidc.client;
  return (
    client !== undefined &&
    client.clientId === payload.clientId &&
    leewayOf(client) > 0 &&
    mayComeAgain(line, at) &&
    currentUnit()?.part(ARTIFACT_CHANGES).lookupByUid('Session', String(payload.sessionUid)) != null
  );
}

/** The hash of the refresh token in whose place the request stores another one; undefined where its client has no leeway. */
export function predecessorOf(): Buffer | undefined {
  const oidc = refreshingRequest()?.oidc;
  const rotated = oidc?.entities.RotatedRefreshToken;
  return rotated === undefined || leewayOf(oidc?.client) === 0 ? undefined : sha256(rotated.jti);
}

/** How the refresh token is spent where it is, or may be, one of several; undefined where it is spent as everything else is. */
export function spendingOf(changes: ArtifactChanges, id: string, at: Date): readonly Write[] | undefined {
  const ctx = refreshingRequest();
  const line = changes.lineOf('RefreshToken', id);
  const leewaySeconds = leewayOf(ctx?.oidc.client);
  if (line === undefined || (leewaySeconds === 0 && line.predecessor === undefined)) return undefined;
  const { predecessor } = line;
  const writes = spendWrites({ id, at, leewaySeconds, predecessor });
  return leewaySeconds === 0 ? writes : [...writes, ...replayTold(changes, id)];
}

function replayTold(changes: ArtifactChanges, id: string): Write[] {
  const token = changes.loadedArtifact('RefreshToken', id) ?? {};
  const [account, client, session] = [token.accountId, token.clientId, token.sessionUid].map(String) as [
    string,
    string,
    string,
  ];
  const event = {
    ...{ type: 'token.replayed', outcome: 'success', details: { kind: 'RefreshToken' } },
    ...{ actor: clientActor(client), account, client, session },
  } as AuditEvent;
  return [currentUnit()?.part(PENDING_EVENTS).writeWhere(event, cameAgain) ?? []].flat();
}

/** The provider is about to rotate the token that was presented; always true. Where that puts off the end of the session, it is written. */
export function rotate(ctx: KoaContextWithOIDC, records: Pick<SessionRecords, 'refreshed'>): true {
  const { sessionUid } = ctx.oidc.entities.RefreshToken ?? {};
  const writes = records.refreshed(ctx);
  if (sessionUid !== undefined && writes.length > 0)
    currentUnit()?.part(ARTIFACT_CHANGES).record(sessionUid, writes);
  return true;
}
