/** Who may decide about an act that waits for a second person. Pure. */

/** For how long a request waits, in seconds. */
export const WAITS_SECONDS = 86_400;

/** For how long what was asked, and what came of it, is kept after that, in seconds. */
export const KEPT_SECONDS = 7 * 86_400;

export type ApprovalState = 'waiting' | 'done' | 'declined' | 'withdrawn' | 'expired';

export interface Asker {
  readonly kind: 'person' | 'client' | 'command';
  /** Id of the account or client, or the user of the operating system. */
  readonly id: string;
}

export interface Decision {
  readonly asker: Asker;
  /** The account that the act is about. */
  readonly account: string | undefined;
  /** The owners of the client that asks. */
  readonly ownersOfAsker: readonly string[];
}

/**
 * Why this person is no second one: `asker`, `target` (or who gains by it), `owner` of the client that asks; undefined where they may
 * decide, if they may do the act at all.
 */
export function whyNotSecond(accountId: string, { asker, account, ownersOfAsker }: Decision) {
  if (asker.kind === 'person' && asker.id === accountId) return 'asker';
  if (account === accountId) return 'target';
  if (asker.kind === 'client' && ownersOfAsker.includes(accountId)) return 'owner';
  return undefined;
}
