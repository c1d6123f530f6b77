import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { noteAudit } from '../../domain/audit/notes.ts';
import type { PasswordHasher } from '../../domain/passwords/hasher.ts';
import type { Clock } from '../../kernel/clock.ts';
import { epochSeconds } from '../../kernel/clock.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Interaction, Interactions } from '../../oidc/interactions.ts';
import { nextStep, type Step } from '../../sign-in/attempt.ts';
import { settle } from '../../sign-in/settle.ts';
import { ATTEMPT_COMPLETED, type AttemptStore } from '../../sign-in/store.ts';
import { submitPassword } from '../../sign-in/submit-password.ts';
import { currentUnit, UnitConflict, type UnitOfWork } from '../../storage/unit-of-work.ts';
import type { Csrf } from '../csrf.ts';
import { readForm } from '../form.ts';
import { type ConsentRoutes, clientOnPage, isOurs, openInteraction } from '../interaction.ts';
import type { Pages, ViewModels } from '../pages.ts';

export interface SignInDependencies {
  readonly interactions: Interactions;
  readonly attempts: AttemptStore;
  readonly accounts: AccountStore;
  readonly hasher: PasswordHasher;
  readonly digestKey: Buffer;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages;
  readonly bodyLimitBytes: number;
  readonly consent: ConsentRoutes;
}

/** Bounds what a form may carry; that a password is too long for us is the hasher's to say, and looks like a wrong one. */
const form = z.object({
  csrf: z.string().max(200),
  identifier: z.string().max(2000).default(''),
  password: z.string().max(20_000).default(''),
});

const confirmation = z.object({ csrf: z.string().max(200) });

const path = (interaction: Interaction) => `/sign-in/${interaction.uid}`;

/** `/sign-in/:uid`: the pages of one sign-in. The form posts back to the page; where it goes next, `nextStep` says. */
export function signInRoutes(router: Router, deps: SignInDependencies): void {
  const { interactions, attempts, csrf } = deps;

  router.get('/sign-in/:uid', async (ctx) => {
    const interaction = await openInteraction(ctx, deps);
    if (interaction.prompt === 'consent') return deps.consent.show(ctx, interaction);
    const attempt = await attempts.find(interaction.uid);
    const step = nextStep(attempt, interaction.demands);
    if (step.kind === 'password')
      return showForm(ctx, interaction, { identifier: interaction.loginHint ?? '' });
    return leave(ctx, interaction, step);
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
    const now = deps.clock.now();
    const about = { clientId: interaction.client.id, now, expiresAt: interaction.expiresAt };
    try {
      const { outcome, rejection } = await submitPassword(
        attempt,
        { identifier, password },
        interaction.demands,
        now,
        deps,
      );
      settle(unit, deps, outcome, about);
      if (rejection !== undefined) {
        await unit.commit();
        return showForm(ctx, interaction, { identifier, error: { code: rejection } }, 401);
      }
      await leave(ctx, interaction, outcome.step);
      await unit.commit();
    } catch (error) {
      unit.discard();
      if (error instanceof GatehouseError && error.code === 'hashing_busy') {
        return showBusy(ctx, interaction, identifier, error);
      }
      // The other of a double submit was faster; this browser continues where that one does.
      if (error instanceof UnitConflict && error.code === ATTEMPT_COMPLETED) {
        return seeOther(ctx, new URL(interaction.library.returnTo).pathname);
      }
      throw error;
    }
  }

  /** Tells the provider what became of the sign-in and sends the browser back to it. */
  async function leave(ctx: Context, interaction: Interaction, step: Step): Promise<void> {
    if (step.kind === 'done') {
      const { accountId, acr, amr } = step;
      const login = { accountId, acr, amr: [...amr], ts: epochSeconds(deps.clock.now()) };
      return seeOther(ctx, await interactions.finish(interaction, { login }));
    }
    if (step.kind === 'impossible') {
      const result = { error: step.error, error_description: 'the requested sign-in is not possible' };
      return seeOther(ctx, await interactions.finish(interaction, result));
    }
    throw new Error(`a sign-in cannot end at the step ${step.kind}`);
  }

  async function showBusy(ctx: Context, interaction: Interaction, identifier: string, error: GatehouseError) {
    const retryAfterSeconds = error.retryAfter ?? 5;
    ctx.set('Retry-After', String(retryAfterSeconds));
    await showForm(ctx, interaction, { identifier, error: { code: 'too_busy', retryAfterSeconds } }, 503);
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
        action: path(interaction),
        csrfToken: csrf.token('sign-in', interaction.uid),
        // There is nothing to return to from our own pages.
        ...(isOurs(interaction.client)
          ? {}
          : { client: clientOnPage(interaction.client), cancelAction: `${path(interaction)}/cancel` }),
        identifier,
        ...(error === undefined ? {} : { error }),
        ...(interaction.reauthenticate ? { notice: 'reauthenticate' as const } : {}),
      },
      status,
    );
  }
}

/** 303, so that no browser sends the password on to where it is redirected (RFC 9700, section 4.12). */
export function seeOther(ctx: Context, location: string): void {
  ctx.status = 303;
  ctx.redirect(location);
}
