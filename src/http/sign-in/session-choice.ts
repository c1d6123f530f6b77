import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { ClientStore } from '../../domain/clients/store.ts';
import type { SessionStore } from '../../domain/sessions/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import type { Step } from '../../sign-in/next-step.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import type { SignInState } from '../../sign-in/submit-factor.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { resume, seeOther, signInPath } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { openSessionsOnPage } from '../pages/sessions-on-page.ts';
import { openInteraction, type StepPage, signInPageModel } from './interaction.ts';
import { redirectToNext, type SignInEdge, signInRequest } from './sign-in-request.ts';
import type { SignInViews } from './views.ts';

export interface SignInSessionsDependencies extends SignInEdge {
  readonly signIn: SignIn;
  readonly attempts: AttemptStore;
  readonly sessionStore: Pick<SessionStore, 'openOf'>;
  readonly clients: Pick<ClientStore, 'find'>;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
}

type ChoiceStep = Step & { kind: 'choose_session' };

/** Nobody has more of them than the largest cap allows. */
const form = z.object({
  csrf: z.string().max(200),
  session: z.array(z.string().max(200)).max(1_000),
});

/** `/sign-in/:uid/sessions`: a person who has as many sessions as they may have chooses which end for this sign-in. */
export function signInSessionRoutes(
  router: Router,
  deps: SignInSessionsDependencies,
): StepPage<'choose_session'> {
  const { signIn, csrf } = deps;

  router.post('/sign-in/:uid/sessions', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token, session } = await readForm(ctx, form, deps.bodyLimitBytes, ['session']);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    const answer = await signIn.sessionsChosen(signInRequest(ctx, deps, interaction), session);
    if (answer === 'too_few') return showAgain(ctx, interaction, session);
    redirectToNext(ctx, deps, interaction, answer?.kind === 'refused' ? undefined : answer);
  });

  async function showAgain(ctx: Context, interaction: Interaction, chosen: readonly string[]): Promise<void> {
    const looked = await signIn.look(signInRequest(ctx, deps, interaction));
    if (looked.kind === 'completed') return resume(ctx, interaction);
    if (looked.kind !== 'known' || looked.step.kind !== 'choose_session') {
      return seeOther(ctx, signInPath(interaction));
    }
    await render(ctx, interaction, looked, looked.step, { chosen, status: 400 });
  }

  async function render(
    ctx: Context,
    interaction: Interaction,
    { account, circumstances: { sessionLimit } }: SignInState,
    { atLeast }: ChoiceStep,
    again?: { readonly chosen: readonly string[]; readonly status: number },
  ): Promise<void> {
    const sessions = await openSessionsOnPage(account.id, undefined, deps);
    // Those that were not used for longest are at the end.
    const suggested = sessions.slice(-atLeast).map(({ id }) => id);
    await deps.pages.render(
      ctx,
      'choose-session',
      {
        ...signInPageModel(ctx, interaction, account, csrf),
        action: `${signInPath(interaction)}/sessions`,
        most: sessionLimit?.most ?? sessions.length,
        atLeast,
        sessions,
        chosen: again?.chosen ?? suggested,
        ...(account.zoneinfo === undefined ? {} : { zoneinfo: account.zoneinfo }),
        ...(again === undefined ? {} : { error: { code: 'too_few' as const } }),
      },
      again?.status ?? 200,
    );
  }

  return { show: (ctx, interaction, state, step) => render(ctx, interaction, state, step) };
}
