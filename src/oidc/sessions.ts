import type { Context } from 'koa';
import { isWorthWriting } from '../domain/sessions/policy.ts';
import type { Clock } from '../kernel/clock.ts';
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
  /** At a workstation that people share. */
  readonly shared: boolean;
}

/** Reads the provider's session for pages of our own. */
export interface Sessions {
  /** A person's use of the session: its time without them begins anew, with the request's changes. */
  find(ctx: Context): Promise<SignedIn | undefined>;
}

export function createSessions(
  active: ActiveProvider,
  records: Pick<SessionRecords, 'touched'>,
  sharedWorkstations: SharedWorkstations,
  clock: Clock,
): Sessions {
  function touch(uid: string, shared: boolean): void {
    const changes = currentUnit()?.part(ARTIFACT_CHANGES);
    const facts = changes?.factsOf(uid);
    if (facts === undefined) return;
    const becomesShared = shared && !facts.shared;
    if (!becomesShared && !isWorthWriting(facts.lastActiveAt, clock.now())) return;
    changes?.record(uid, [records.touched(uid, becomesShared)]);
  }

  return {
    async find(ctx) {
      const session = await active.current.Session.get(ctx);
      if (session.accountId === undefined || session.uid === undefined) return undefined;
      const { uid: sessionUid } = session;
      const shared = sharedWorkstations({ address: ctx.ip, sessionUid }) !== undefined;
      touch(sessionUid, shared);
      return {
        accountId: session.accountId,
        sessionUid,
        signedInAt: new Date((session.loginTs ?? 0) * 1000),
        acr: session.acr,
        amr: session.amr ?? [],
        shared,
      };
    },
  };
}
