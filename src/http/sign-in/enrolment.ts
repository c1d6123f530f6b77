import type Router from '@koa/router';
import type { OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import { signInPath } from '../kit/redirects.ts';
import { enrolPasskeyRoutes } from './enrol-passkey.ts';
import { enrolReason } from './enrol-reason.ts';
import { enrolTotpRoutes } from './enrol-totp.ts';
import {
  createEnrolmentSteps,
  enrolForm,
  type SignInEnrolmentDependencies,
  unrefused,
} from './enrolment-steps.ts';
import { type StepPage, signInPageModel } from './interaction.ts';
import { redirectToNext, signInRequest } from './sign-in-request.ts';
import type { EnrolChoice } from './views.ts';

/**
 * `/sign-in/:uid/enrol/…`: setting up a second factor inside a sign-in that asks for one, with the wizard of
 * `lifecycle`. `sign-in` decides whether that is the step; it is asked again with each request.
 */
export function signInEnrolmentRoutes(
  router: Router,
  deps: SignInEnrolmentDependencies,
): StepPage<'enrol_factor'> {
  const { signIn, csrf } = deps;
  const steps = createEnrolmentSteps(deps);

  router.post('/sign-in/:uid/skip', async (ctx) => {
    const { interaction } = await steps.opened(ctx, enrolForm);
    const answer = await signIn.skip(signInRequest(ctx, deps, interaction));
    redirectToNext(ctx, deps, interaction, unrefused(answer));
  });

  /** How the wizard of each kind begins, under the sign-in's path. */
  const begins: Readonly<Record<OwnFactorKind, (path: string) => EnrolChoice>> = {
    totp: enrolTotpRoutes(router, deps, steps),
    passkey: enrolPasskeyRoutes(router, deps, steps),
  };

  return {
    async show(ctx, interaction, state, step) {
      signIn.changeShown(signInRequest(ctx, deps, interaction), state);
      const path = signInPath(interaction);
      const { skip } = step;
      await deps.pages.render(ctx, 'enrol-factor', {
        ...signInPageModel(ctx, interaction, state.account, csrf),
        reason: enrolReason(interaction.demands, state.circumstances.policy, step),
        choices: step.kinds.map((kind) => begins[kind](path)),
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
