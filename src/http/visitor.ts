import type { Context } from 'koa';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { newToken, type Randomness } from '../kernel/ids.ts';
import { type OwnPage, signInUrl } from '../oidc/own-pages.ts';
import type { Sessions, SignedIn } from '../oidc/sessions.ts';
import type { Csrf } from './csrf.ts';
import { seeOther } from './leaving.ts';
import { offerSwitch, ownPageOf } from './switch-person.ts';

/** Who looks at a page of their own. */
export interface Visitor {
  readonly session: SignedIn;
  readonly account: Account;
}

export interface VisitorDependencies {
  readonly sessions: Sessions;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly csrf: Csrf;
}

/**
 * The person who is signed in in this browser and still may be. At a workstation that people share, the page offers to make
 * room for the next.
 */
export async function visitorOf(
  ctx: Context,
  { sessions, accounts, csrf }: VisitorDependencies,
): Promise<Visitor | undefined> {
  const session = await sessions.find(ctx);
  const account = session === undefined ? undefined : await accounts.findById(session.accountId);
  if (session === undefined || account?.status !== 'active') return undefined;
  if (session.shared) {
    offerSwitch(ctx, csrf, session.sessionUid, { action: '/account/switch', page: ownPageOf(ctx.path) });
  }
  return { session, account };
}

/**
 * The visitor of one of our own pages; undefined where the browser is on its way to the sign-in, from which it comes back
 * here. Throws `access_denied` (403) where it has come back without.
 */
export async function visitorAt(
  ctx: Context,
  deps: VisitorDependencies & { readonly issuer: string; readonly random: Randomness },
  page: OwnPage,
): Promise<Visitor | undefined> {
  // Back from the sign-in, with its parameters: told apart from a first visit, so that a browser cannot loop.
  const back = ctx.query.iss !== undefined || ctx.query.error !== undefined;
  const visitor = await visitorOf(ctx, deps);
  if (visitor !== undefined && !back) return visitor;
  if (visitor === undefined && back) {
    throw new GatehouseError('access_denied', { status: 403, message: 'The sign-in was not completed.' });
  }
  seeOther(ctx, back ? page : signInUrl(deps.issuer, page, newToken(deps.random, 16)));
  return undefined;
}
