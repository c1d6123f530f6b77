import type { KoaContextWithOIDC } from 'oidc-provider';
import { client as clientActor, person } from '../domain/audit/actor.ts';
import type { AuditActor } from '../domain/audit/events.ts';

/**
 * Of a request that is refused: somebody who is signed in, or a client that has proven who it is. A client that is only named, and
 * the person of a code or token that may be stolen, have not acted.
 */
function provenActor(ctx: KoaContextWithOIDC, error?: object): AuditActor | undefined {
  const { session, client, route } = ctx.oidc;
  if (session?.accountId !== undefined) return person(session.accountId);
  const isProven =
    client !== undefined &&
    client.clientAuthMethod !== 'none' &&
    !FRONT_CHANNEL.has(route) &&
    (error as { error?: string } | undefined)?.error !== 'invalid_client';
  return isProven ? clientActor(client.clientId) : undefined;
}

/** The same as a part of an event. */
export function byProvenActor(ctx: KoaContextWithOIDC, error?: object): { readonly actor?: AuditActor } {
  const actor = provenActor(ctx, error);
  return actor === undefined ? {} : { actor };
}

/** Where no client authenticates itself: browsers come there, and anybody can send one. */
const FRONT_CHANNEL: ReadonlySet<string> = new Set([
  'authorization',
  'resume',
  'code_verification',
  'device_resume',
  'end_session',
  'end_session_confirm',
  'userinfo',
]);
