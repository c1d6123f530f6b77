import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { Limits } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import { CODES } from '../../domain/recovery-codes/policy.ts';
import type { Clock } from '../../kernel/clock.ts';
import { GatehouseError, notFound } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { FactorEnrolment } from '../../lifecycle/factor-enrolment.ts';
import { heldOf } from '../../lifecycle/factor-stores.ts';
import { isLast } from '../../lifecycle/must-stay.ts';
import { type Factors, isEquipped, type OwnFactors } from '../../lifecycle/own-factors.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { OWN_KINDS, type OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import type { CodesCookie } from '../kit/codes-cookie.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import type { DeviceCookie } from '../kit/device-cookie.ts';
import { enforceLimits } from '../kit/limits.ts';
import { seeOther } from '../kit/redirects.ts';
import { commitMade, factorName } from '../pages/factor-forms.ts';
import { factorNameError, nameOf } from '../pages/factor-name.ts';
import type { Pages } from '../pages/pages.ts';
import { downloadOf } from '../pages/recovery-codes-download.ts';
import { type Confirmation, type Confirmed, type ProtectedPage, SECURITY_PAGE } from './confirmed-visitor.ts';
import { factorCounts, factorsOnPage } from './factors-on-page.ts';
import { OWN_FACTOR_PAGES } from './own-factor-pages.ts';
import { END_OTHERS } from './sessions.ts';
import type { AccountViews, SecurityNotice } from './views.ts';
import { type Visitor, visitorOf, visitorOrSignIn } from './visitor.ts';

export interface AccountFactorDependencies {
  readonly issuer: string;
  readonly ownFactors: OwnFactors;
  readonly factorEnrolment: Pick<FactorEnrolment, 'newCodes'>;
  readonly confirmation: Confirmation;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'factorSetupPerPerson'>;
  readonly sessions: Sessions;
  readonly accounts: AccountStore;
  readonly codesCookie: CodesCookie;
  readonly deviceCookie: Pick<DeviceCookie, 'read'>;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly pages: Pages<AccountViews>;
}

const csrfForm = z.object({ csrf: z.string().max(200) });
const renameForm = csrfForm.extend({ name: factorName });
const removeForm = csrfForm.extend({ end_others: z.literal('yes').optional() });
const forgetForm = csrfForm.extend({ device: z.string().min(1).max(100) });

/** What a change leads back with. */
const NOTICES: Readonly<Record<string, SecurityNotice>> = {
  ...Object.fromEntries(
    OWN_KINDS.flatMap((kind): [string, SecurityNotice][] => [
      [`${kind}-added`, `${kind}_added`],
      [`${kind}-removed`, `${kind}_removed`],
    ]),
  ),
  renamed: 'renamed',
  'codes-made': 'codes_made',
  'device-forgotten': 'device_forgotten',
};

const DETAILS_PAGE = `${SECURITY_PAGE}/details`;
const DETAILS = { act: 'see_details', page: SECURITY_PAGE } as const;
const FORGETTING_DEVICES = { act: 'forget_device', page: SECURITY_PAGE } as const;
const MAKING_CODES = { act: 'make_recovery_codes', page: SECURITY_PAGE, below: 'recovery-codes' } as const;

const CODES_PAGE = `${SECURITY_PAGE}/recovery-codes`;
/** Where new codes are shown: the only page that their cookie is sent to. */
export const CODES_SHOWN_PAGE = `${CODES_PAGE}/new`;

/** `/account/security`: what people sign in with beside their password, and how they change it. */
export function accountFactorRoutes(router: Router, deps: AccountFactorDependencies): void {
  const { ownFactors, confirmation, csrf, pages, codesCookie } = deps;
  const changer = (ctx: Context, { session }: Visitor) => ({
    session: session.sessionUid,
    origin: originOf(ctx),
  });

  /** Whoever is signed in, with a form about what needs no confirmation. */
  async function signedIn(ctx: Context): Promise<Visitor | undefined> {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) {
      seeOther(ctx, SECURITY_PAGE);
      return undefined;
    }
    await confirmation.read(ctx, visitor, csrfForm);
    return visitor;
  }

  router.get('/account/security', async (ctx) => {
    if (confirmation.comeBack(ctx)) return;
    const visitor = await visitorOrSignIn(ctx, SECURITY_PAGE, deps);
    if (visitor === undefined) return;
    await showAll(ctx, visitor);
  });

  router.get('/account/security/details', async (ctx) => {
    if ((await confirmation.visitor(ctx, DETAILS)) !== undefined) seeOther(ctx, SECURITY_PAGE);
  });

  for (const kind of OWN_KINDS) {
    const { look, rename, remove } = handlersOf(kind);
    const path = `${SECURITY_PAGE}/${OWN_FACTOR_PAGES[kind].folder}/:id`;
    router.get(path, look);
    router.post(path, rename);
    router.post(`${path}/remove`, remove);
  }

  router.get('/account/security/recovery-codes', async (ctx) => {
    const confirmed = await confirmation.visitor(ctx, MAKING_CODES);
    if (confirmed === undefined) return;
    if (!isEquipped(confirmed.factors)) return seeOther(ctx, SECURITY_PAGE);
    ctx.state.accountLocale = confirmed.visitor.account.locale;
    await pages.render(ctx, 'account-recovery-codes', {
      csrfToken: confirmed.token,
      action: CODES_PAGE,
      count: CODES,
      backHref: SECURITY_PAGE,
    });
  });

  router.post('/account/security/recovery-codes', async (ctx) => {
    const given = await confirmation.posted(ctx, MAKING_CODES, csrfForm);
    if (given === undefined) return;
    const { account } = given.visitor;
    // Codes stand in for another factor: without one they would be a password of their own.
    if (!isEquipped(given.factors)) return seeOther(ctx, SECURITY_PAGE);
    // A set costs as much as ten passwords.
    const limit = deps.limits.factorSetupPerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: `codes:${account.id}` }]));
    if (!(await given.mayChange())) return;
    const { ip, userAgent } = originOf(ctx);
    const sighting = { at: deps.clock.now(), ip, userAgent };
    const { codes, made } = await deps.factorEnrolment.newCodes(account, sighting);
    await commitMade(made, given.visitor.session.sessionUid);
    codesCookie.write(ctx, CODES_SHOWN_PAGE, account.id, codes);
    seeOther(ctx, CODES_SHOWN_PAGE);
  });

  router.get('/account/security/recovery-codes/new', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, '/account');
    const codes = codesCookie.take(ctx, CODES_SHOWN_PAGE, visitor.account.id);
    ctx.state.accountLocale = visitor.account.locale;
    await pages.render(ctx, 'recovery-codes', {
      csrfToken: confirmation.token(visitor),
      account: visitor.account,
      ...(codes === undefined ? {} : { codes }),
      storedAction: `${CODES_PAGE}/stored`,
      againAction: CODES_PAGE,
      download: downloadOf(csrf, codes ?? []),
    });
  });

  // Changes nothing: it leads on from a page that cannot be shown again.
  router.post('/account/security/recovery-codes/stored', async (ctx) => {
    if ((await signedIn(ctx)) !== undefined) seeOther(ctx, `${SECURITY_PAGE}?done=codes-made`);
  });

  router.post('/account/security/devices/forget', async (ctx) => {
    const given = await confirmation.posted(ctx, FORGETTING_DEVICES, forgetForm);
    if (given === undefined) return;
    const { visitor, form } = given;
    if (!(await given.mayChange())) return;
    const forgotten = ownFactors.forgetDevice(visitor.account, form.device, changer(ctx, visitor));
    if (await isThere(ctx, forgotten)) seeOther(ctx, `${SECURITY_PAGE}?done=device-forgotten`);
  });

  function handlersOf(kind: OwnFactorKind) {
    const pageOf = (ctx: Context, act: ProtectedPage['act']): ProtectedPage => ({
      act,
      page: SECURITY_PAGE,
      below: `${OWN_FACTOR_PAGES[kind].folder}/${idOf(ctx)}`,
    });
    return {
      async look(ctx: Context): Promise<void> {
        const confirmed = await confirmation.visitor(ctx, pageOf(ctx, 'change_factor'));
        if (confirmed !== undefined) await showOne(ctx, confirmed, kind);
      },

      async rename(ctx: Context): Promise<void> {
        const given = await confirmation.posted(ctx, pageOf(ctx, 'change_factor'), renameForm);
        if (given === undefined) return;
        const { visitor, form } = given;
        const error = factorNameError(form.name);
        if (error !== undefined) return showOne(ctx, given, kind, { name: form.name, error });
        if (!(await given.mayChange())) return;
        const renamed = ownFactors.rename(visitor.account, kind, idOf(ctx), form.name, changer(ctx, visitor));
        if (await isThere(ctx, renamed)) seeOther(ctx, `${SECURITY_PAGE}?done=renamed`);
      },

      async remove(ctx: Context): Promise<void> {
        const given = await confirmation.posted(ctx, pageOf(ctx, 'change_factor'), removeForm);
        if (given === undefined) return;
        const { visitor, form } = given;
        const which = { kind, id: idOf(ctx), endOthers: form.end_others === 'yes' };
        if (!(await given.mayChange())) return;
        try {
          const removed = ownFactors.remove(visitor.account, which, changer(ctx, visitor));
          if (!(await isThere(ctx, removed))) return;
        } catch (error) {
          if (!(error instanceof GatehouseError) || error.code !== 'factor_must_stay') throw error;
          return showOne(ctx, given, kind);
        }
        seeOther(ctx, `${SECURITY_PAGE}?done=${kind}-removed`);
      },
    };
  }

  async function showAll(ctx: Context, visitor: Visitor): Promise<void> {
    const { account } = visitor;
    ctx.state.accountLocale = account.locale;
    const factors = await ownFactors.of(account.id);
    const token = confirmation.begin(visitor, factors, 'forget_device');
    const inDetail = isNothing(factors) || confirmation.seesDetails(visitor, factors);
    const { done } = ctx.query;
    const notice = typeof done === 'string' && Object.hasOwn(NOTICES, done) ? NOTICES[done] : undefined;
    await pages.render(ctx, 'account-security', {
      ...(inDetail
        ? factorsOnPage(factors, deps.deviceCookie.read(ctx))
        : { ...factorCounts(factors), detailsHref: DETAILS_PAGE }),
      csrfToken: token ?? confirmation.token(visitor),
      ...(account.zoneinfo === undefined ? {} : { zoneinfo: account.zoneinfo }),
      required: ['required', 'phishing_resistant'].includes(ownFactors.demandOn(account)),
      makeCodesHref: CODES_PAGE,
      forgetAction: `${SECURITY_PAGE}/devices/forget`,
      endSessionsHref: END_OTHERS,
      ...(notice === undefined ? {} : { notice }),
    });
  }

  async function showOne(
    ctx: Context,
    { visitor: { account }, factors, token }: Confirmed,
    kind: OwnFactorKind,
    refused?: { name: string; error: 'missing' | 'invalid' },
  ): Promise<void> {
    ctx.state.accountLocale = account.locale;
    const factor = factors.own[kind].find(({ id }) => id === idOf(ctx));
    if (factor === undefined) throw notFound('factor_unknown', 'This is not there any more.');
    const mustStay = ownFactors.mustStay(account, kind, factors);
    const path = `${SECURITY_PAGE}/${OWN_FACTOR_PAGES[kind].folder}/${factor.id}`;
    await pages.render(
      ctx,
      'account-factor',
      {
        csrfToken: token,
        kind,
        ...nameOf(refused?.name ?? factor.name),
        addedAt: factor.createdAt,
        ...(factor.lastUsedAt === undefined ? {} : { lastUsedAt: factor.lastUsedAt }),
        ...(account.zoneinfo === undefined ? {} : { zoneinfo: account.zoneinfo }),
        renameAction: path,
        removeAction: `${path}/remove`,
        backHref: SECURITY_PAGE,
        isLast: isLast(heldOf(factors.own)),
        ...(mustStay === undefined ? {} : { mustStay }),
        ...(refused === undefined ? {} : { errors: { name: refused.error } }),
      },
      ctx.method !== 'POST' ? 200 : refused === undefined ? 409 : 400,
    );
  }
}

/** The codes of what a form is about and is not there: removed by an earlier click, or never this person's. */
const GONE: ReadonlySet<string> = new Set(['factor_unknown', 'device_unknown']);

/** Waits for a change. Where what it is about is gone, the browser is on its way to the list, which shows what there is. */
async function isThere(ctx: Context, change: Promise<unknown>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (!(error instanceof GatehouseError) || !GONE.has(error.code)) throw error;
    seeOther(ctx, SECURITY_PAGE);
    return false;
  }
}

const isNothing = (factors: Factors): boolean => !isEquipped(factors) && factors.devices.length === 0;

const idOf = (ctx: Context): string => String(ctx.params.id).toLowerCase();
