import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Interaction } from '../../oidc/interactions.ts';
import { isByTemporaryCode } from '../../sign-in/attempt.ts';
import { seeOther, signInPath } from '../kit/redirects.ts';
import { factorNameError } from '../pages/factor-name.ts';
import { type EnrolmentSteps, enrolForm, type SignInEnrolmentDependencies } from './enrolment-steps.ts';
import { openInteraction, signInPageModel } from './interaction.ts';
import { signInRequest } from './sign-in-request.ts';
import type { EnrolChoice, SignInViews } from './views.ts';

const passkeyForm = enrolForm.extend({
  response: z.string().max(50_000).default(''),
  name: z.string().trim().max(1_000).default(''),
});

type PasskeyErrors = NonNullable<SignInViews['enrol-passkey']['errors']>;

/** `/sign-in/:uid/enrol/passkey`: setting up a passkey inside a sign-in. */
export function enrolPasskeyRoutes(
  router: Router,
  deps: SignInEnrolmentDependencies,
  { opened, at, enforceSetups, sightingOf, finish }: EnrolmentSteps,
): (path: string) => EnrolChoice {
  const { signIn, factorEnrolment, csrf } = deps;

  router.get('/sign-in/:uid/enrol/passkey', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    await showPasskey(ctx, interaction, {});
  });

  router.post('/sign-in/:uid/enrol/passkey/options', async (ctx) => {
    const { interaction } = await opened(ctx, enrolForm);
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

  return (path) => ({ kind: 'passkey', href: `${path}/enrol/passkey` });
}
