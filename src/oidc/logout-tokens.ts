import type { Randomness } from '../kernel/ids.ts';
import type { ActiveProvider } from './active-provider.ts';
import { type EndOfSession, issueLogoutToken } from './internals.ts';

/** Makes what clients are told of the end of a session with. */
export interface LogoutTokens {
  /**
   * A new token, by the client's registration and with the key of this moment; undefined where there is no such client any
   * more. A second attempt gets one of its own: a client that remembers `jti`s would take the same one for a replay and
   * refuse it, whatever became of the first answer.
   */
  issue(clientId: string, ended: EndOfSession): Promise<string | undefined>;
}

export const createLogoutTokens = (active: ActiveProvider, random: Randomness): LogoutTokens => ({
  issue: (clientId, ended) => issueLogoutToken(active.current, clientId, ended, random.uuid()),
});
