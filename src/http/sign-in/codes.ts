import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { addPendingEvent } from '../../domain/audit/pending-events.ts';
import type { Limits } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { FactorEnrolment } from '../../lifecycle/factor-enrolment.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import { requestUnit } from '../../storage/unit-of-work.ts';
import type { CodesCookie } from '../kit/codes-cookie.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { enforceLimits } from '../kit/limits.ts';
import { seeOther, signInPath } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { downloadOf } from '../pages/recovery-codes-download.ts';
import { openInteraction, type StepPage, signInPageModel } from './interaction.ts';
import { redirectToNext, type SignInEdge, signInRequest } from './sign-in-request.ts';
import type { SignInViews } from './views.ts';

export interface SignInCodesDependencies extends SignInEdge {
  readonly signIn: SignIn;
  readonly attempts: AttemptStore;
  readonly factorEnrolment: Pick<FactorEnrolment, 'newCodes'>;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'factorSetupPerPerson'>;
  readonly codesCookie: CodesCookie;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200) });

/** `/sign-in/:uid/codes/…`: the recovery codes that came with the first factor, and the person's word that they are stored. */
export function signInCodesRoutes(router: Router, deps: SignInCodesDependencies): StepPage<'store_codes'> {
  const { signIn, csrf } = deps;

  async function opened(ctx: Context): Promise<Interaction> {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    return interaction;
  }

  router.post('/sign-in/:uid/codes/stored', async (ctx) => {
    const interaction = await opened(ctx);
    const answer = await signIn.codesStored(signInRequest(ctx, deps, interaction));
    redirectToNext(ctx, deps, interaction, answer?.kind === 'refused' ? undefined : answer);
  });

  router.post('/sign-in/:uid/codes/new', async (ctx) => {
    const interaction = await opened(ctx);
    const looked = await signIn.look(signInRequest(ctx, deps, interaction));
    const remakes =
      looked.kind === 'known' && looked.step.kind === 'store_codes' && signIn.mayRemakeCodes(looked);
    if (!remakes) return seeOther(ctx, signInPath(interaction));
    const { account } = looked;
    // A set costs as much as ten passwords.
    const limit = deps.limits.factorSetupPerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: `codes:${account.id}` }]));
    const sighting = { at: deps.clock.now(), ip: ctx.ip, userAgent: originOf(ctx).userAgent };
    const { codes, made } = await deps.factorEnrolment.newCodes(account, sighting);
    const unit = requestUnit();
    unit.add(...made.writes);
    for (const event of made.events) addPendingEvent(unit, event);
    deps.codesCookie.write(ctx, signInPath(interaction), account.id, codes);
    seeOther(ctx, signInPath(interaction));
  });

  return {
    async show(ctx, interaction, state) {
      const { account } = state;
      const path = signInPath(interaction);
      const codes = deps.codesCookie.take(ctx, path, account.id);
      await deps.pages.render(ctx, 'recovery-codes', {
        ...signInPageModel(ctx, interaction, account, csrf),
        storedAction: `${path}/codes/stored`,
        ...(signIn.mayRemakeCodes(state) ? { againAction: `${path}/codes/new` } : {}),
        download: downloadOf(csrf, codes ?? []),
        ...(codes === undefined ? {} : { codes }),
      });
    },
  };
}
