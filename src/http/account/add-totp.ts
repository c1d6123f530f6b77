import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import { seeOther } from '../kit/redirects.ts';
import { commitMade, factorName } from '../pages/factor-forms.ts';
import { factorNameError } from '../pages/factor-name.ts';
import { qrPicture } from '../pages/qr.ts';
import { type AddingSteps, addForm, type FactorWizardDependencies } from './adding-steps.ts';
import { type Confirmed, SECURITY_PAGE } from './confirmed-visitor.ts';
import { isFull } from './factors-on-page.ts';
import type { AccountViews } from './views.ts';
import type { Visitor } from './visitor.ts';

const KIND: OwnFactorKind = 'totp';
const NEW_APP = `${SECURITY_PAGE}/authenticators/new`;
const ADDING_APPS = { act: 'add_authenticator', page: SECURITY_PAGE, below: 'authenticators/new' } as const;

const appForm = addForm.extend({ code: z.string().max(1_000).default(''), name: factorName });

type AppErrors = NonNullable<AccountViews['enrol-totp']['errors']>;

/** `/account/security/authenticators/new`: how people add an authenticator app to their account. */
export function addTotpRoutes(
  router: Router,
  deps: FactorWizardDependencies,
  { sightingOf, enforceSetups, finish }: AddingSteps,
): void {
  const { factorEnrolment, confirmation, pages } = deps;

  // Begins a set-up, which counts for nothing yet, and shows it at an address of its own: so a reload shows the same one.
  // It is a GET because confirming who one is comes back by one; a link on another site must not use up somebody's set-ups.
  router.get('/account/security/authenticators/new', async (ctx) => {
    if (ctx.get('Sec-Fetch-Site') === 'cross-site') return seeOther(ctx, SECURITY_PAGE);
    const confirmed = await confirmation.visitor(ctx, ADDING_APPS);
    if (confirmed === undefined) return;
    if (isFull(KIND, confirmed.factors)) return seeOther(ctx, SECURITY_PAGE);
    seeOther(ctx, `${NEW_APP}/${await begin(ctx, confirmed.visitor)}`);
  });

  router.get('/account/security/authenticators/new/:id', async (ctx) => {
    const confirmed = await confirmation.visitor(ctx, ADDING_APPS);
    if (confirmed === undefined) return;
    if (!(await showApp(ctx, confirmed, idOf(ctx)))) seeOther(ctx, SECURITY_PAGE);
  });

  router.post('/account/security/authenticators/new/:id', async (ctx) => {
    const given = await confirmation.posted(ctx, ADDING_APPS, appForm);
    if (given === undefined) return;
    const { visitor, form } = given;
    const { code, name } = form;
    const wrongName = factorNameError(name);
    const missing: AppErrors = {
      ...(code.trim() === '' ? { code: 'missing' } : {}),
      ...(wrongName === undefined ? {} : { name: wrongName }),
    };
    if (Object.keys(missing).length > 0) return showAppAgain(ctx, given, name, missing);
    const result = await factorEnrolment.confirmTotp(
      visitor.account,
      idOf(ctx),
      { code, name },
      sightingOf(ctx),
    );
    if (!('refused' in result)) return finish(ctx, given, result);
    if (result.refused === 'over') return showAppAgain(ctx, given, name, { form: 'expired' });
    const problem = result.refused === 'malformed' ? 'malformed' : 'wrong';
    await showAppAgain(ctx, given, name, { code: problem });
  });

  async function begin(ctx: Context, visitor: Visitor): Promise<string> {
    await enforceSetups(ctx, visitor);
    const { id, writes } = factorEnrolment.beginTotp(visitor.account);
    await commitMade({ writes, events: [] }, '');
    return id;
  }

  /** The same set-up again, or a new one where that is over. */
  async function showAppAgain(
    ctx: Context,
    confirmed: Confirmed,
    name: string,
    errors: AppErrors,
  ): Promise<void> {
    if (errors.form === undefined && (await showApp(ctx, confirmed, idOf(ctx), { name, errors }))) return;
    const again = { name, errors: { form: 'expired' } } as const;
    // A person who begins very many at once loses the first of them.
    const id = await begin(ctx, confirmed.visitor);
    if (!(await showApp(ctx, confirmed, id, again))) seeOther(ctx, SECURITY_PAGE);
  }

  async function showApp(
    ctx: Context,
    { visitor: { account }, token }: Confirmed,
    id: string,
    refused?: { name: string; errors: AppErrors },
  ): Promise<boolean> {
    const setup = await factorEnrolment.totpSetup(account, id);
    if (setup === undefined) return false;
    ctx.state.accountLocale = account.locale;
    const status = refused === undefined ? 200 : refused.errors.form === 'expired' ? 410 : 400;
    await pages.render(
      ctx,
      'enrol-totp',
      {
        csrfToken: token,
        account,
        action: `${NEW_APP}/${id}`,
        picture: qrPicture(setup.otpauthUri),
        otpauthUri: setup.otpauthUri,
        secret: setup.secret,
        issuer: deps.issuerName,
        backHref: SECURITY_PAGE,
        ...refused,
      },
      status,
    );
    return true;
  }
}

const idOf = (ctx: Context): string => String(ctx.params.id).toLowerCase();
