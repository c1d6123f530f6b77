import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { PasskeyRefusal } from '../../domain/passkeys/ceremony.ts';
import { PASSKEY_EXISTS } from '../../domain/passkeys/store.ts';
import type { OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import { seeOther } from '../kit/redirects.ts';
import { factorName } from '../pages/factor-forms.ts';
import { factorNameError } from '../pages/factor-name.ts';
import { type AddingSteps, addForm, type FactorWizardDependencies } from './adding-steps.ts';
import { type Confirmed, SECURITY_PAGE } from './confirmed-visitor.ts';
import { isFull } from './factors-on-page.ts';
import type { AccountViews } from './views.ts';

const KIND: OwnFactorKind = 'passkey';
const NEW_PASSKEY = `${SECURITY_PAGE}/passkeys/new`;
const ADDING_PASSKEYS = { act: 'add_passkey', page: SECURITY_PAGE, below: 'passkeys/new' } as const;

const passkeyForm = addForm.extend({ response: z.string().max(20_000).default(''), name: factorName });

type PasskeyErrors = NonNullable<AccountViews['enrol-passkey']['errors']>;

/** `/account/security/passkeys/new`: how people add a passkey to their account. */
export function addPasskeyRoutes(
  router: Router,
  deps: FactorWizardDependencies,
  { binding, sightingOf, enforceSetups, finish }: AddingSteps,
): void {
  const { factorEnrolment, confirmation, pages } = deps;

  router.get('/account/security/passkeys/new', async (ctx) => {
    const confirmed = await confirmation.visitor(ctx, ADDING_PASSKEYS);
    if (confirmed === undefined) return;
    if (isFull(KIND, confirmed.factors)) return seeOther(ctx, SECURITY_PAGE);
    await showPasskey(ctx, confirmed);
  });

  router.post('/account/security/passkeys/new/options', async (ctx) => {
    const given = await confirmation.posted(ctx, ADDING_PASSKEYS, addForm.loose());
    if (given === undefined) return;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await factorEnrolment.passkeyOptions(given.visitor.account, binding(given.visitor));
  });

  router.post('/account/security/passkeys/new', async (ctx) => {
    const given = await confirmation.posted(ctx, ADDING_PASSKEYS, passkeyForm);
    if (given === undefined) return;
    const { visitor, form } = given;
    const { response, name } = form;
    const wrongName = factorNameError(name);
    if (wrongName !== undefined) return showPasskey(ctx, given, name, { name: wrongName });
    await enforceSetups(ctx, visitor);
    const { account } = visitor;
    const result = await factorEnrolment.registerPasskey(
      account,
      binding(visitor),
      { response, name },
      sightingOf(ctx),
    );
    if (!('refused' in result)) {
      // The key has made a passkey that is known here, of whomever.
      return finish(ctx, given, result, (code) =>
        code === PASSKEY_EXISTS ? showPasskey(ctx, given, undefined, { form: 'passkey_wrong' }) : undefined,
      );
    }
    await showPasskey(ctx, given, name, { form: REFUSALS[result.refused] ?? 'passkey_wrong' });
  });

  async function showPasskey(
    ctx: Context,
    { visitor: { account }, token }: Confirmed,
    name?: string,
    errors?: PasskeyErrors,
  ): Promise<void> {
    ctx.state.accountLocale = account.locale;
    await pages.render(
      ctx,
      'enrol-passkey',
      {
        csrfToken: token,
        account,
        action: NEW_PASSKEY,
        optionsAction: `${NEW_PASSKEY}/options`,
        backHref: SECURITY_PAGE,
        ...(name === undefined ? {} : { name }),
        ...(errors === undefined ? {} : { errors }),
      },
      errors === undefined ? 200 : 400,
    );
  }
}

/** What the page says; everything else was no good answer of the browser's. */
const REFUSALS: Partial<Record<PasskeyRefusal, NonNullable<PasskeyErrors['form']>>> = {
  challenge_invalid: 'expired',
  attestation_refused: 'passkey_refused',
};
