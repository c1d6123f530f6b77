import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import type { EndReason } from '../domain/sessions/policy.ts';
import {
  type EndedBy,
  type HeldSession,
  type SessionEndings,
  type SessionStore,
  usesOf,
} from '../domain/sessions/store.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites } from '../storage/unit-of-work.ts';
import {
  forgetInteractions,
  type NamedAccount,
  revokeAllAccess,
  revokeAllOfClient,
  revokeClientAccess,
  revokeOtherAccess,
} from './revocation-store.ts';
import type { Terminations } from './terminations.ts';

/** Takes back what was given: sessions, grants, codes and tokens that are kept here. Best in a transaction. */
export interface Access extends SessionEndings {
  /** Ends one session and what was issued in it; answers the session, or undefined when it had ended. */
  endSession(
    executor: Executor,
    sessionUid: string,
    reason: EndReason,
    by: EndedBy,
  ): Promise<HeldSession | undefined>;
  /** Forgets sign-ins under way in which the account is named, or its address or user name as a hint. */
  forgetInteractions(executor: Executor, account: NamedAccount): Promise<void>;
  /** Ends what a client holds for the account, and tells it that the person's sessions there are over. */
  endForClient(executor: Executor, accountId: string, clientId: string): Promise<void>;
  /** Ends everything that a client holds for anybody. It is not told: it is no client any more. */
  endAllOfClient(executor: Executor, clientId: string): Promise<void>;
}

export interface AccessDependencies {
  readonly sessionStore: Pick<SessionStore, 'hold' | 'holdAll'>;
  readonly terminations: Pick<Terminations, 'end'>;
  readonly logouts: Pick<LogoutDeliveries, 'enqueue'>;
}

export function createAccess({ sessionStore, terminations, logouts }: AccessDependencies): Access {
  const because = (sessions: readonly HeldSession[], reason: EndReason) =>
    sessions.map((session) => ({ ...session, reason }));
  return {
    async endAll(executor, accountId, reason, by) {
      const sessions = await sessionStore.holdAll(executor, accountId);
      await terminations.end(executor, because(sessions, reason), by, [revokeAllAccess(accountId)]);
    },

    async endOthers(executor, accountId, sessionUid, reason, by) {
      const others = await sessionStore.holdAll(executor, accountId, sessionUid);
      const taking = [revokeOtherAccess(accountId, sessionUid)];
      await terminations.end(executor, because(others, reason), by, taking);
    },

    async endSession(executor, sessionUid, reason, by) {
      const session = await sessionStore.hold(executor, sessionUid);
      if (session !== undefined) await terminations.end(executor, [{ ...session, reason }], by);
      return session;
    },

    forgetInteractions: (executor, account) => commitWrites(executor, [forgetInteractions(account)]),
    endForClient: (executor, accountId, clientId) =>
      commitWrites(executor, [
        revokeClientAccess(accountId, clientId),
        logouts.enqueue(usesOf(accountId, clientId)),
      ]),
    endAllOfClient: (executor, clientId) => commitWrites(executor, [revokeAllOfClient(clientId)]),
  };
}
