import type { Context } from 'koa';
import { z } from 'zod';
import type { Limits } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enrolment } from '../../lifecycle/enrolled-factor.ts';
import type { FactorEnrolment } from '../../lifecycle/factor-enrolment.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import type { OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import type { Step } from '../../sign-in/next-step.ts';
import type { Answer } from '../../sign-in/request.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import type { SignInState } from '../../sign-in/submit-factor.ts';
import type { CodesCookie } from '../kit/codes-cookie.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { enforceLimits } from '../kit/limits.ts';
import { signInPath } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { openInteraction } from './interaction.ts';
import { redirectToNext, type SignInEdge, signInRequest } from './sign-in-request.ts';
import type { SignInViews } from './views.ts';

export interface SignInEnrolmentDependencies extends SignInEdge {
  readonly signIn: SignIn;
  readonly attempts: AttemptStore;
  readonly factorEnrolment: FactorEnrolment;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'factorSetupPerPerson'>;
  readonly issuerName: string;
  readonly codesCookie: CodesCookie;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
}

export const enrolForm = z.object({ csrf: z.string().max(200) });

export type EnrolState = SignInState & { step: Step & { kind: 'enrol_factor' } };

/** What the wizard of every kind does in the same way inside a sign-in. */
export type EnrolmentSteps = ReturnType<typeof createEnrolmentSteps>;

/** Each step asks the sign-in anew whether a factor is to be set up in it. */
export function createEnrolmentSteps(deps: SignInEnrolmentDependencies) {
  const { signIn, csrf } = deps;

  /** The open sign-in and the form that was posted to it. */
  async function opened<Schema extends typeof enrolForm>(
    ctx: Context,
    schema: Schema,
  ): Promise<z.infer<Schema> & { interaction: Interaction }> {
    const interaction = await openInteraction(ctx, deps, 'login');
    const form = await readForm(ctx, schema, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, form.csrf);
    return { ...form, interaction };
  }

  /** Where the sign-in stands, if it asks for a factor of this kind to be set up. */
  async function at(
    ctx: Context,
    interaction: Interaction,
    kind: OwnFactorKind,
  ): Promise<EnrolState | undefined> {
    const looked = await signIn.look(signInRequest(ctx, deps, interaction));
    if (looked.kind !== 'known') return undefined;
    const { step } = looked;
    return step.kind === 'enrol_factor' && step.kinds.includes(kind) ? { ...looked, step } : undefined;
  }

  async function enforceSetups(ctx: Context, { account }: SignInState): Promise<void> {
    const limit = deps.limits.factorSetupPerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: account.id }]));
  }

  const sightingOf = (ctx: Context) => ({
    at: deps.clock.now(),
    ip: ctx.ip,
    userAgent: originOf(ctx).userAgent,
  });

  async function finish(
    ctx: Context,
    interaction: Interaction,
    { account }: SignInState,
    { factor, made, codes }: Enrolment,
  ): Promise<void> {
    const given = { ...made, codes: codes !== undefined };
    const answer = await signIn.enrolled(signInRequest(ctx, deps, interaction), account.id, factor, given);
    // Of two of the same, the other one was faster: the sign-in's page shows what has come of it.
    redirectToNext(ctx, deps, interaction, unrefused(answer));
    if (codes !== undefined && answer?.kind === 'goes_on') {
      deps.codesCookie.write(ctx, signInPath(interaction), account.id, codes);
    }
  }

  return { opened, at, enforceSetups, sightingOf, finish };
}

/** Nothing here can be refused but for a faster request; the sign-in's own page knows what came of that. */
export const unrefused = (answer: Answer | undefined) => (answer?.kind === 'refused' ? undefined : answer);
