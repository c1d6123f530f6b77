import type { Context } from 'koa';
import type { ActiveProvider } from './active-provider.ts';

/** Who is signed in in this browser. */
export interface SignedIn {
  readonly accountId: string;
  readonly sessionUid: string;
  readonly signedInAt: Date;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
}

/** Reads the provider's session for pages of our own. */
export interface Sessions {
  find(ctx: Context): Promise<SignedIn | undefined>;
}

export function createSessions(active: ActiveProvider): Sessions {
  return {
    async find(ctx) {
      const session = await active.current.Session.get(ctx);
      if (session.accountId === undefined || session.uid === undefined) return undefined;
      return {
        accountId: session.accountId,
        sessionUid: session.uid,
        signedInAt: new Date((session.loginTs ?? 0) * 1000),
        acr: session.acr,
        amr: session.amr ?? [],
      };
    },
  };
}
