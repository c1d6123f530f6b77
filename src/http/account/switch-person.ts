import type Router from '@koa/router';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';
import type { OwnAccess } from '../../oidc/own-access.ts';
import { signInUrl } from '../../oidc/own-pages.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { ownPageOf, verifySwitch } from '../kit/switch-offer.ts';
import { visitorOf } from './visitor.ts';

export interface SwitchOnAccountDependencies {
  readonly issuer: string;
  readonly sessions: Sessions;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly ownAccess: Pick<OwnAccess, 'signOut'>;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200), page: z.string().max(200).default('') });

/**
 * The button by which one person makes way for the next on the pages of an account: whoever is signed in is signed out, and
 * the sign-in page of the same place is there, empty. That of a sign-in is `sign-in/switch-person.ts`.
 */
export function switchOnAccountRoutes(router: Router, deps: SwitchOnAccountDependencies): void {
  router.post('/account/switch', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, '/account');
    const { csrf: token, page } = await readForm(ctx, form, deps.bodyLimitBytes);
    verifySwitch(ctx, deps.csrf, visitor.session.sessionUid, token);
    await deps.ownAccess.signOut(visitor.session, originOf(ctx));
    seeOther(ctx, signInUrl(deps.issuer, ownPageOf(page), newToken(deps.random, 16)));
  });
}
