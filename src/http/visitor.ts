import type { Context } from 'koa';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { Sessions, SignedIn } from '../oidc/sessions.ts';

/** Who looks at a page of their own. */
export interface Visitor {
  readonly session: SignedIn;
  readonly account: Account;
}

/** The person who is signed in in this browser and still may be. */
export async function visitorOf(
  ctx: Context,
  { sessions, accounts }: { sessions: Sessions; accounts: Pick<AccountStore, 'findById'> },
): Promise<Visitor | undefined> {
  const session = await sessions.find(ctx);
  const account = session === undefined ? undefined : await accounts.findById(session.accountId);
  if (session === undefined || account?.status !== 'active') return undefined;
  return { session, account };
}
