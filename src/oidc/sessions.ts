import type { Context } from 'koa';
import type { Deadlines } from '../domain/sessions/policy.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import type { ActiveProvider } from './active-provider.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import type { SessionRecords } from './session-records.ts';
import type { SharedWorkstations } from './shared-workstations.ts';

/** Who is signed in in this browser. */
export interface SignedIn {
  readonly accountId: string;
  readonly sessionUid: string;
  readonly signedInAt: Date;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  /** A temporary code stood in for the second factor. */
  readonly byTemporaryCode: boolean;
  /** When it ends, this use of it counted if it is one. */
  readonly deadlines: Deadlines;
  /** At a workstation that people share. */
  readonly shared: boolean;
}

/** Reads the provider's session for pages of our own. */
export interface Sessions {
  /** A person's use of the session: its time without them begins anew, with the request's changes. */
  find(ctx: Context): Promise<SignedIn | undefined>;
  /** No use of it: for scripts, which ask by themselves. */
  peek(ctx: Context): Promise<SignedIn | undefined>;
}

export function createSessions(
  active: ActiveProvider,
  records: Pick<SessionRecords, 'touched'>,
  sharedWorkstations: SharedWorkstations,
): Sessions {
  /** Who is signed in, and what the record says of it. */
  async function look(ctx: Context): Promise<(SignedIn & { readonly wasShared: boolean }) | undefined> {
    const session = await active.current.Session.get(ctx);
    if (session.accountId === undefined || session.uid === undefined) return undefined;
    const { uid: sessionUid } = session;
    const facts = currentUnit()?.part(ARTIFACT_CHANGES).factsOf(sessionUid);
    if (facts === undefined) throw new Error('a session was looked for outside a unit of work');
    const { shared: wasShared, byTemporaryCode, ...deadlines } = facts;
    return {
      accountId: session.accountId,
      sessionUid,
      signedInAt: new Date((session.loginTs ?? 0) * 1000),
      acr: session.acr,
      amr: session.amr ?? [],
      byTemporaryCode,
      deadlines,
      shared: sharedWorkstations({ address: ctx.ip, sessionUid }) !== undefined,
      wasShared,
    };
  }

  return {
    peek: look,
    async find(ctx) {
      const found = await look(ctx);
      if (found === undefined) return undefined;
      const { sessionUid: uid, shared, wasShared } = found;
      const { writes, deadlines } = records.touched(uid, found.deadlines, shared && !wasShared);
      if (writes.length > 0) currentUnit()?.part(ARTIFACT_CHANGES).record(uid, writes);
      return { ...found, deadlines };
    },
  };
}
