import type Router from '@koa/router';
import { z } from 'zod';
import { addPendingEvent } from '../../domain/audit/pending-events.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Interactions } from '../../oidc/interactions.ts';
import type { OwnAccess } from '../../oidc/own-access.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import { currentUnit, requestUnit } from '../../storage/unit-of-work.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther, signInPath } from '../kit/redirects.ts';
import { verifySwitch } from '../kit/switch-offer.ts';
import { openInteraction } from './interaction.ts';

export interface SwitchInSignInDependencies {
  readonly interactions: Interactions;
  readonly attempts: AttemptStore;
  readonly sessions: Sessions;
  readonly ownAccess: Pick<OwnAccess, 'signOut'>;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200) });

/**
 * The button by which one person leaves a sign-in to the next at a workstation that people share: whoever is signed in is
 * signed out, and the sign-in page is there, empty. It asks nothing: hands are in gloves, and what is lost is one sign-in.
 */
export function switchInSignInRoutes(router: Router, deps: SwitchInSignInDependencies): void {
  const { attempts, csrf } = deps;

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
