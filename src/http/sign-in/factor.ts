import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { PasskeyCeremonies } from '../../domain/passkeys/ceremony.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import type { RejectionCode } from '../../sign-in/checks/check.ts';
import { allKinds, type FactorKind, isPass } from '../../sign-in/factors/kinds.ts';
import { needsCode, type Step } from '../../sign-in/next-step.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import type { SignInState } from '../../sign-in/submit-factor.ts';
import { wantsPage } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { enforceLimits, tellLimits } from '../kit/limits.ts';
import { resume, seeOther, signInPath } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { CHALLENGES } from './challenges.ts';
import { openInteraction, type StepPage, signInPageModel } from './interaction.ts';
import { redirectToNext, retrySeconds, type SignInEdge, signInRequest } from './sign-in-request.ts';
import type { SecondFactorError, SignInViews } from './views.ts';

export interface FactorRouteDependencies extends SignInEdge {
  readonly signIn: SignIn;
  readonly attempts: AttemptStore;
  readonly passkeyCeremonies: Pick<PasskeyCeremonies, 'authenticationOptions'>;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
}

type ChallengeStep = Step & { kind: 'second_factor' };

const form = z.object({
  csrf: z.string().max(200),
  factor: z.enum(allKinds()),
  code: z.string().max(1_000).default(''),
  response: z.string().max(20_000).default(''),
  trust: z.literal('yes').optional(),
});

const optionsForm = z.object({ csrf: z.string().max(200) });

const ERRORS: Record<RejectionCode, { status: number; code: SecondFactorError }> = {
  credentials_invalid: { status: 401, code: 'wrong' },
  factor_wrong: { status: 401, code: 'wrong' },
  code_malformed: { status: 400, code: 'malformed' },
  locked: { status: 401, code: 'locked' },
  rate_limited: { status: 429, code: 'rate_limited' },
  too_busy: { status: 503, code: 'too_busy' },
};

/** `/sign-in/:uid/factor`: what is shown beside the password; and the options that a browser needs to ask for a passkey. */
export function signInFactorRoutes(router: Router, deps: FactorRouteDependencies): StepPage<'second_factor'> {
  const { signIn, csrf } = deps;

  router.post('/sign-in/:uid/factor', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token, factor: kind, trust, ...given } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    const answered = CHALLENGES[kind].answerIn(given);
    const request = signInRequest(ctx, deps, interaction);
    const posted = { kind, trusts: trust === 'yes' };
    if (answered === undefined) return showAgain(ctx, interaction, posted, 'missing', 400);
    const answer = await signIn.factor(request, { kind, answer: answered }, trust === 'yes');
    if (answer !== undefined && 'limits' in answer) tellLimits(ctx, answer.limits);
    if (answer?.kind !== 'refused') return redirectToNext(ctx, deps, interaction, answer);
    if (answer.rejection === 'rate_limited' && !wantsPage(ctx)) return enforceLimits(ctx, answer.limits);
    const { status, code } = ERRORS[answer.rejection];
    await showAgain(ctx, interaction, posted, code, status, answer.retryAt);
  });

  // The answer is posted back to the page that asked: as a second factor where that is the step, else as a whole sign-in.
  router.post('/sign-in/:uid/passkey/options', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token } = await readForm(ctx, optionsForm, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    const looked = await signIn.look(signInRequest(ctx, deps, interaction));
    const asked = looked.kind === 'known' && looked.step.kind === 'second_factor';
    const accountId = asked ? looked.account.id : undefined;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await deps.passkeyCeremonies.authenticationOptions({ binding: interaction.uid, accountId });
  });

  async function showAgain(
    ctx: Context,
    interaction: Interaction,
    posted: { kind: FactorKind; trusts: boolean },
    code: SecondFactorError,
    status: number,
    retryAt?: Date,
  ): Promise<void> {
    const looked = await signIn.look(signInRequest(ctx, deps, interaction));
    if (looked.kind === 'completed') return resume(ctx, interaction);
    const { step } = looked;
    if (step.kind !== 'second_factor' || looked.kind !== 'known') {
      return seeOther(ctx, signInPath(interaction));
    }
    const error = { code, ...retrySeconds(ctx, retryAt, deps.clock) };
    await render(ctx, interaction, looked, step, { ...posted, error, status });
  }

  async function render(
    ctx: Context,
    interaction: Interaction,
    { account, circumstances: { trustDays, facts } }: SignInState,
    { kinds }: ChallengeStep,
    about: {
      kind: FactorKind | undefined;
      /** It was ticked that this device is to be trusted. */
      trusts?: boolean;
      error?: { code: SecondFactorError; retryAfterSeconds?: number };
      status?: number;
    },
  ): Promise<void> {
    const path = signInPath(interaction);
    const kind = kinds.find((each) => each === about.kind) ?? kinds[0];
    if (kind === undefined) throw new Error('a second factor is asked for, and none would do');
    const { form: asks, optionsPath } = CHALLENGES[kind];
    const others = kinds.filter((each) => each !== kind);
    await deps.pages.render(
      ctx,
      'second-factor',
      {
        ...signInPageModel(ctx, interaction, account, csrf),
        kind,
        asks,
        action: `${path}/factor`,
        ...(optionsPath === undefined ? {} : { optionsAction: `${path}${optionsPath}` }),
        others: others.map((each) => ({ kind: each, href: `${path}?factor=${each}` })),
        ...(trustDays > 0 && !isPass(kind) ? { trustDays, trusts: about.trusts === true } : {}),
        ...(needsCode(facts) ? { toEnrol: true } : {}),
        ...(interaction.session === undefined ? {} : { notice: 'step_up' as const }),
        ...(about.error === undefined ? {} : { error: about.error }),
      },
      about.status ?? 200,
    );
  }

  return {
    show: (ctx, interaction, state, step) => {
      const kind = allKinds().find((each) => each === ctx.query.factor);
      return render(ctx, interaction, state, step, { kind });
    },
  };
}
