import type Router from '@koa/router';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { person } from '../../domain/audit/actor.ts';
import { addPendingEvent } from '../../domain/audit/pending-events.ts';
import { type ConsentStore, mergeGranted, NOTHING_GRANTED } from '../../domain/consents/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Interaction, Interactions } from '../../oidc/interactions.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import { currentUnit, requestUnit } from '../../storage/unit-of-work.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { type DescribesGranted, describeGranted, namesOf } from '../pages/granted.ts';
import { type Pages, preferencesOf } from '../pages/pages.ts';
import { clientOnPage, type InteractionPage, offerSwitchAt, openInteraction } from './interaction.ts';
import type { SignInViews } from './views.ts';

export interface ConsentDependencies extends DescribesGranted {
  readonly interactions: Interactions;
  readonly attempts: AttemptStore;
  readonly accounts: AccountStore;
  readonly consents: ConsentStore;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200), decision: z.enum(['allow', 'deny']) });

/** `/sign-in/:uid/consent`: asks whether the application may have what it wants, and remembers the answer, unless that is a test. */
export function consentRoutes(router: Router, deps: ConsentDependencies): InteractionPage {
  const { interactions, consents, csrf } = deps;

  router.post('/sign-in/:uid/consent', async (ctx) => {
    const interaction = await openInteraction(ctx, deps, 'consent');
    const { csrf: token, decision } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'consent', interaction.uid, token);
    const unit = requestUnit();
    const isNoted = !interaction.forTest && namesOf(interaction.missing).length > 0;
    if (isNoted) note(interaction, decision === 'allow');
    const about = {
      clientId: interaction.client.id,
      now: deps.clock.now(),
      expiresAt: interaction.expiresAt,
    };
    unit.add(deps.attempts.close(interaction.uid, about));
    if (decision === 'deny') {
      const result = { error: 'access_denied', error_description: 'the person refused' };
      return seeOther(ctx, await interactions.finish(interaction, result));
    }
    const deviceFor = interaction.device === undefined ? {} : { deviceFor: interaction.accountId ?? '' };
    if (!interaction.forTest) await remember(interaction);
    const grantId = await interactions.grant(interaction, interaction.missing);
    seeOther(ctx, await interactions.finish(interaction, { consent: { grantId, ...deviceFor } }));
  });

  async function remember({ accountId = '', client, missing }: Interaction): Promise<void> {
    const before = (await consents.find(accountId, client.id)) ?? NOTHING_GRANTED;
    const granted = mergeGranted(before, missing);
    requestUnit().add(consents.save(accountId, client.id, granted, deps.clock.now()));
  }

  function note(interaction: Interaction, allowed: boolean): void {
    addPendingEvent(currentUnit(), {
      type: allowed ? 'consent.granted' : 'consent.refused',
      outcome: allowed ? 'success' : 'failure',
      ...(interaction.accountId === undefined
        ? {}
        : { actor: person(interaction.accountId), account: interaction.accountId }),
      client: interaction.client.id,
      details: { scopes: namesOf(interaction.missing) },
    });
  }

  return {
    async show(ctx, interaction) {
      const account = await deps.accounts.findById(interaction.accountId ?? '');
      if (account === undefined) {
        const result = { error: 'login_required', error_description: 'the account is gone' };
        return seeOther(ctx, await interactions.finish(interaction, result));
      }
      ctx.state.uiLocales = interaction.uiLocales;
      ctx.state.accountLocale = account.locale;
      offerSwitchAt(ctx, interaction, csrf);
      const before = await consents.find(account.id, interaction.client.id);
      const known = new Set(before === undefined ? [] : namesOf(before));
      const model = {
        action: `/sign-in/${interaction.uid}/consent`,
        csrfToken: csrf.token('consent', interaction.uid),
        client: clientOnPage(interaction.client),
        account: { name: account.name, email: account.email },
        scopes: (await describeGranted(interaction.missing, deps, preferencesOf(ctx))).map((scope) =>
          before === undefined || known.has(scope.name) ? scope : { ...scope, isNew: true },
        ),
      };
      const { device } = interaction;
      if (device === undefined) return deps.pages.render(ctx, 'consent', model);
      const zone = account.zoneinfo === undefined ? {} : { zoneinfo: account.zoneinfo };
      await deps.pages.render(ctx, 'confirm-device', { ...model, ...zone, device });
    },
  };
}
