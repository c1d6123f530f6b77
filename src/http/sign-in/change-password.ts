import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../../domain/accounts/store.ts';
import type { PasswordProblem } from '../../domain/passwords/policy.ts';
import type { Limits } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { CHANGED_MEANWHILE, type DemandedChange } from '../../lifecycle/demanded-change.ts';
import type { NewPasswords } from '../../lifecycle/new-passwords.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import type { Step } from '../../sign-in/next-step.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import type { SignInState } from '../../sign-in/submit-factor.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { enforceLimits } from '../kit/limits.ts';
import { resume, seeOther, signInPath } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { openInteraction, type StepPage, signInPageModel } from './interaction.ts';
import { redirectToNext, type SignInEdge, signInRequest } from './sign-in-request.ts';
import type { SignInViews } from './views.ts';

export interface ChangePasswordDependencies extends SignInEdge {
  readonly signIn: SignIn;
  readonly attempts: AttemptStore;
  readonly demandedChange: DemandedChange;
  readonly newPasswords: Pick<NewPasswords, 'explain'>;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'demandedPasswordPerPerson'>;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
}

const form = z.object({
  csrf: z.string().max(200),
  new_password: z.string().max(20_000).default(''),
});

type ChangeStep = Step & { kind: 'change_password' };
type ChangeError = NonNullable<SignInViews['change-password']['error']>;

interface Refusal {
  readonly error: ChangeError;
  readonly problems?: readonly PasswordProblem[];
  readonly status: number;
}

/**
 * `/sign-in/:uid/password`: where a sign-in goes on after a right password that may no longer be used. No session and no code
 * exists before it is changed; the evidence that it has to be is kept with the attempt.
 */
export function changePasswordRoutes(
  router: Router,
  deps: ChangePasswordDependencies,
): StepPage<'change_password'> {
  const { csrf } = deps;

  router.post('/sign-in/:uid/password', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token, new_password: chosen } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    const request = signInRequest(ctx, deps, interaction);
    const looked = await deps.signIn.look(request);
    if (looked.kind === 'completed') return resume(ctx, interaction);
    const { step } = looked;
    // Whatever comes next instead, the sign-in's own page knows.
    if (step.kind !== 'change_password' || looked.kind !== 'known') {
      return seeOther(ctx, signInPath(interaction));
    }
    const { account } = looked;
    if (chosen === '') {
      return render(ctx, interaction, account, step, { error: { code: 'missing' }, status: 400 });
    }
    const limit = deps.limits.demandedPasswordPerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: account.id }]));
    await change(ctx, interaction, looked, step, chosen);
  });

  async function change(
    ctx: Context,
    interaction: Interaction,
    state: SignInState,
    step: ChangeStep,
    chosen: string,
  ): Promise<void> {
    const { account } = state;
    try {
      const { problems, account: changed } = await deps.demandedChange.complete(account, chosen, {
        attempt: interaction.uid,
        session: interaction.library.session?.uid,
        client: interaction.client.id,
        origin: originOf(ctx),
      });
      const [problem] = problems;
      if (problem === undefined) return await finish(ctx, interaction, state, changed);
      await render(ctx, interaction, account, step, { error: { code: problem }, problems, status: 400 });
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
      // The other of a double submit was faster, or somebody else was: the page of the sign-in tells the two apart.
      if (error.code === CHANGED_MEANWHILE) return seeOther(ctx, signInPath(interaction));
      if (error.code !== 'hashing_busy') throw error;
      const retryAfterSeconds = error.retryAfter ?? 5;
      ctx.set('Retry-After', String(retryAfterSeconds));
      const busy = { code: 'too_busy', retryAfterSeconds };
      await render(ctx, interaction, account, step, { error: busy, status: 503 });
    }
  }

  /** The password is changed: what was proven before may count now. */
  async function finish(
    ctx: Context,
    interaction: Interaction,
    state: SignInState,
    account: Account,
  ): Promise<void> {
    const request = signInRequest(ctx, deps, interaction);
    const answer = await deps.signIn.passwordChanged(request, state, account);
    // Nothing was verified that could have been refused; whatever it was, the sign-in's own page knows what is next.
    redirectToNext(ctx, deps, interaction, answer.kind === 'refused' ? undefined : answer);
  }

  async function render(
    ctx: Context,
    interaction: Interaction,
    account: Account,
    { change: { reason } }: ChangeStep,
    refusal?: Refusal,
  ): Promise<void> {
    await deps.pages.render(
      ctx,
      'change-password',
      {
        ...signInPageModel(ctx, interaction, account, csrf),
        action: `${signInPath(interaction)}/password`,
        reason,
        rules: deps.newPasswords.explain(account, refusal?.problems),
        ...(refusal === undefined ? {} : { error: refusal.error }),
      },
      refusal?.status ?? 200,
    );
  }

  return {
    async show(ctx, interaction, state, step) {
      deps.signIn.changeShown(signInRequest(ctx, deps, interaction), state);
      await render(ctx, interaction, state.account, step);
    },
  };
}
