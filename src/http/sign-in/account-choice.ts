import type Router from '@koa/router';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Interactions } from '../../oidc/interactions.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import { requestUnit } from '../../storage/unit-of-work.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther, signInPath } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { type InteractionPage, openInteraction, signInPageModel } from './interaction.ts';
import type { SignInViews } from './views.ts';

export interface AccountChoiceDependencies {
  readonly interactions: Interactions;
  readonly attempts: AttemptStore;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200), choice: z.enum(['continue', 'other']) });

/**
 * `/sign-in/:uid/account`: asks somebody who is signed in whether they go on as that person or somebody else signs in
 * (`prompt=select_account`). Whoever is signed in stays so until somebody else has signed in. Where the session has ended since,
 * the interaction has ended with it.
 */
export function accountChoiceRoutes(router: Router, deps: AccountChoiceDependencies): InteractionPage {
  const { interactions, csrf } = deps;

  router.post('/sign-in/:uid/account', async (ctx) => {
    const interaction = await openInteraction(ctx, deps);
    const { csrf: token, choice } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    // A second click: the first has chosen.
    if (interaction.prompt !== 'select_account') return seeOther(ctx, signInPath(interaction));
    if (choice === 'other') {
      await interactions.askSomebodyElse(interaction);
      return seeOther(ctx, signInPath(interaction));
    }
    const about = {
      clientId: interaction.client.id,
      now: deps.clock.now(),
      expiresAt: interaction.expiresAt,
    };
    requestUnit().add(deps.attempts.close(interaction.uid, about));
    seeOther(ctx, await interactions.finish(interaction, { select_account: {} }));
  });

  return {
    async show(ctx, interaction) {
      const account = await deps.accounts.findById(interaction.accountId ?? '');
      if (account?.status !== 'active') {
        // There is nobody to go on as.
        await interactions.restart(interaction);
        return seeOther(ctx, signInPath(interaction));
      }
      await deps.pages.render(ctx, 'choose-account', {
        ...signInPageModel(ctx, interaction, account, csrf),
        action: `${signInPath(interaction)}/account`,
      });
    },
  };
}
