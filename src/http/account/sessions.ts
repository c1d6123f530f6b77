import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { SessionStore } from '../../domain/sessions/store.ts';
import { isStorable } from '../../kernel/text.ts';
import type { EndOfAccess } from '../../lifecycle/end-of-access.ts';
import type { Access } from '../../oidc/access.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import type { Database } from '../../storage/database.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { SESSION_FORMS, visitorOf } from './visitor.ts';

export interface AccountSessionsDependencies {
  readonly sessions: Sessions;
  readonly sessionStore: Pick<SessionStore, 'hold'>;
  readonly access: Pick<Access, 'endSession'>;
  readonly endOfAccess: EndOfAccess;
  readonly accounts: AccountStore;
  readonly database: Database;
  readonly csrf: Csrf;
  readonly bodyLimitBytes: number;
}

/** Where the protocol's own sign-out ends as well. */
const SIGNED_OUT = '/logout/success';

const allForm = z.object({ csrf: z.string().max(200) });
const oneForm = allForm.extend({ session: z.string().min(1).max(200).refine(isStorable) });

/** The buttons by which people end sessions of theirs, on their own page (OWASP ASVS 7.5.2). */
export function accountSessionsRoutes(router: Router, deps: AccountSessionsDependencies): void {
  const { database, access, csrf } = deps;
  const enderOf = (ctx: Context, accountId: string) => ({ actor: accountId, origin: originOf(ctx) });

  router.post('/account/sessions/end', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, '/account');
    const { session, account } = visitor;
    const form = await readForm(ctx, oneForm, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, form.csrf);
    await database.transaction(async (tx) => {
      const held = await deps.sessionStore.hold(tx, form.session);
      // One that has ended is what was asked for; one of somebody else gets the same answer.
      if (held?.accountId !== account.id) return;
      await access.endSession(tx, held.uid, 'ended_by_person', enderOf(ctx, account.id));
    });
    seeOther(ctx, form.session === session.sessionUid ? SIGNED_OUT : '/account?done=session-ended');
  });

  router.post('/account/sessions/end-all', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, '/account');
    const { session, account } = visitor;
    const form = await readForm(ctx, allForm, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, form.csrf);
    await database.transaction((tx) =>
      deps.endOfAccess.end(tx, account.id, 'signedOutEverywhere', enderOf(ctx, account.id)),
    );
    seeOther(ctx, SIGNED_OUT);
  });
}
