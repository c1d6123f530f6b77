import type Router from '@koa/router';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { isStorable } from '../../kernel/text.ts';
import type { OwnAccess } from '../../oidc/own-access.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { originOf } from '../kit/context.ts';
import { type Csrf, SESSION_FORMS } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { visitorOf } from './visitor.ts';

export interface AccountSessionsDependencies {
  readonly sessions: Sessions;
  readonly ownAccess: Pick<OwnAccess, 'endSession' | 'endEverywhere'>;
  readonly accounts: AccountStore;
  readonly csrf: Csrf;
  readonly bodyLimitBytes: number;
}

/** Where the protocol's own sign-out ends as well. */
const SIGNED_OUT = '/logout/success';

const allForm = z.object({ csrf: z.string().max(200) });
const oneForm = allForm.extend({ session: z.string().min(1).max(200).refine(isStorable) });

/** The buttons by which people end sessions of theirs, on their own page (OWASP ASVS 7.5.2). */
export function accountSessionsRoutes(router: Router, deps: AccountSessionsDependencies): void {
  const { ownAccess, csrf } = deps;

  router.post('/account/sessions/end', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    // Of a second click the first has signed out.
    if (visitor === undefined) return seeOther(ctx, SIGNED_OUT);
    const { session, account } = visitor;
    const form = await readForm(ctx, oneForm, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, form.csrf);
    await ownAccess.endSession(account.id, form.session, originOf(ctx));
    seeOther(ctx, form.session === session.sessionUid ? SIGNED_OUT : '/account?done=session-ended');
  });

  router.post('/account/sessions/end-all', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    // Of a second click the first has signed out.
    if (visitor === undefined) return seeOther(ctx, SIGNED_OUT);
    const { session, account } = visitor;
    const form = await readForm(ctx, allForm, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, form.csrf);
    await ownAccess.endEverywhere(account.id, originOf(ctx));
    seeOther(ctx, SIGNED_OUT);
  });
}
