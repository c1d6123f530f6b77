import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { SessionDeadlineStore } from '../../domain/sessions/deadline-store.ts';
import type { Deadlines, SessionSettings } from '../../domain/sessions/policy.ts';
import type { Clock } from '../../kernel/clock.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { type Csrf, SESSION_FORMS } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { describeDeadlines } from '../kit/session-deadlines.ts';
import type { Pages } from '../pages/pages.ts';
import type { AccountViews } from './views.ts';
import { type Visitor, visitorOf } from './visitor.ts';

export interface AccountSessionDependencies {
  readonly sessions: Sessions;
  readonly sessionDeadlines: Pick<SessionDeadlineStore, 'extend'>;
  readonly sessionSettings: SessionSettings;
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<AccountViews>;
  readonly bodyLimitBytes: number;
}

const activityForm = z.object({ csrf: z.string().max(200) });

/** Why pages say that somebody was signed out: the script that led there knows; for words alone. */
const REASONS = ['idle', 'age', 'ended'] as const;

const signedOutQuery = z.object({
  because: z.enum(REASONS).catch('ended'),
  /** A page of one's own, by its path alone: nothing that a browser could take for another host (OWASP ASVS 5.0, 3.7.2). */
  from: z
    .string()
    .max(200)
    .regex(/^\/account(?:\/[\w-]+)*$/)
    .refine((path) => path !== SIGNED_OUT)
    .catch('/account'),
});

const SIGNED_OUT = '/account/signed-out';

/** What the script of people's own pages asks and says of their session, and where it leads when that is over. */
export function accountSessionRoutes(router: Router, deps: AccountSessionDependencies): void {
  const { sessions, sessionDeadlines, sessionSettings, clock, csrf, pages } = deps;

  /** Whoever is signed in; to look for that is no use of the session. */
  const peek = (ctx: Context): Promise<Visitor | undefined> =>
    visitorOf(ctx, { ...deps, sessions: { find: sessions.peek } });

  async function watched(ctx: Context): Promise<Visitor> {
    const visitor = await peek(ctx);
    if (visitor === undefined) throw signedOut();
    return visitor;
  }

  function tell(ctx: Context, deadlines: Deadlines, now: Date): void {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = describeDeadlines(deadlines, sessionSettings, now);
  }

  router.get('/account/session', async (ctx) => {
    const { session } = await watched(ctx);
    tell(ctx, session.deadlines, clock.now());
  });

  router.post('/account/session/activity', async (ctx) => {
    const { session } = await watched(ctx);
    const form = await readForm(ctx, activityForm, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, form.csrf);
    const now = clock.now();
    const extended = await sessionDeadlines.extend({ uid: session.sessionUid, ...session.deadlines }, now);
    if (extended === undefined) throw signedOut();
    tell(ctx, extended, now);
  });

  router.get(SIGNED_OUT, async (ctx) => {
    const { because, from } = signedOutQuery.parse(ctx.query);
    // Signed in again in another tab, say: there is nothing to tell.
    if ((await peek(ctx)) !== undefined) return seeOther(ctx, from);
    await pages.render(ctx, 'session-over', { because, backHref: from });
  });
}

const signedOut = () =>
  new GatehouseError('login_required', { status: 401, message: 'Nobody is signed in in this browser.' });
