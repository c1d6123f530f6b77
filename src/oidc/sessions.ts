import type { Context } from 'koa';
import { afterUse, type Deadlines, isWorthWriting } from '../domain/sessions/policy.ts';
import type { Clock } from '../kernel/clock.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import type { ActiveProvider } from './active-provider.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import type { SessionRecords } from './session-records.ts';

/** Who is signed in in this browser. */
export interface SignedIn {
  readonly accountId: string;
  readonly sessionUid: string;
  readonly signedInAt: Date;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  /** When it ends, this use of it counted if it is one. */
  readonly deadlines: Deadlines;
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
  clock: Clock,
): Sessions {
  async function peek(ctx: Context): Promise<SignedIn | undefined> {
    const session = await active.current.Session.get(ctx);
    if (session.accountId === undefined || session.uid === undefined) return undefined;
    const deadlines = currentUnit()?.part(ARTIFACT_CHANGES).deadlinesOf(session.uid);
    if (deadlines === undefined) throw new Error('a session was looked for outside a unit of work');
    return {
      accountId: session.accountId,
      sessionUid: session.uid,
      signedInAt: new Date((session.loginTs ?? 0) * 1000),
      acr: session.acr,
      amr: session.amr ?? [],
      deadlines,
    };
  }

  return {
    peek,
    async find(ctx) {
      const found = await peek(ctx);
      const now = clock.now();
      if (found === undefined || !isWorthWriting(found.deadlines.lastActiveAt, now)) return found;
      const { sessionUid: uid, deadlines } = found;
      currentUnit()
        ?.part(ARTIFACT_CHANGES)
        .record(uid, [records.touched(uid)]);
      return { ...found, deadlines: afterUse(deadlines, now) };
    },
  };
}
