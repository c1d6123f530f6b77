import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { addPendingEvent } from '../../domain/audit/pending-events.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Registration } from '../../lifecycle/registration.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import type { RejectionCode } from '../../sign-in/checks/check.ts';
import { isEnd } from '../../sign-in/next-step.ts';
import type { Answer } from '../../sign-in/request.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import type { SignInState } from '../../sign-in/submit-factor.ts';
import { currentUnit, requestUnit } from '../../storage/unit-of-work.ts';
import { wantsPage } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { enforceLimits, tellLimits } from '../kit/limits.ts';
import { resume, seeOther, signInPath } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import {
  type ConsentRoutes,
  clientOnPage,
  isOurs,
  offerSwitchAt,
  openInteraction,
  type StepPage,
} from './interaction.ts';
import { redirectToNext, retrySeconds, type SignInEdge, signInRequest } from './sign-in-request.ts';
import type { SignInViews } from './views.ts';

export interface SignInRouteDependencies extends SignInEdge {
  readonly signIn: SignIn;
  readonly attempts: AttemptStore;
  readonly registration: Pick<Registration, 'enabled'>;
  /** Whether people are told that their user name will do. */
  readonly usernames: boolean;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
  readonly consent: ConsentRoutes;
  readonly passwordChange: StepPage<'change_password'>;
  readonly challenge: StepPage<'second_factor'>;
  readonly enrolment: StepPage<'enrol_factor'>;
  readonly codes: StepPage<'store_codes'>;
  readonly sessionChoice: StepPage<'choose_session'>;
  readonly agreement: StepPage<'agree'>;
}

/** Bounds what a form may carry; the hasher decides that a password is too long, which looks like a wrong one. */
const form = z.object({
  csrf: z.string().max(200),
  identifier: z.string().max(2000).default(''),
  password: z.string().max(20_000).default(''),
});

const passkeyForm = z.object({
  csrf: z.string().max(200),
  response: z.string().max(20_000).default(''),
});

type Refusal = Extract<Answer, { kind: 'refused' }>;
type PageError = NonNullable<SignInViews['sign-in']['error']>;

/** A lock answers like a wrong password: its page says the same whether or not there is such an account. */
const ERRORS: Record<RejectionCode, { status: number; code: PageError['code'] }> = {
  credentials_invalid: { status: 401, code: 'credentials_invalid' },
  locked: { status: 401, code: 'locked' },
  rate_limited: { status: 429, code: 'rate_limited' },
  too_busy: { status: 503, code: 'too_busy' },
  factor_wrong: { status: 401, code: 'passkey_wrong' },
  code_malformed: { status: 400, code: 'credentials_invalid' },
};

const confirmation = z.object({ csrf: z.string().max(200) });

/** `/sign-in/:uid`: the pages of one sign-in. Its forms post back; `sign-in` decides which page comes next. */
export function signInRoutes(router: Router, deps: SignInRouteDependencies): void {
  const { interactions, attempts, csrf, signIn } = deps;

  router.get('/sign-in/:uid', async (ctx) => {
    const interaction = await openInteraction(ctx, deps);
    if (interaction.prompt === 'consent') return deps.consent.show(ctx, interaction);
    const request = signInRequest(ctx, deps, interaction);
    const looked = await signIn.look(request);
    if (looked.kind === 'completed') return resume(ctx, interaction);
    if (looked.kind === 'known' && (await showStep(ctx, interaction, looked))) return;
    if (!isEnd(looked.step)) return showForm(ctx, interaction, { identifier: interaction.loginHint ?? '' });
    const answer = await signIn.proceed(request, looked);
    if (answer.kind === 'refused') return refuse(ctx, interaction, '', answer);
    redirectToNext(ctx, deps, interaction, answer);
  });

  router.post('/sign-in/:uid', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token, identifier, password } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    if (identifier.trim() === '' || password === '') {
      return showForm(ctx, interaction, { identifier, error: { code: 'fields_missing' } }, 400);
    }
    const answer = await signIn.password(signInRequest(ctx, deps, interaction), { identifier, password });
    if ('limits' in answer) tellLimits(ctx, answer.limits);
    if (answer.kind === 'refused') return refuse(ctx, interaction, identifier, answer);
    redirectToNext(ctx, deps, interaction, answer);
  });

  router.post('/sign-in/:uid/passkey', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token, response } = await readForm(ctx, passkeyForm, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    const answer = await signIn.passkey(signInRequest(ctx, deps, interaction), response);
    if ('limits' in answer) tellLimits(ctx, answer.limits);
    if (answer.kind === 'refused') return refuse(ctx, interaction, '', answer);
    redirectToNext(ctx, deps, interaction, answer);
  });

  router.post('/sign-in/:uid/cancel', async (ctx) => {
    const interaction = await openInteraction(ctx, deps);
    const { csrf: token } = await readForm(ctx, confirmation, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    addPendingEvent(currentUnit(), {
      type: 'sign_in.cancelled',
      outcome: 'failure',
      client: interaction.client.id,
      details: {},
    });
    const about = {
      clientId: interaction.client.id,
      now: deps.clock.now(),
      expiresAt: interaction.expiresAt,
    };
    requestUnit().add(attempts.close(interaction.uid, about));
    const result = { error: 'access_denied', error_description: 'the person cancelled' };
    seeOther(ctx, await interactions.finish(interaction, result));
  });

  /** False where the step has no page of its own. */
  async function showStep(ctx: Context, interaction: Interaction, state: SignInState): Promise<boolean> {
    const { step } = state;
    if (step.kind === 'second_factor') await deps.challenge.show(ctx, interaction, state, step);
    else if (step.kind === 'enrol_factor') await deps.enrolment.show(ctx, interaction, state, step);
    else if (step.kind === 'store_codes') await deps.codes.show(ctx, interaction, state, step);
    else if (step.kind === 'choose_session') await deps.sessionChoice.show(ctx, interaction, state, step);
    else if (step.kind === 'agree') await deps.agreement.show(ctx, interaction, state, step);
    else if (step.kind === 'change_password') await deps.passwordChange.show(ctx, interaction, state, step);
    else return false;
    return true;
  }

  /** Shows the form again and says why; programs get an error that they can read. */
  async function refuse(
    ctx: Context,
    interaction: Interaction,
    identifier: string,
    { rejection, retryAt, limits }: Refusal,
  ): Promise<void> {
    if (rejection === 'rate_limited' && !wantsPage(ctx)) return enforceLimits(ctx, limits);
    const { status, code } = ERRORS[rejection];
    const error = { code, ...retrySeconds(ctx, retryAt, deps.clock) };
    await showForm(ctx, interaction, { identifier, error }, status);
  }

  async function showForm(
    ctx: Context,
    interaction: Interaction,
    { identifier, error }: { identifier: string; error?: PageError },
    status = 200,
  ): Promise<void> {
    ctx.state.uiLocales = interaction.uiLocales;
    if (interaction.reauthenticate) offerSwitchAt(ctx, interaction, csrf);
    const path = signInPath(interaction);
    await deps.pages.render(
      ctx,
      'sign-in',
      {
        action: path,
        csrfToken: csrf.token('sign-in', interaction.uid),
        // There is nothing to return to from our own pages.
        ...(isOurs(interaction.client)
          ? {}
          : { client: clientOnPage(interaction.client), cancelAction: `${path}/cancel` }),
        identifier,
        ...(deps.usernames ? { usernames: true } : {}),
        passkey: { action: `${path}/passkey`, optionsAction: `${path}/passkey/options` },
        forgotHref: `/forgot?sign_in=${interaction.uid}`,
        ...(deps.registration.enabled ? { registerHref: `/register?sign_in=${interaction.uid}` } : {}),
        ...(error === undefined ? {} : { error }),
        ...(interaction.reauthenticate ? { notice: 'reauthenticate' as const } : {}),
      },
      status,
    );
  }
}
