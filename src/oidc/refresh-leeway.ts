import { type KoaContextWithOIDC, Provider } from 'oidc-provider';

/**
 * A client's leeway for refresh tokens: two tabs of one application refresh at the same moment, or the answer is lost on the way.
 * Within it the token that was rotated last may come again, twice at most, and each time has a successor more. The first of these
 * siblings that is used becomes the line; then the others, and the token that they came of, are as spent as any, and whoever uses
 * one ends the family (RFC 9700, section 4.14.2). Pure; `refresh-store.ts` decides the same in PostgreSQL.
 */

/** How often a spent token may come again. */
export const MOST_REPLAYS = 2;

/** What a refresh token knows of its line. */
export interface RefreshLine {
  /** The hash of the token whose successor it is, where that may have several. */
  readonly predecessor: Buffer | undefined;
  /** Until when it may come again, once it is spent; undefined where its client had no leeway then. */
  readonly replayUntil: Date | undefined;
  readonly replays: number;
  /** One of its successors was used. */
  readonly succeeded: boolean;
}

/** Whether a token that is spent may come again at that time. */
export const mayComeAgain = ({ replayUntil, replays, succeeded }: RefreshLine, at: Date): boolean =>
  replayUntil !== undefined && at < replayUntil && replays < MOST_REPLAYS && !succeeded;

/** The leeway of a client, in seconds; 0 where it has none. */
export function leewayOf(client: object | undefined): number {
  const { refresh_token_leeway_seconds: seconds = 0 } = (client ?? {}) as {
    refresh_token_leeway_seconds?: number;
  };
  return seconds;
}

/** The request in which a client shows a refresh token to be given another one; undefined in every other. */
export function refreshingRequest(): KoaContextWithOIDC | undefined {
  const { ctx } = Provider;
  return ctx?.oidc.route === 'token' && ctx.oidc.params?.grant_type === 'refresh_token' ? ctx : undefined;
}
