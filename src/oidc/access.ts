import type { Executor } from '../storage/database.ts';
import {
  type EnqueueLogouts,
  execute,
  forgetInteractions,
  revokeAllAccess,
  revokeAllOfClient,
  revokeAndTell,
  revokeClientAndTell,
  revokeOtherAccess,
} from './revocation-store.ts';

/** Takes back what was given: sessions, grants, codes and tokens that are kept here. Clients are told once it is committed. */
export interface Access {
  /** Ends every session of the account and everything issued in them. */
  endAll(executor: Executor, accountId: string): Promise<void>;
  /** The same, but for one session and what was issued in it. */
  endOthers(executor: Executor, accountId: string, sessionUid: string): Promise<void>;
  /** Forgets sign-ins under way in which the account, or its address (normalised) as a hint, is named. */
  forgetInteractions(executor: Executor, account: { id: string; identifier: string }): Promise<void>;
  /** Ends what a client holds for the account. */
  endForClient(executor: Executor, accountId: string, clientId: string): Promise<void>;
  /** Ends everything that a client holds for anybody. It is not told: it is no client any more. */
  endAllOfClient(executor: Executor, clientId: string): Promise<void>;
}

export function createAccess(enqueue: EnqueueLogouts): Access {
  return {
    endAll: (executor, accountId) => revokeAndTell(executor, revokeAllAccess(accountId), enqueue),
    endOthers: (executor, accountId, sessionUid) =>
      revokeAndTell(executor, revokeOtherAccess(accountId, sessionUid), enqueue),
    forgetInteractions: (executor, account) => execute(executor, forgetInteractions(account).sql),
    endForClient: (executor, accountId, clientId) =>
      revokeClientAndTell(executor, { accountId, clientId }, enqueue),
    endAllOfClient: (executor, clientId) => execute(executor, revokeAllOfClient(clientId).sql),
  };
}
