import type { Context } from 'koa';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { Sessions, SignedIn } from '../oidc/sessions.ts';
import type { Csrf } from './csrf.ts';
import { offerSwitch, ownPageOf } from './switch-person.ts';

/** Who looks at a page of their own. */
export interface Visitor {
  readonly session: SignedIn;
  readonly account: Account;
}

/**
 * The person who is signed in in this browser and still may be. At a workstation that people share, the page offers to make
 * room for the next.
 */
export async function visitorOf(
  ctx: Context,
  {
    sessions,
    accounts,
    csrf,
  }: {
    readonly sessions: Sessions;
    readonly accounts: Pick<AccountStore, 'findById'>;
    readonly csrf: Csrf;
  },
): Promise<Visitor | undefined> {
  const session = await sessions.find(ctx);
  const account = session === undefined ? undefined : await accounts.findById(session.accountId);
  if (session === undefined || account?.status !== 'active') return undefined;
  if (session.shared) {
    offerSwitch(ctx, csrf, session.sessionUid, { action: '/account/switch', page: ownPageOf(ctx.path) });
  }
  return { session, account };
}
