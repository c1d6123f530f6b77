import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Limits } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enrolment, FactorEnrolment } from '../../lifecycle/factor-enrolment.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import { isByTemporaryCode } from '../../sign-in/attempt.ts';
import type { EnrolKind, Step } from '../../sign-in/next-step.ts';
import type { Answer } from '../../sign-in/request.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import type { SignInState } from '../../sign-in/submit-factor.ts';
import { currentUnit, type UnitOfWork } from '../../storage/unit-of-work.ts';
import type { CodesCookie } from '../kit/codes-cookie.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { enforceLimits } from '../kit/limits.ts';
import { seeOther, signInPath } from '../kit/redirects.ts';
import { factorNameError } from '../pages/factor-name.ts';
import type { Pages } from '../pages/pages.ts';
import { qrPicture } from '../pages/qr.ts';
import { enrolReason } from './enrol-reason.ts';
import { openInteraction, type StepPage, signInPageModel } from './interaction.ts';
import { redirectToNext, type SignInEdge, signInRequest } from './sign-in-request.ts';
import type { EnrolChoice, SignInViews } from './views.ts';

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

const csrfForm = z.object({ csrf: z.string().max(200) });
const totpForm = csrfForm.extend({
  code: z.string().max(1_000).default(''),
  name: z.string().trim().max(1_000).default(''),
});
const passkeyForm = csrfForm.extend({
  response: z.string().max(50_000).default(''),
  name: z.string().trim().max(1_000).default(''),
});
const setupId = z.uuid();

type EnrolState = SignInState & { step: Step & { kind: 'enrol_factor' } };
type TotpErrors = NonNullable<SignInViews['enrol-totp']['errors']>;
type PasskeyErrors = NonNullable<SignInViews['enrol-passkey']['errors']>;

/**
 * `/sign-in/:uid/enrol/…`: setting up a second factor inside a sign-in that asks for one, with the wizard of
 * `lifecycle`. The sign-in's room decides whether that is the step; it is asked again with each request.
 */
export function signInEnrolmentRoutes(
  router: Router,
  deps: SignInEnrolmentDependencies,
): StepPage<'enrol_factor'> {
  const { signIn, factorEnrolment, csrf } = deps;

  router.post('/sign-in/:uid/skip', async (ctx) => {
    const { interaction } = await opened(ctx, csrfForm);
    const answer = await signIn.skip(signInRequest(ctx, deps, interaction));
    redirectToNext(ctx, deps, interaction, unrefused(answer));
  });

  router.post('/sign-in/:uid/enrol/totp', async (ctx) => {
    const { interaction } = await opened(ctx, csrfForm);
    const state = await at(ctx, interaction, 'totp');
    if (state === undefined) return seeOther(ctx, signInPath(interaction));
    await enforceSetups(ctx, state);
    const { id, writes } = factorEnrolment.beginTotp(state.account);
    (currentUnit() as UnitOfWork).add(...writes);
    seeOther(ctx, totpPath(interaction, id));
  });

  router.get('/sign-in/:uid/enrol/totp', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    await showTotp(ctx, interaction, {});
  });

  router.post('/sign-in/:uid/enrol/totp/confirm', async (ctx) => {
    const { interaction, code, name } = await opened(ctx, totpForm);
    const state = await at(ctx, interaction, 'totp');
    const id = setupId.safeParse(ctx.query.setup);
    if (state === undefined || !id.success) return seeOther(ctx, signInPath(interaction));
    const nameError = factorNameError(name);
    if (code.trim() === '' || nameError !== undefined) {
      const errors: TotpErrors = {
        ...(code.trim() === '' ? { code: 'missing' } : {}),
        ...(nameError === undefined ? {} : { name: nameError }),
      };
      return showTotp(ctx, interaction, { errors, name, status: 400 });
    }
    const sighting = sightingOf(ctx);
    const result = await factorEnrolment.confirmTotp(
      state.account,
      id.data,
      { code, name },
      sighting,
      isByTemporaryCode(state.attempt),
    );
    if ('refused' in result) {
      // Where it is over there is nothing to show any more: the person begins again.
      if (result.refused === 'over') return seeOther(ctx, signInPath(interaction));
      const errors = { code: result.refused === 'malformed' ? 'malformed' : 'wrong' } as const;
      return showTotp(ctx, interaction, { errors, name, status: result.refused === 'malformed' ? 400 : 401 });
    }
    await finish(ctx, interaction, state, result);
  });

  router.get('/sign-in/:uid/enrol/passkey', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    await showPasskey(ctx, interaction, {});
  });

  router.post('/sign-in/:uid/enrol/passkey/options', async (ctx) => {
    const { interaction } = await opened(ctx, csrfForm);
    const state = await at(ctx, interaction, 'passkey');
    if (state === undefined) return seeOther(ctx, signInPath(interaction));
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await factorEnrolment.passkeyOptions(state.account, interaction.uid);
  });

  router.post('/sign-in/:uid/enrol/passkey', async (ctx) => {
    const { interaction, response, name } = await opened(ctx, passkeyForm);
    const state = await at(ctx, interaction, 'passkey');
    if (state === undefined) return seeOther(ctx, signInPath(interaction));
    const nameError = factorNameError(name);
    if (nameError !== undefined) {
      return showPasskey(ctx, interaction, { errors: { name: nameError }, name, status: 400 });
    }
    await enforceSetups(ctx, state);
    const { account } = state;
    const given = { response, name };
    const result = await factorEnrolment.registerPasskey(
      account,
      interaction.uid,
      given,
      sightingOf(ctx),
      isByTemporaryCode(state.attempt),
    );
    if ('refused' in result) {
      const form = result.refused === 'attestation_refused' ? 'passkey_refused' : 'passkey_wrong';
      return showPasskey(ctx, interaction, { errors: { form }, name, status: 400 });
    }
    await finish(ctx, interaction, state, result);
  });

  /** The open sign-in and the form that was posted to it. */
  async function opened<Schema extends typeof csrfForm>(
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
    kind: EnrolKind,
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

  async function showTotp(
    ctx: Context,
    interaction: Interaction,
    { errors, name, status = 200 }: { errors?: TotpErrors; name?: string; status?: number },
  ): Promise<void> {
    const state = await at(ctx, interaction, 'totp');
    const id = setupId.safeParse(ctx.query.setup);
    const setup =
      state === undefined || !id.success
        ? undefined
        : await factorEnrolment.totpSetup(state.account, id.data);
    if (state === undefined || setup === undefined) return seeOther(ctx, signInPath(interaction));
    signIn.changeShown(signInRequest(ctx, deps, interaction), state);
    await deps.pages.render(
      ctx,
      'enrol-totp',
      {
        ...signInPageModel(ctx, interaction, state.account, csrf),
        action: totpPath(interaction, setup.id, '/confirm'),
        picture: qrPicture(setup.otpauthUri),
        secret: setup.secret,
        issuer: deps.issuerName,
        backHref: signInPath(interaction),
        ...(name === undefined ? {} : { name }),
        ...(errors === undefined ? {} : { errors }),
      },
      status,
    );
  }

  async function showPasskey(
    ctx: Context,
    interaction: Interaction,
    { errors, name, status = 200 }: { errors?: PasskeyErrors; name?: string; status?: number },
  ): Promise<void> {
    const state = await at(ctx, interaction, 'passkey');
    if (state === undefined) return seeOther(ctx, signInPath(interaction));
    signIn.changeShown(signInRequest(ctx, deps, interaction), state);
    const path = `${signInPath(interaction)}/enrol/passkey`;
    await deps.pages.render(
      ctx,
      'enrol-passkey',
      {
        ...signInPageModel(ctx, interaction, state.account, csrf),
        action: path,
        optionsAction: `${path}/options`,
        backHref: signInPath(interaction),
        ...(name === undefined ? {} : { name }),
        ...(errors === undefined ? {} : { errors }),
      },
      status,
    );
  }

  return {
    async show(ctx, interaction, state, step) {
      signIn.changeShown(signInRequest(ctx, deps, interaction), state);
      const path = signInPath(interaction);
      const choices: Record<EnrolKind, EnrolChoice> = {
        totp: { kind: 'totp', action: `${path}/enrol/totp` },
        passkey: { kind: 'passkey', href: `${path}/enrol/passkey` },
      };
      const { skip } = step;
      await deps.pages.render(ctx, 'enrol-factor', {
        ...signInPageModel(ctx, interaction, state.account, csrf),
        reason: enrolReason(interaction.demands, state.circumstances.policy, step),
        choices: step.kinds.map((kind) => choices[kind]),
        ...(skip === undefined
          ? {}
          : {
              skip: {
                action: `${path}/skip`,
                ...(skip.skipsLeft === undefined ? {} : { left: skip.skipsLeft - 1 }),
                ...(skip.until === undefined ? {} : { until: skip.until }),
              },
            }),
      });
    },
  };
}

const totpPath = (interaction: Interaction, setup: string, sub = '') =>
  `${signInPath(interaction)}/enrol/totp${sub}?setup=${setup}`;

/** Nothing here can be refused but for a faster request; the sign-in's own page knows what came of that. */
const unrefused = (answer: Answer | undefined) => (answer?.kind === 'refused' ? undefined : answer);
