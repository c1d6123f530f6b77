import type { KoaContextWithOIDC } from 'oidc-provider';
import { currentUnit } from '../storage/unit-of-work.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';

/** Whether a temporary code stood in for the second factor of the session, as this request has read it. */
export const isByTemporaryCode = (sessionUid: string | undefined): boolean =>
  sessionUid !== undefined &&
  currentUnit()?.part(ARTIFACT_CHANGES).factsOf(sessionUid)?.byTemporaryCode === true;

/** The same of the sign-in that the request makes a session of; undefined where it makes none. */
export function signsInByTemporaryCode(ctx: KoaContextWithOIDC | undefined): boolean | undefined {
  const { login, byTemporaryCode } = (ctx?.oidc.result ?? {}) as {
    login?: unknown;
    byTemporaryCode?: boolean;
  };
  return login === undefined ? undefined : byTemporaryCode === true;
}

/**
 * Whether what a client is given ends with the session. Everything does that was not granted for the person's absence; and
 * where somebody was let in for one session, that too.
 */
export const endsWithSession = (ctx: KoaContextWithOIDC, scopes: ReadonlySet<string>): boolean =>
  !scopes.has('offline_access') || (signsInByTemporaryCode(ctx) ?? isByTemporaryCode(ctx.oidc.session?.uid));
