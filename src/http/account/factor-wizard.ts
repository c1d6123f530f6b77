import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { PasskeyRefusal } from '../../domain/passkeys/ceremony.ts';
import { PASSKEY_EXISTS } from '../../domain/passkeys/store.ts';
import type { Limits } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enrolment, FactorEnrolment } from '../../lifecycle/factor-enrolment.ts';
import { UnitConflict } from '../../storage/unit-of-work.ts';
import type { CodesCookie } from '../kit/codes-cookie.ts';
import { originOf } from '../kit/context.ts';
import { enforceLimits } from '../kit/limits.ts';
import { seeOther } from '../kit/redirects.ts';
import { commitMade, factorName } from '../pages/factor-forms.ts';
import { factorNameError } from '../pages/factor-name.ts';
import type { Pages } from '../pages/pages.ts';
import { qrPicture } from '../pages/qr.ts';
import { type Confirmation, type Confirmed, type Posted, SECURITY_PAGE } from './confirmed-visitor.ts';
import { CODES_SHOWN_PAGE } from './factors.ts';
import { isFull } from './factors-on-page.ts';
import type { AccountViews } from './views.ts';
import type { Visitor } from './visitor.ts';

export interface FactorWizardDependencies {
  /** What the organisation is called. */
  readonly issuerName: string;
  readonly factorEnrolment: FactorEnrolment;
  readonly confirmation: Confirmation;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'factorSetupPerPerson'>;
  readonly codesCookie: CodesCookie;
  readonly clock: Clock;
  readonly pages: Pages<AccountViews>;
}

const NEW_APP = `${SECURITY_PAGE}/authenticators/new`;
const NEW_PASSKEY = `${SECURITY_PAGE}/passkeys/new`;
const ADDING_APPS = { act: 'add_authenticator', page: SECURITY_PAGE, below: 'authenticators/new' } as const;
const ADDING_PASSKEYS = { act: 'add_passkey', page: SECURITY_PAGE, below: 'passkeys/new' } as const;

const csrfForm = z.object({ csrf: z.string().max(200) });
const appForm = csrfForm.extend({ code: z.string().max(1_000).default(''), name: factorName });
const passkeyForm = csrfForm.extend({ response: z.string().max(20_000).default(''), name: factorName });

type AppErrors = NonNullable<AccountViews['enrol-totp']['errors']>;
type PasskeyErrors = NonNullable<AccountViews['enrol-passkey']['errors']>;

/** `/account/security/…/new`: how people add an authenticator app or a passkey to their account. */
export function factorWizardRoutes(router: Router, deps: FactorWizardDependencies): void {
  const { factorEnrolment, confirmation, pages, codesCookie } = deps;
  const binding = ({ session }: Visitor) => session.sessionUid;
  const sightingOf = (ctx: Context) => {
    const { ip, userAgent } = originOf(ctx);
    return { at: deps.clock.now(), ip, userAgent };
  };

  // Begins a set-up, which counts for nothing yet, and shows it at an address of its own: so a reload shows the same one.
  // It is a GET because confirming who one is comes back by one; a link on another site must not use up somebody's set-ups.
  router.get('/account/security/authenticators/new', async (ctx) => {
    if (ctx.get('Sec-Fetch-Site') === 'cross-site') return seeOther(ctx, SECURITY_PAGE);
    const confirmed = await confirmation.visitor(ctx, ADDING_APPS);
    if (confirmed === undefined) return;
    if (isFull('totp', confirmed.factors)) return seeOther(ctx, SECURITY_PAGE);
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

  router.get('/account/security/passkeys/new', async (ctx) => {
    const confirmed = await confirmation.visitor(ctx, ADDING_PASSKEYS);
    if (confirmed === undefined) return;
    if (isFull('passkey', confirmed.factors)) return seeOther(ctx, SECURITY_PAGE);
    await showPasskey(ctx, confirmed);
  });

  router.post('/account/security/passkeys/new/options', async (ctx) => {
    const given = await confirmation.posted(ctx, ADDING_PASSKEYS, csrfForm.loose());
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
    if (!('refused' in result)) return finish(ctx, given, result);
    await showPasskey(ctx, given, name, { form: REFUSALS[result.refused] ?? 'passkey_wrong' });
  });

  async function enforceSetups(ctx: Context, { account }: Visitor): Promise<void> {
    const limit = deps.limits.factorSetupPerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: account.id }]));
  }

  async function begin(ctx: Context, visitor: Visitor): Promise<string> {
    await enforceSetups(ctx, visitor);
    const { id, writes } = factorEnrolment.beginTotp(visitor.account);
    await commitMade({ writes, events: [] }, '');
    return id;
  }

  /** The factor is there: on to its recovery codes, where it brought some. Of several requests the first has made it. */
  async function finish(
    ctx: Context,
    confirmed: Posted<unknown>,
    { factor, made, codes }: Enrolment,
  ): Promise<void> {
    const { visitor } = confirmed;
    if (!(await confirmed.mayChange())) return;
    try {
      await commitMade(made, binding(visitor));
    } catch (error) {
      if (!(error instanceof UnitConflict)) throw error;
      // The key has made a passkey that is known here, of whomever.
      if (error.code === PASSKEY_EXISTS)
        return showPasskey(ctx, confirmed, undefined, { form: 'passkey_wrong' });
      return seeOther(ctx, SECURITY_PAGE);
    }
    if (codes === undefined) return seeOther(ctx, `${SECURITY_PAGE}?done=${factor.kind}-added`);
    codesCookie.write(ctx, CODES_SHOWN_PAGE, visitor.account.id, codes);
    seeOther(ctx, CODES_SHOWN_PAGE);
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
    // Somebody who begins very many at once loses the first of them.
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
        secret: setup.secret,
        issuer: deps.issuerName,
        backHref: SECURITY_PAGE,
        ...refused,
      },
      status,
    );
    return true;
  }

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

const idOf = (ctx: Context): string => String(ctx.params.id).toLowerCase();
