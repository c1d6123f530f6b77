import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { Limits } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import { isCode } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { AccountChanges, PasswordRefusal } from '../../lifecycle/changes.ts';
import type { NewPasswords } from '../../lifecycle/new-passwords.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { enforceLimits } from '../kit/limits.ts';
import { seeOther } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import type { Confirmation, Confirmed } from './confirmed-visitor.ts';
import { type ProfileDependencies, profileRoutes } from './profile.ts';
import type { AccountViews } from './views.ts';
import type { Visitor } from './visitor.ts';

export interface AccountChangeDependencies extends ProfileDependencies {
  readonly issuer: string;
  readonly changes: AccountChanges;
  readonly newPasswords: Pick<NewPasswords, 'explain'>;
  readonly sessions: Sessions;
  readonly accounts: AccountStore;
  readonly confirmation: Confirmation;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'passwordChangePerPerson' | 'addressChangePerPerson'>;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly pages: Pages<AccountViews>;
  readonly bodyLimitBytes: number;
}

const CHANGING_PASSWORD = { act: 'change_password', page: '/account/password' } as const;
const CHANGING_ADDRESS = { act: 'change_address', page: '/account/address' } as const;

const csrfField = z.string().max(200);
const passwordForm = z.object({
  csrf: csrfField,
  current_password: z.string().max(20_000).default(''),
  new_password: z.string().max(20_000).default(''),
});
const addressForm = z.object({ csrf: csrfField, email: z.string().trim().max(1_000).default('') });

type PasswordErrors = NonNullable<AccountViews['account-password']['errors']>;

/** `/account/…`: what people change about themselves. */
export function accountChangeRoutes(router: Router, deps: AccountChangeDependencies): void {
  profileRoutes(router, deps);
  const { changes, confirmation, pages } = deps;
  const changer = (ctx: Context, { session }: Visitor) => ({
    session: session.sessionUid,
    origin: originOf(ctx),
  });

  // Password managers look for the page there (W3C, A Well-Known URL for Changing Passwords, section 3). It asks to sign in.
  router.get('/.well-known/change-password', (ctx) => seeOther(ctx, CHANGING_PASSWORD.page));

  router.get('/account/password', async (ctx) => {
    if (confirmation.comeBack(ctx, '/account/password')) return;
    const confirmed = await confirmation.visitor(ctx, CHANGING_PASSWORD);
    if (confirmed !== undefined) await showPassword(ctx, confirmed);
  });

  router.post('/account/password', async (ctx) => {
    const given = await confirmation.posted(ctx, CHANGING_PASSWORD, passwordForm);
    if (given === undefined) return;
    const { visitor, form } = given;
    const { current_password: current, new_password: chosen } = form;
    const missing: PasswordErrors = {
      ...(current === '' ? { current_password: 'missing' } : {}),
      ...(chosen === '' ? { new_password: 'missing' } : {}),
    };
    if (Object.keys(missing).length > 0) return showPassword(ctx, given, missing);
    const limit = deps.limits.passwordChangePerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: visitor.account.id }]));
    const refusal = await changes
      .password(visitor.account, { current, chosen }, changer(ctx, visitor))
      .catch(asOvertaken);
    const overtaken = refusal?.kind === 'overtaken' || refusal?.kind === 'current_wrong';
    if (overtaken && (await changes.hasSetPassword(visitor.account.id, chosen, given.shownAt))) {
      return seeOther(ctx, '/account?done=password-changed');
    }
    if (refusal?.kind === 'overtaken') throw refusal.error;
    if (refusal !== undefined) return showPassword(ctx, given, errorsOf(refusal), refusal);
    seeOther(ctx, '/account?done=password-changed');
  });

  router.get('/account/address', async (ctx) => {
    if (confirmation.comeBack(ctx, '/account/address')) return;
    const confirmed = await confirmation.visitor(ctx, CHANGING_ADDRESS);
    if (confirmed !== undefined) await showAddress(ctx, confirmed, '');
  });

  router.post('/account/address', async (ctx) => {
    const given = await confirmation.posted(ctx, CHANGING_ADDRESS, addressForm);
    if (given === undefined) return;
    const {
      visitor,
      form: { email },
    } = given;
    if (email === '') return showAddress(ctx, given, email, 'missing');
    const limit = deps.limits.addressChangePerPerson;
    enforceLimits(ctx, await deps.rateLimits.take([{ limit, key: visitor.account.id }]));
    try {
      await changes.requestAddress(visitor.account, email, changer(ctx, visitor));
    } catch (error) {
      if (!isCode(error, 'email_invalid')) throw error;
      return showAddress(ctx, given, email, 'invalid');
    }
    seeOther(ctx, '/account?done=address-requested');
  });

  async function showPassword(
    ctx: Context,
    { visitor: { account }, token }: Confirmed,
    errors?: PasswordErrors,
    refusal?: PasswordRefusal,
  ): Promise<void> {
    ctx.state.accountLocale = account.locale;
    const problems = refusal?.kind === 'refused' ? refusal.problems : undefined;
    await pages.render(
      ctx,
      'account-password',
      {
        action: '/account/password',
        csrfToken: token,
        email: account.email,
        rules: deps.newPasswords.explain(account, problems),
        accountHref: '/account',
        ...(errors === undefined ? {} : { errors }),
        ...(refusal?.kind === 'too_soon' ? { tooSoonUntil: refusal.from } : {}),
      },
      errors === undefined ? 200 : 400,
    );
  }

  async function showAddress(
    ctx: Context,
    { visitor: { account }, token }: Confirmed,
    email: string,
    error?: 'missing' | 'invalid',
  ): Promise<void> {
    ctx.state.accountLocale = account.locale;
    await pages.render(
      ctx,
      'account-address',
      {
        action: '/account/address',
        csrfToken: token,
        current: account.email,
        email,
        accountHref: '/account',
        ...(error === undefined ? {} : { errors: { email: error } }),
      },
      error === undefined ? 200 : 400,
    );
  }
}

/** Another request has changed the account at the same moment, perhaps by the same click. */
function asOvertaken(error: unknown): { kind: 'overtaken'; error: unknown } {
  if (!isCode(error, 'changed_meanwhile')) throw error;
  return { kind: 'overtaken', error };
}

function errorsOf(refusal: PasswordRefusal): PasswordErrors {
  if (refusal.kind === 'current_wrong') return { current_password: 'wrong' };
  if (refusal.kind === 'too_soon') return { new_password: 'too_soon' };
  return { new_password: refusal.problems[0] ?? 'invalid' };
}
