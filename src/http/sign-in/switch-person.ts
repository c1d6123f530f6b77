import type Router from '@koa/router';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { addPendingEvent } from '../../domain/audit/pending-events.ts';
import type { Clock } from '../../kernel/clock.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';
import type { Interactions } from '../../oidc/interactions.ts';
import type { OwnAccess } from '../../oidc/own-access.ts';
import { signInUrl } from '../../oidc/own-pages.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import { currentUnit, requestUnit } from '../../storage/unit-of-work.ts';
import { visitorOf } from '../account/visitor.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther, signInPath } from '../kit/redirects.ts';
import { ownPageOf, verifySwitch } from '../kit/switch-offer.ts';
import { openInteraction } from './interaction.ts';

export interface SwitchPersonDependencies {
  readonly issuer: string;
  readonly interactions: Interactions;
  readonly attempts: AttemptStore;
  readonly sessions: Sessions;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly ownAccess: Pick<OwnAccess, 'signOut'>;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200) });
const pageForm = form.extend({ page: z.string().max(200).default('') });

/**
 * The buttons by which one person signs out for the next at a workstation that people share: whoever is signed in is
 * signed out, and the sign-in page of the same place is there, empty. They ask nothing: hands are in gloves, and what is
 * lost is one sign-in.
 */
export function switchPersonRoutes(router: Router, deps: SwitchPersonDependencies): void {
  const { attempts, csrf } = deps;

  router.post('/account/switch', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, '/account');
    const { csrf: token, page } = await readForm(ctx, pageForm, deps.bodyLimitBytes);
    verifySwitch(ctx, csrf, visitor.session.sessionUid, token);
    await deps.ownAccess.signOut(visitor.session, originOf(ctx));
    seeOther(ctx, signInUrl(deps.issuer, ownPageOf(page), newToken(deps.random, 16)));
  });

  router.post('/sign-in/:uid/switch', async (ctx) => {
    const interaction = await openInteraction(ctx, deps);
    const { csrf: token } = await readForm(ctx, form, deps.bodyLimitBytes);
    verifySwitch(ctx, csrf, interaction.uid, token);
    const attempt = await attempts.find(interaction.uid);
    const session = await deps.sessions.find(ctx);
    if (session !== undefined) await deps.ownAccess.signOut(session, originOf(ctx));
    const { client, expiresAt } = interaction;
    if (attempt.accountId !== undefined) {
      addPendingEvent(currentUnit(), {
        type: 'sign_in.cancelled',
        outcome: 'failure',
        account: attempt.accountId,
        client: client.id,
        details: {},
      });
    }
    const about = { clientId: client.id, now: deps.clock.now(), expiresAt };
    // Also one that is complete: whoever pressed the button does not want to be let in as the one before.
    requestUnit().add(attempts.restart(attempt, about));
    await deps.interactions.restart(interaction);
    seeOther(ctx, signInPath(interaction));
  });
}
