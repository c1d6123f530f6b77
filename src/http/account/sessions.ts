import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { isStorable } from '../../kernel/text.ts';
import type { OwnFactors } from '../../lifecycle/own-factors.ts';
import type { OwnAccess } from '../../oidc/own-access.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { openSessionsOnPage, type SessionListing } from '../pages/sessions-on-page.ts';
import type { AccountViews } from './views.ts';
import { SESSION_FORMS, visitorOf, visitorOrSignIn } from './visitor.ts';

export interface AccountSessionsDependencies extends SessionListing {
  readonly issuer: string;
  readonly sessions: Sessions;
  readonly ownAccess: Pick<OwnAccess, 'endSession' | 'endEverywhere'>;
  readonly ownFactors: Pick<OwnFactors, 'endOtherSessions'>;
  readonly accounts: AccountStore;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly pages: Pages<AccountViews>;
  readonly bodyLimitBytes: number;
}

export const SESSIONS_PAGE = '/account/sessions';
/** Pages that ask first, and where they post to. */
const END_ALL = `${SESSIONS_PAGE}/end-all`;
export const END_OTHERS = `${SESSIONS_PAGE}/end-others`;

/** What a button leads back with. */
const NOTICES = { ended: 'session_ended', 'others-ended': 'others_ended' } as const;

/** Where the protocol's own sign-out ends as well. */
const SIGNED_OUT = '/logout/success';

const allForm = z.object({ csrf: z.string().max(200) });
const oneForm = allForm.extend({ session: z.string().min(1).max(200).refine(isStorable) });

/** `/account/sessions`: where people are signed in, and how they end sessions of theirs (OWASP ASVS 7.5.2). */
export function accountSessionsRoutes(router: Router, deps: AccountSessionsDependencies): void {
  const { ownAccess, csrf } = deps;

  router.get('/account/sessions', async (ctx) => {
    const visitor = await visitorOrSignIn(ctx, SESSIONS_PAGE, deps);
    if (visitor === undefined) return;
    const { account, session } = visitor;
    const { done } = ctx.query;
    const sessions = await openSessionsOnPage(account.id, session.sessionUid, deps);
    ctx.state.accountLocale = account.locale;
    await deps.pages.render(ctx, 'account-sessions', {
      csrfToken: csrf.token(SESSION_FORMS, session.sessionUid),
      ...(account.zoneinfo === undefined ? {} : { zoneinfo: account.zoneinfo }),
      sessions,
      endSessionAction: '/account/sessions/end',
      ...(sessions.length > 1 ? { endOthersHref: END_OTHERS } : {}),
      endAllHref: END_ALL,
      ...(typeof done === 'string' && Object.hasOwn(NOTICES, done)
        ? { notice: NOTICES[done as keyof typeof NOTICES] }
        : {}),
    });
  });

  // Ask first, and change nothing: a link cannot sign anybody out.
  router.get('/account/sessions/end-all', (ctx) => ask(ctx, 'all'));
  router.get('/account/sessions/end-others', (ctx) => ask(ctx, 'others'));

  async function ask(ctx: Context, which: 'all' | 'others'): Promise<void> {
    const visitor = await visitorOrSignIn(ctx, SESSIONS_PAGE, deps);
    if (visitor === undefined) return;
    const { account, session } = visitor;
    const open = (await deps.sessionStore.openOf(account.id, deps.clock.now())).length;
    ctx.state.accountLocale = account.locale;
    await deps.pages.render(ctx, 'account-sign-out', {
      csrfToken: csrf.token(SESSION_FORMS, session.sessionUid),
      which,
      count: which === 'all' ? open : Math.max(0, open - 1),
      action: which === 'all' ? END_ALL : END_OTHERS,
      backHref: SESSIONS_PAGE,
    });
  }

  router.post('/account/sessions/end', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, SESSIONS_PAGE);
    const { session, account } = visitor;
    const form = await readForm(ctx, oneForm, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, form.csrf);
    await ownAccess.endSession(account.id, form.session, originOf(ctx));
    seeOther(ctx, form.session === session.sessionUid ? SIGNED_OUT : `${SESSIONS_PAGE}?done=ended`);
  });

  router.post('/account/sessions/end-all', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, SESSIONS_PAGE);
    const { session, account } = visitor;
    const form = await readForm(ctx, allForm, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, form.csrf);
    await ownAccess.endEverywhere(account.id, originOf(ctx));
    seeOther(ctx, SIGNED_OUT);
  });

  // Takes rights away and gives none: whoever is signed in may do it, as they may sign out.
  router.post('/account/sessions/end-others', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, SESSIONS_PAGE);
    const { session, account } = visitor;
    const form = await readForm(ctx, allForm, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, form.csrf);
    const by = { session: session.sessionUid, origin: originOf(ctx) };
    await deps.ownFactors.endOtherSessions(account, by);
    seeOther(ctx, `${SESSIONS_PAGE}?done=others-ended`);
  });
}
