import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { FactorEnrolment } from '../../account-life/factor-enrolment.ts';
import { noteAudit } from '../../domain/audit/notes.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import { requestUnit } from '../../storage/unit-of-work.ts';
import type { CodesCookie } from '../codes-cookie.ts';
import { originOf } from '../context.ts';
import type { Csrf } from '../csrf.ts';
import { readForm } from '../form.ts';
import { openInteraction, type StepPage, wayOf } from '../interaction.ts';
import { seeOther, signInPath } from '../leaving.ts';
import type { Pages } from '../pages.ts';
import { goOn, type SignInEdge, signInRequest } from '../sign-in-request.ts';
import { downloadOf } from './recovery-codes.ts';

export interface SignInCodesDependencies extends SignInEdge {
  readonly signIn: SignIn;
  readonly attempts: AttemptStore;
  readonly factorEnrolment: Pick<FactorEnrolment, 'newCodes'>;
  readonly codesCookie: CodesCookie;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages;
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
    goOn(ctx, deps, interaction, answer?.kind === 'refused' ? undefined : answer);
  });

  router.post('/sign-in/:uid/codes/new', async (ctx) => {
    const interaction = await opened(ctx);
    const standing = await signIn.look(signInRequest(ctx, deps, interaction));
    seeOther(ctx, signInPath(interaction));
    if (standing.kind !== 'known' || standing.step.kind !== 'store_codes') return;
    if (!signIn.mayRemakeCodes(standing)) return;
    const { account } = standing;
    const sighting = { at: deps.clock.now(), ip: ctx.ip, userAgent: originOf(ctx).userAgent };
    const { codes, made } = deps.factorEnrolment.newCodes(account, sighting);
    const unit = requestUnit();
    unit.add(...made.writes);
    for (const event of made.events) noteAudit(unit, event);
    deps.codesCookie.write(ctx, signInPath(interaction), account.id, codes);
  });

  return {
    async show(ctx, interaction, position) {
      const { account } = position;
      const path = signInPath(interaction);
      const codes = deps.codesCookie.take(ctx, path, account.id);
      await deps.pages.render(ctx, 'recovery-codes', {
        ...wayOf(ctx, interaction, account, csrf),
        storedAction: `${path}/codes/stored`,
        ...(signIn.mayRemakeCodes(position) ? { againAction: `${path}/codes/new` } : {}),
        download: downloadOf(csrf, codes ?? []),
        ...(codes === undefined ? {} : { codes }),
      });
    },
  };
}
