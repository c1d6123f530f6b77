import type Router from '@koa/router';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { timeZone } from '../../kernel/time-zones.ts';
import type { AccountChanges } from '../../lifecycle/changes.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { SESSION_FORMS, visitorOf, ZONE_ACTION } from './visitor.ts';

export interface ZoneDependencies {
  readonly changes: Pick<AccountChanges, 'learnZone'>;
  readonly sessions: Sessions;
  readonly accounts: AccountStore;
  readonly csrf: Csrf;
  readonly bodyLimitBytes: number;
}

const zoneForm = z.object({
  csrf: z.string().max(200),
  zone: z.string().transform((text, issues) => {
    const name = timeZone(text);
    if (name === undefined) issues.addIssue({ code: 'custom', message: 'not a time zone' });
    return name ?? z.NEVER;
  }),
});

/** `POST /account/zone`: a page's script says in which time zone its browser is. No use of the session: nobody did anything. */
export function zoneRoutes(router: Router, deps: ZoneDependencies): void {
  router.post(ZONE_ACTION, async (ctx) => {
    const visitor = await visitorOf(ctx, { ...deps, sessions: { find: deps.sessions.peek } });
    // Signed out meanwhile: there is nothing to keep, and nobody to tell.
    if (visitor === undefined) {
      ctx.status = 204;
      return;
    }
    const { csrf, zone } = await readForm(ctx, zoneForm, deps.bodyLimitBytes);
    deps.csrf.verify(ctx, SESSION_FORMS, visitor.session.sessionUid, csrf);
    if (visitor.account.zoneinfo === undefined) await deps.changes.learnZone(visitor.account.id, zone);
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 204;
  });
}
