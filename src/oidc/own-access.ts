import { person } from '../domain/audit/actor.ts';
import type { Origin } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { ConsentStore } from '../domain/consents/store.ts';
import type { SessionStore } from '../domain/sessions/store.ts';
import type { EndOfAccess } from '../lifecycle/end-of-access.ts';
import type { Database } from '../storage/database.ts';
import type { Access } from './access.ts';

export interface OwnAccessDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly sessionStore: Pick<SessionStore, 'hold'>;
  readonly access: Pick<Access, 'endSession' | 'endForClient'>;
  readonly endOfAccess: EndOfAccess;
  readonly consents: Pick<ConsentStore, 'withdraw'>;
  readonly audit: Pick<AuditLog, 'record'>;
}

/** What people end themselves of what was given in their name, each in one transaction. */
export interface OwnAccess {
  /**
   * Ends one of the person's sessions and what was issued in it. One that has ended is what was asked for; one of somebody else
   * is left as it is.
   */
  endSession(accountId: string, sessionUid: string, origin: Origin): Promise<void>;
  /** "Sign out everywhere". */
  endEverywhere(accountId: string, origin: Origin): Promise<void>;
  /** Ends the session of a browser in which somebody else wants to sign in. */
  signOut(session: { accountId: string; sessionUid: string }, origin: Origin): Promise<void>;
  /** Takes back what the person has allowed a client, with all that it holds for them. Does nothing where that is nothing. */
  withdrawConsent(
    session: { accountId: string; sessionUid: string },
    clientId: string,
    origin: Origin,
  ): Promise<void>;
}

export function createOwnAccess(deps: OwnAccessDependencies): OwnAccess {
  const { database, access } = deps;
  return {
    endSession: (accountId, sessionUid, origin) =>
      database.transaction(async (tx) => {
        const held = await deps.sessionStore.hold(tx, sessionUid);
        if (held?.accountId !== accountId) return;
        await access.endSession(tx, held.uid, 'ended_by_person', { actor: person(accountId), origin });
      }),

    endEverywhere: (accountId, origin) =>
      database.transaction(async (tx) => {
        await deps.endOfAccess.end(tx, accountId, 'signedOutEverywhere', {
          actor: person(accountId),
          origin,
        });
      }),

    signOut: ({ accountId, sessionUid }, origin) =>
      database.transaction(async (tx) => {
        await access.endSession(tx, sessionUid, 'signed_out', { actor: person(accountId), origin });
      }),

    withdrawConsent: ({ accountId, sessionUid }, clientId, origin) =>
      database.transaction(async (tx) => {
        if (!(await deps.consents.withdraw(tx, accountId, clientId))) return;
        await access.endForClient(tx, accountId, clientId);
        await deps.audit.record(tx, {
          type: 'consent.withdrawn',
          outcome: 'success',
          actor: person(accountId),
          account: accountId,
          client: clientId,
          session: sessionUid,
          origin,
          details: {},
        });
      }),
  };
}
