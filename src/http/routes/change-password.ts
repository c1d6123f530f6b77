import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { CHANGED_MEANWHILE, type DemandedChange } from '../../account-life/demanded-change.ts';
import type { NewPasswords } from '../../account-life/new-passwords.ts';
import type { Notices } from '../../account-life/notices.ts';
import type { Account, AccountStore } from '../../domain/accounts/store.ts';
import type { DeviceStore } from '../../domain/devices/store.ts';
import type { PasswordProblem } from '../../domain/passwords/policy.ts';
import { type Limits, UNLIMITED } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Interaction, Interactions } from '../../oidc/interactions.ts';
import { type Attempt, nextStep, type Step } from '../../sign-in/attempt.ts';
import { settle } from '../../sign-in/settle.ts';
import { ATTEMPT_COMPLETED, type AttemptStore } from '../../sign-in/store.ts';
import { currentUnit, UnitConflict, type UnitOfWork } from '../../storage/unit-of-work.ts';
import { originOf } from '../context.ts';
import type { Csrf } from '../csrf.ts';
import type { DeviceCookie } from '../device-cookie.ts';
import { readForm } from '../form.ts';
import { clientOnPage, isOurs, openInteraction, type PasswordChangePage } from '../interaction.ts';
import { leave, resume, seeOther, signInPath } from '../leaving.ts';
import { enforceLimits } from '../limits.ts';
import type { Pages, ViewModels } from '../pages.ts';

export interface ChangePasswordDependencies {
  readonly interactions: Interactions;
  readonly attempts: AttemptStore;
  readonly accounts: AccountStore;
  readonly devices: DeviceStore;
  readonly demandedChange: DemandedChange;
  readonly newPasswords: Pick<NewPasswords, 'explain'>;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'demandedPasswordPerPerson'>;
  readonly deviceCookie: DeviceCookie;
  readonly notices: Pick<Notices, 'newDevice' | 'signInFailed' | 'signedIn'>;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages;
  readonly bodyLimitBytes: number;
}

const form = z.object({
  csrf: z.string().max(200),
  new_password: z.string().max(20_000).default(''),
});

type ChangeStep = Step & { kind: 'change_password' };
type ChangeError = NonNullable<ViewModels['change-password']['error']>;

interface Refusal {
  readonly error: ChangeError;
  readonly problems?: readonly PasswordProblem[];
  readonly status: number;
}

/**
 * `/sign-in/:uid/password`: where a sign-in goes on whose password must not open anything any more. No session and no code
 * exists before it is changed; the evidence that it has to be is kept with the attempt.
 */
export function changePasswordRoutes(router: Router, deps: ChangePasswordDependencies): PasswordChangePage {
  const { interactions, attempts, csrf } = deps;

  router.post('/sign-in/:uid/password', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token, new_password: chosen } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    const attempt = await attempts.find(interaction.uid);
    if (attempt.completed) return resume(ctx, interaction);
    const step = nextStep(attempt, interaction.demands);
    const account = step.kind === 'change_password' ? await holder(step) : undefined;
    // Whatever comes next instead, the sign-in's own page knows.
    if (step.kind !== 'change_password' || account === undefined) {
      return seeOther(ctx, signInPath(interaction));
    }
    if (chosen === '') {
      return render(ctx, interaction, account, step, { error: { code: 'missing' }, status: 400 });
    }
    const limit = deps.limits.demandedPasswordPerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: account.id }]));
    await change(ctx, interaction, { attempt, account, step, chosen });
  });

  /** Whose password was proven, as long as it is still the same one. */
  async function holder({ accountId, change: { setAt } }: ChangeStep): Promise<Account | undefined> {
    const account = await deps.accounts.findById(accountId);
    const same = account?.passwordChangedAt?.getTime() === setAt?.getTime();
    return account?.status === 'active' && same ? account : undefined;
  }

  async function change(
    ctx: Context,
    interaction: Interaction,
    {
      attempt,
      account,
      step,
      chosen,
    }: { attempt: Attempt; account: Account; step: ChangeStep; chosen: string },
  ): Promise<void> {
    try {
      const { problems, account: changed } = await deps.demandedChange.complete(account, chosen, {
        session: interaction.library.session?.uid,
        client: interaction.client.id,
        origin: originOf(ctx),
      });
      const [problem] = problems;
      if (problem === undefined) return await finish(ctx, interaction, attempt, changed);
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
    before: Attempt,
    account: Account,
  ): Promise<void> {
    const unit = currentUnit() as UnitOfWork;
    const now = deps.clock.now();
    const known = deps.deviceCookie.read(ctx);
    const deviceId = known ?? deps.devices.newId();
    const deviceIsKnown = known !== undefined && (await deps.devices.accountsOf(known)).has(account.id);
    const step = nextStep({ ...before, passwordChange: undefined }, interaction.demands);
    const completed = step.kind === 'done' || step.kind === 'impossible';
    const { ip, userAgent } = originOf(ctx);
    const about = {
      clientId: interaction.client.id,
      now,
      expiresAt: interaction.expiresAt,
      deviceId,
      sighting: { at: now, ip, userAgent },
    };
    const outcome = {
      attempt: { ...before, passwordChange: undefined, completed },
      step,
      account,
      deviceIsKnown,
      refusal: undefined,
      rehash: undefined,
      slot: undefined,
      limits: UNLIMITED,
    };
    try {
      settle(unit, deps, outcome, about);
      await leave(ctx, interactions, interaction, step);
      await unit.commit();
      if (step.kind === 'done') deps.deviceCookie.write(ctx, deviceId);
    } catch (error) {
      unit.discard();
      if (!(error instanceof UnitConflict) || error.code !== ATTEMPT_COMPLETED) throw error;
      resume(ctx, interaction);
    }
  }

  async function render(
    ctx: Context,
    interaction: Interaction,
    account: Account,
    { change: { reason } }: ChangeStep,
    refusal?: Refusal,
  ): Promise<void> {
    ctx.state.uiLocales = interaction.uiLocales;
    ctx.state.accountLocale = account.locale;
    await deps.pages.render(
      ctx,
      'change-password',
      {
        action: `${signInPath(interaction)}/password`,
        csrfToken: csrf.token('sign-in', interaction.uid),
        // There is nothing to return to from our own pages.
        ...(isOurs(interaction.client)
          ? {}
          : { client: clientOnPage(interaction.client), cancelAction: `${signInPath(interaction)}/cancel` }),
        account: { name: account.name, email: account.email },
        reason,
        rules: deps.newPasswords.explain(account, refusal?.problems),
        ...(refusal === undefined ? {} : { error: refusal.error }),
      },
      refusal?.status ?? 200,
    );
  }

  return {
    async show(ctx, interaction, step) {
      const account = await holder(step);
      if (account === undefined) return false;
      await render(ctx, interaction, account, step);
      return true;
    },
  };
}
