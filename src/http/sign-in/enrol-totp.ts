import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Interaction } from '../../oidc/interactions.ts';
import { isByTemporaryCode } from '../../sign-in/attempt.ts';
import { requestUnit } from '../../storage/unit-of-work.ts';
import { seeOther, signInPath } from '../kit/redirects.ts';
import { factorNameError } from '../pages/factor-name.ts';
import { qrPicture } from '../pages/qr.ts';
import { type EnrolmentSteps, enrolForm, type SignInEnrolmentDependencies } from './enrolment-steps.ts';
import { openInteraction, signInPageModel } from './interaction.ts';
import { signInRequest } from './sign-in-request.ts';
import type { EnrolChoice, SignInViews } from './views.ts';

const totpForm = enrolForm.extend({
  code: z.string().max(1_000).default(''),
  name: z.string().trim().max(1_000).default(''),
});
const setupId = z.uuid();

type TotpErrors = NonNullable<SignInViews['enrol-totp']['errors']>;

/** `/sign-in/:uid/enrol/totp`: setting up an authenticator app inside a sign-in. */
export function enrolTotpRoutes(
  router: Router,
  deps: SignInEnrolmentDependencies,
  { opened, at, enforceSetups, sightingOf, finish }: EnrolmentSteps,
): (path: string) => EnrolChoice {
  const { signIn, factorEnrolment, csrf } = deps;

  router.post('/sign-in/:uid/enrol/totp', async (ctx) => {
    const { interaction } = await opened(ctx, enrolForm);
    const state = await at(ctx, interaction, 'totp');
    if (state === undefined) return seeOther(ctx, signInPath(interaction));
    await enforceSetups(ctx, state);
    const { id, writes } = factorEnrolment.beginTotp(state.account);
    requestUnit().add(...writes);
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
        otpauthUri: setup.otpauthUri,
        secret: setup.secret,
        issuer: deps.issuerName,
        backHref: signInPath(interaction),
        ...(name === undefined ? {} : { name }),
        ...(errors === undefined ? {} : { errors }),
      },
      status,
    );
  }

  return (path) => ({ kind: 'totp', action: `${path}/enrol/totp` });
}

const totpPath = (interaction: Interaction, setup: string, sub = '') =>
  `${signInPath(interaction)}/enrol/totp${sub}?setup=${setup}`;
