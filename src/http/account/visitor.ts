import type { Context } from 'koa';
import type { Account, AccountStore } from '../../domain/accounts/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';
import { type OwnPage, signInUrl } from '../../oidc/own-pages.ts';
import type { Sessions, SignedIn } from '../../oidc/sessions.ts';
import type { Csrf } from '../kit/csrf.ts';
import { seeOther } from '../kit/redirects.ts';
import { offerSwitch, ownPageOf } from '../kit/switch-offer.ts';
import type { SessionOnEveryPage } from '../pages/on-page.ts';

/** Somebody who looks at the pages of their own account. */
export interface Visitor {
  readonly session: SignedIn;
  readonly account: Account;
}

export interface VisitorDependencies {
  readonly sessions: Pick<Sessions, 'find'>;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly csrf: Csrf;
}

/** Of the forms by which people end sessions of theirs, and say that they are still there. */
export const SESSION_FORMS = 'account';

/** Where the script of a page says in which zone its browser is. */
export const ZONE_ACTION = '/account/zone';

/**
 * The person who is signed in in this browser and still may be. The page that they get says when that ends and, at a workstation
 * that people share, offers to sign out for the next person.
 */
export async function visitorOf(
  ctx: Context,
  { sessions, accounts, csrf }: VisitorDependencies,
): Promise<Visitor | undefined> {
  const session = await sessions.find(ctx);
  const account = session === undefined ? undefined : await accounts.findById(session.accountId);
  if (session === undefined || account?.status !== 'active') return undefined;
  ctx.state.session = {
    id: session.sessionUid,
    endsAt: session.deadlines.idleExpiresAt,
    csrfToken: csrf.token(SESSION_FORMS, session.sessionUid),
    ...(account.zoneinfo === undefined ? { zoneAction: ZONE_ACTION } : { zoneinfo: account.zoneinfo }),
  } satisfies SessionOnEveryPage;
  if (session.shared) {
    offerSwitch(ctx, csrf, session.sessionUid, { action: '/account/switch', page: ownPageOf(ctx.path) });
  }
  return { session, account };
}

/** Whether the browser is back from a sign-in, with its parameters: told apart from a first visit, so that it cannot loop. */
const isBack = (ctx: Context): boolean => ctx.query.iss !== undefined || ctx.query.error !== undefined;

/**
 * The visitor of a page; undefined when the browser is on its way to sign in, or was brought back to the bare address. Throws
 * `access_denied` when it comes back without being signed in.
 */
export async function visitorOrSignIn(
  ctx: Context,
  page: OwnPage,
  deps: VisitorDependencies & { readonly issuer: string; readonly random: Randomness },
): Promise<Visitor | undefined> {
  const visitor = await visitorOf(ctx, deps);
  if (visitor !== undefined && !isBack(ctx)) return visitor;
  if (visitor === undefined && isBack(ctx)) {
    throw new GatehouseError('access_denied', { status: 403, message: 'The sign-in was not completed.' });
  }
  seeOther(ctx, visitor === undefined ? signInUrl(deps.issuer, page, newToken(deps.random, 16)) : page);
  return undefined;
}
