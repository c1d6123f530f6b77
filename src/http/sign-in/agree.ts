import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { type AgreementDocument, DOCUMENT_KINDS, textFor } from '../../domain/agreements/policy.ts';
import { person } from '../../domain/audit/actor.ts';
import { addPendingEvent } from '../../domain/audit/pending-events.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Interaction } from '../../oidc/interactions.ts';
import type { OwnAccess } from '../../oidc/own-access.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { type AgreeState, documentAt } from '../../sign-in/agree.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import { currentUnit, requestUnit } from '../../storage/unit-of-work.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { resume, seeOther, signInPath } from '../kit/redirects.ts';
import { blocksOf } from '../pages/document-text.ts';
import { type Pages, preferencesOf } from '../pages/pages.ts';
import { isOurs, openInteraction, type StepPage, signInPageModel } from './interaction.ts';
import { redirectToNext, type SignInEdge, signInRequest } from './sign-in-request.ts';
import type { SignInViews } from './views.ts';

export interface AgreementRouteDependencies extends SignInEdge {
  readonly signIn: SignIn;
  readonly attempts: AttemptStore;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly ownAccess: Pick<OwnAccess, 'signOut'>;
  readonly documents: readonly AgreementDocument[];
  readonly clock: Clock;
  readonly csrf: Csrf;
  readonly pages: Pages<SignInViews>;
  readonly bodyLimitBytes: number;
}

/** Which text the page has shown. */
const form = z.object({
  csrf: z.string().max(200),
  document: z.enum(DOCUMENT_KINDS),
  version: z.string().max(64),
  language: z.string().max(64),
});

const VIEWS = { notice: 'use-notice', terms: 'terms' } as const;

/** Where those come who have declined, and came from a page of ours. */
const DECLINED = '/declined';

/**
 * `/sign-in/:uid/agree` and `/decline`: the system-use notice and the terms, after everything was shown and before there is a
 * session or a code (NIST SP 800-53, AC-8). Declining ends the sign-in, and the session that it was to add to.
 */
export function agreementRoutes(router: Router, deps: AgreementRouteDependencies): StepPage<'agree'> {
  const { signIn, csrf } = deps;

  async function opened(ctx: Context) {
    const interaction = await openInteraction(ctx, deps, 'login');
    const { csrf: token, ...shown } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'sign-in', interaction.uid, token);
    return { interaction, shown };
  }

  router.post('/sign-in/:uid/agree', async (ctx) => {
    const { interaction, shown } = await opened(ctx);
    const answer = await signIn.agreed(signInRequest(ctx, deps, interaction), shown);
    redirectToNext(ctx, deps, interaction, answer?.kind === 'refused' ? undefined : answer);
  });

  router.post('/sign-in/:uid/decline', async (ctx) => {
    const { interaction, shown } = await opened(ctx);
    const looked = await signIn.look(signInRequest(ctx, deps, interaction));
    if (looked.kind === 'completed') return resume(ctx, interaction);
    const { step } = looked;
    // It was agreed to in another tab, or another document is asked for by now: the sign-in's own page knows.
    if (looked.kind !== 'known' || step.kind !== 'agree' || step.document.kind !== shown.document) {
      return seeOther(ctx, signInPath(interaction));
    }
    await decline(ctx, interaction, { ...looked, step });
  });

  async function decline(ctx: Context, interaction: Interaction, { account, step }: AgreeState) {
    const { client, uid, expiresAt } = interaction;
    const session = await deps.sessions.find(ctx);
    if (session?.accountId === account.id) await deps.ownAccess.signOut(session, originOf(ctx));
    addPendingEvent(currentUnit(), {
      type: 'agreement.declined',
      outcome: 'failure',
      actor: person(account.id),
      account: account.id,
      client: client.id,
      details: { document: step.document.kind, version: step.document.version },
    });
    requestUnit().add(deps.attempts.close(uid, { clientId: client.id, now: deps.clock.now(), expiresAt }));
    const what = step.document.kind === 'terms' ? 'accept the terms' : 'acknowledge the notice';
    const result = { error: 'access_denied', error_description: `the person did not ${what}` };
    const location = await deps.interactions.finish(interaction, result, true);
    // Our own pages would only ask for another sign-in.
    seeOther(ctx, isOurs(client) ? DECLINED : location);
  }

  router.get(DECLINED, (ctx) => deps.pages.render(ctx, 'declined', { accountHref: '/account' }));

  return {
    async show(ctx, interaction, state, step) {
      const document = documentAt({ ...state, step }, deps.documents);
      if (document === undefined) throw new Error('a sign-in asks for a document that is not in force');
      const { cancelAction: _declines, ...model } = signInPageModel(ctx, interaction, state.account, csrf);
      const text = textFor(document, preferencesOf(ctx));
      const path = signInPath(interaction);
      await deps.pages.render(ctx, VIEWS[document.kind], {
        ...model,
        action: `${path}/agree`,
        declineAction: `${path}/decline`,
        document: document.kind,
        version: document.version,
        language: text.language,
        blocks: blocksOf(text),
        format: text.format,
        signedIn: state.attempt.carriedAt !== undefined,
      });
    },
  };
}
