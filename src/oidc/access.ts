import type { Executor } from '../storage/database.ts';
import type { Write } from '../storage/unit-of-work.ts';
import {
  forgetInteractions,
  revokeAllAccess,
  revokeAllOfClient,
  revokeClientAccess,
  revokeOtherAccess,
} from './revocation-store.ts';

/** Takes back what was given: sessions, grants, codes and tokens that are kept here. */
export interface Access {
  /** Ends every session of the account and everything issued in them. */
  endAll(executor: Executor, accountId: string): Promise<void>;
  /** The same, but for one session and what was issued in it. */
  endOthers(executor: Executor, accountId: string, sessionUid: string): Promise<void>;
  /** Forgets sign-ins under way in which the account, or its address (normalised) as a hint, is named. */
  forgetInteractions(executor: Executor, account: { id: string; identifier: string }): Promise<void>;
  /** Ends what a client holds for the account. */
  endForClient(executor: Executor, accountId: string, clientId: string): Promise<void>;
  /** Ends everything that a client holds for anybody. */
  endAllOfClient(executor: Executor, clientId: string): Promise<void>;
}

export function createAccess(): Access {
  const run = async (executor: Executor, write: Write) => {
    const values: unknown[] = [];
    const text = write.sql((value) => `$${values.push(value)}`);
    await executor.query(text, values);
  };
  return {
    endAll: (executor, accountId) => run(executor, revokeAllAccess(accountId)),
    endOthers: (executor, accountId, sessionUid) => run(executor, revokeOtherAccess(accountId, sessionUid)),
    forgetInteractions: (executor, account) => run(executor, forgetInteractions(account)),
    endForClient: (executor, accountId, clientId) => run(executor, revokeClientAccess(accountId, clientId)),
    endAllOfClient: (executor, clientId) => run(executor, revokeAllOfClient(clientId)),
  };
}
