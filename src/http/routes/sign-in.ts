import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Notices } from '../../account-life/notices.ts';
import type { Registration } from '../../account-life/registration.ts';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { noteAudit } from '../../domain/audit/notes.ts';
import type { DeviceStore } from '../../domain/devices/store.ts';
import { LOCK_LIFTED, LOCKED_MEANWHILE } from '../../domain/lockout/slot-store.ts';
import type { Lockout } from '../../domain/lockout/store.ts';
import type { PasswordHasher } from '../../domain/passwords/hasher.ts';
import type { PasswordRules } from '../../domain/passwords/rules.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Interaction, Interactions } from '../../oidc/interactions.ts';
import type { Admissions } from '../../sign-in/admission-store.ts';
import { type Attempt, nextStep } from '../../sign-in/attempt.ts';
import type { RejectionCode } from '../../sign-in/checks/check.ts';
import { type About, settle, settleTooLate } from '../../sign-in/settle.ts';
import { ATTEMPT_COMPLETED, type AttemptStore } from '../../sign-in/store.ts';
import {
  lockedMeanwhile,
  type SubmitResult,
  submitPassword,
  withoutLock,
} from '../../sign-in/submit-password.ts';
import { currentUnit, UnitConflict, type UnitOfWork } from '../../storage/unit-of-work.ts';
import { originOf, wantsPage } from '../context.ts';
import type { Csrf } from '../csrf.ts';
import type { DeviceCookie } from '../device-cookie.ts';
import { readForm } from '../form.ts';
import {
  type ConsentRoutes,
  clientOnPage,
  isOurs,
  openInteraction,
  type PasswordChangePage,
} from '../interaction.ts';
import { leave, resume, seeOther, signInPath } from '../leaving.ts';
import { enforceLimits, tellLimits } from '../limits.ts';
import type { Pages, ViewModels } from '../pages.ts';

export interface SignInDependencies {
  readonly interactions: Interactions;
  readonly attempts: AttemptStore;
  readonly accounts: AccountStore;
  readonly devices: DeviceStore;
  readonly admissions: Admissions;
  readonly lockout: Pick<Lockout, 'lockedUntil'>;
  readonly deviceCookie: DeviceCookie;
  readonly notices: Pick<Notices, 'newDevice' | 'signInFailed' | 'signedIn'>;
  readonly registration: Pick<Registration, 'enabled'>;
  readonly hasher: PasswordHasher;
  readonly passwordRules: Pick<PasswordRules, 'requiredChange'>;
  readonly digestKey: Buffer;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages;
  readonly bodyLimitBytes: number;
  readonly consent: ConsentRoutes;
  readonly passwordChange: PasswordChangePage;
}

/** Bounds what a form may carry; that a password is too long for us is the hasher's to say, and looks like a wrong one. */
const form = z.object({
  csrf: z.string().max(200),
  identifier: z.string().max(2000).default(''),
  password: z.string().max(20_000).default(''),
});

/** A lock answers like a wrong password: what its page says is the same for who has an account and who has none. */
const STATUS: Record<RejectionCode, number> = {
  credentials_invalid: 401,
  locked: 401,
  rate_limited: 429,
  too_busy: 503,
};

const confirmation = z.object({ csrf: z.string().max(200) });

/** `/sign-in/:uid`: the pages of one sign-in. The form posts back to the page; where it goes next, `nextStep` says. */
export function signInRoutes(router: Router, deps: SignInDependencies): void {
  const { interactions, attempts, csrf } = deps;

  router.get('/sign-in/:uid', async (ctx) => {
    const interaction = await openInteraction(ctx, deps);
    if (interaction.prompt === 'consent') return deps.consent.show(ctx, interaction);
    const attempt = await attempts.find(interaction.uid);
    const step = nextStep(attempt, interaction.demands);
    if (step.kind === 'change_password' && (await deps.passwordChange.show(ctx, interaction, step))) return;
    if (step.kind === 'password' || step.kind === 'change_password')
      return showForm(ctx, interaction, { identifier: interaction.loginHint ?? '' });
    return leave(ctx, interactions, interaction, step);
  });

  router.post('/sign-in/:uid', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'login');
    const submitted = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, submitted.csrf);
    if (submitted.identifier.trim() === '' || submitted.password === '') {
      return showForm(
        ctx,
        interaction,
        { identifier: submitted.identifier, error: { code: 'fields_missing' } },
        400,
      );
    }
    await submit(ctx, interaction, submitted);
  });

  router.post('/sign-in/:uid/cancel', async (ctx) => {
    const interaction = await openInteraction(ctx, deps);
    const { csrf: token } = await readForm(ctx, confirmation, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    noteAudit(currentUnit(), {
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
    (currentUnit() as UnitOfWork).add(attempts.close(interaction.uid, about));
    const result = { error: 'access_denied', error_description: 'the person cancelled' };
    seeOther(ctx, await interactions.finish(interaction, result));
  });

  async function submit(
    ctx: Context,
    interaction: Interaction,
    { identifier, password }: { identifier: string; password: string },
  ): Promise<void> {
    const unit = currentUnit() as UnitOfWork;
    const attempt = await attempts.find(interaction.uid);
    // No password is verified where nothing can come of it: a guess there would be told to nobody.
    if (attempt.completed) return resume(ctx, interaction);
    const now = deps.clock.now();
    const deviceId = deps.deviceCookie.read(ctx);
    const { ip, userAgent } = originOf(ctx);
    const about: About = {
      clientId: interaction.client.id,
      now,
      expiresAt: interaction.expiresAt,
      deviceId: deviceId ?? deps.devices.newId(),
      sighting: { at: now, ip, userAgent },
    };
    const submission = { identifier, password, address: ctx.ip, deviceId };
    const result = await submitPassword(attempt, submission, interaction.demands, now, deps);
    tellLimits(ctx, result.limits);
    try {
      settle(unit, deps, result.outcome, about);
      if (result.rejection !== undefined) {
        await unit.commit();
        return await refuse(ctx, interaction, identifier, result);
      }
      await leave(ctx, interactions, interaction, result.outcome.step);
      await unit.commit();
      if (result.outcome.step.kind === 'done') deps.deviceCookie.write(ctx, about.deviceId);
    } catch (error) {
      unit.discard();
      if (!(error instanceof UnitConflict)) throw error;
      await lose(ctx, interaction, identifier, { attempt, result, about, error });
    }
  }

  /** Another request was faster. What that means for this one depends on at what. */
  async function lose(
    ctx: Context,
    interaction: Interaction,
    identifier: string,
    {
      attempt,
      result,
      about,
      error,
    }: { attempt: Attempt; result: SubmitResult; about: About; error: UnitConflict },
  ): Promise<void> {
    const unit = currentUnit() as UnitOfWork;
    ctx.remove('Location');
    if (error.code === ATTEMPT_COMPLETED) {
      settleTooLate(unit, result.outcome, about, await attempts.find(interaction.uid));
      await unit.commit();
      return resume(ctx, interaction);
    }
    const other = await afterConflict(error, attempt, result, about.now);
    if (other === undefined) {
      settleTooLate(unit, result.outcome, about);
      await unit.commit();
      throw error;
    }
    settle(unit, deps, other.outcome, about);
    await unit.commit();
    await refuse(ctx, interaction, identifier, other);
  }

  async function afterConflict(
    { code }: UnitConflict,
    attempt: Attempt,
    result: SubmitResult,
    now: Date,
  ): Promise<SubmitResult | undefined> {
    const { slot } = result.outcome;
    if (slot === undefined) return undefined;
    if (code === LOCK_LIFTED) return withoutLock(result);
    if (code !== LOCKED_MEANWHILE) return undefined;
    return lockedMeanwhile(result, attempt, (await deps.lockout.lockedUntil(slot.request)) ?? now);
  }

  /** Shows the form again and says why; programs get an error that they can read. */
  async function refuse(
    ctx: Context,
    interaction: Interaction,
    identifier: string,
    { rejection, retryAt, limits }: SubmitResult,
  ): Promise<void> {
    if (rejection === undefined) return;
    if (rejection === 'rate_limited' && !wantsPage(ctx)) return enforceLimits(ctx, limits);
    const seconds =
      retryAt && Math.max(1, Math.ceil((retryAt.getTime() - deps.clock.now().getTime()) / 1000));
    if (seconds !== undefined) ctx.set('Retry-After', String(seconds));
    const error = { code: rejection, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) };
    await showForm(ctx, interaction, { identifier, error }, STATUS[rejection]);
  }

  async function showForm(
    ctx: Context,
    interaction: Interaction,
    { identifier, error }: { identifier: string; error?: NonNullable<ViewModels['sign-in']['error']> },
    status = 200,
  ): Promise<void> {
    ctx.state.uiLocales = interaction.uiLocales;
    await deps.pages.render(
      ctx,
      'sign-in',
      {
        action: signInPath(interaction),
        csrfToken: csrf.token('sign-in', interaction.uid),
        // There is nothing to return to from our own pages.
        ...(isOurs(interaction.client)
          ? {}
          : { client: clientOnPage(interaction.client), cancelAction: `${signInPath(interaction)}/cancel` }),
        identifier,
        forgotHref: `/forgot?sign_in=${interaction.uid}`,
        ...(deps.registration.enabled ? { registerHref: `/register?sign_in=${interaction.uid}` } : {}),
        ...(error === undefined ? {} : { error }),
        ...(interaction.reauthenticate ? { notice: 'reauthenticate' as const } : {}),
      },
      status,
    );
  }
}

export { seeOther };
