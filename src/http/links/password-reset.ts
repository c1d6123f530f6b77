import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { normaliseIdentifier } from '../../domain/accounts/policy.ts';
import type { PasswordProblem } from '../../domain/passwords/policy.ts';
import { type Limits, networkOf } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import { isCode } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import type { NewPasswords } from '../../lifecycle/new-passwords.ts';
import type { PasswordReset } from '../../lifecycle/password-reset.ts';
import type { Interactions } from '../../oidc/interactions.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import type { FormCookie } from '../kit/form-cookie.ts';
import { enforceLimits } from '../kit/limits.ts';
import { seeOther } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { type BusyPage, busyOrThrow } from './busy.ts';
import { continueAt, signInField, signInQuery, tokenField } from './fields.ts';
import { type SentDependencies, sentRoutes } from './sent.ts';
import type { LinkViews } from './views.ts';

export interface PasswordResetRouteDependencies extends SentDependencies {
  readonly passwordReset: PasswordReset;
  readonly newPasswords: Pick<NewPasswords, 'explain'>;
  readonly interactions: Interactions;
  readonly attempts: AttemptStore;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'passwordResetPerAddress' | 'passwordResetPerAccount'>;
  readonly csrf: Csrf;
  readonly formCookie: FormCookie;
  readonly pages: Pages<LinkViews>;
  readonly bodyLimitBytes: number;
  /** Whether people are told that their user name will do. */
  readonly usernames: boolean;
}

const requestForm = z.object({
  csrf: z.string().max(200),
  sign_in: signInField,
  identifier: z.string().trim().max(2000).refine(isStorable).default(''),
});

const resetForm = z.object({
  csrf: z.string().max(200),
  token: tokenField,
  password: z.string().max(20_000).default(''),
});

/**
 * `/forgot` and `/reset`. Asking answers the same, in the same time, for whatever address: the page takes the request, a
 * job looks the address up (OWASP ASVS 6.3.8). Opening a link changes nothing, because mail scanners open links.
 */
export function passwordResetRoutes(router: Router, deps: PasswordResetRouteDependencies): void {
  const { passwordReset, csrf, formCookie, pages } = deps;

  const claims = (ctx: Context, { identifier }: { identifier: string }) => [
    { limit: deps.limits.passwordResetPerAddress, key: networkOf(ctx.ip) },
    { limit: deps.limits.passwordResetPerAccount, key: normaliseIdentifier(identifier) },
  ];
  const sent = sentRoutes(router, deps, {
    path: '/forgot',
    view: 'forgot-sent',
    typed: z.object({ identifier: z.string() }),
    address: ({ identifier }) => identifier,
    claims,
    request: (ctx, { identifier }, signIn) =>
      passwordReset.request(identifier, { signIn, origin: originOf(ctx) }),
  });

  router.get('/forgot', (ctx) => showRequest(ctx, signInField.parse(ctx.query.sign_in)));

  router.post('/forgot', async (ctx) => {
    const {
      csrf: token,
      sign_in: signIn,
      identifier,
    } = await readForm(ctx, requestForm, deps.bodyLimitBytes);
    csrf.verify(ctx, 'forgot', formCookie.read(ctx), token);
    if (identifier === '') return showRequest(ctx, signIn, true);
    enforceLimits(ctx, await deps.rateLimits.take(claims(ctx, { identifier })));
    sent.send(ctx, { identifier }, signIn);
  });

  router.get('/reset', async (ctx) => {
    const token = tokenField.safeParse(ctx.query.token);
    if (!token.success) return showInvalid(ctx);
    await showReset(ctx, token.data);
  });

  router.post('/reset', async (ctx) => {
    const { csrf: formToken, token, password } = await readForm(ctx, resetForm, deps.bodyLimitBytes);
    csrf.verify(ctx, 'reset', token, formToken);
    const open = await passwordReset.look(token);
    if (open === undefined) return showInvalid(ctx);
    if (password === '') return showReset(ctx, token, 'missing');
    try {
      const problems = await passwordReset.complete(token, password, originOf(ctx));
      if (problems[0] !== undefined) return await showReset(ctx, token, problems[0], problems);
    } catch (error) {
      if (isCode(error, 'link_invalid')) return showInvalid(ctx);
      return showReset(ctx, token, undefined, undefined, busyOrThrow(ctx, error));
    }
    seeOther(ctx, `/reset/done${signInQuery(open.signIn)}`);
  });

  router.get('/reset/done', (ctx) =>
    pages.render(ctx, 'reset-done', { signInHref: continueAt(signInField.parse(ctx.query.sign_in)) }),
  );

  // Below the path of the sign-in's cookie, so that only here can be known whether this browser has it.
  router.get('/sign-in/:uid/continue', async (ctx) => {
    const uid = String(ctx.params.uid);
    const loaded = await deps.interactions.load(ctx, uid, deps.attempts.clientOfCompleted);
    if (loaded.kind === 'open') return seeOther(ctx, `/sign-in/${uid}`);
    const again = loaded.kind === 'expired' ? loaded.again : undefined;
    seeOther(ctx, again ?? '/account');
  });

  const showInvalid = (ctx: Context) =>
    pages.render(ctx, 'link-invalid', { link: 'reset', nextHref: '/forgot', signInHref: '/account' }, 410);

  const showRequest = (ctx: Context, signIn: string | undefined, missing = false) =>
    pages.render(
      ctx,
      'forgot',
      {
        action: '/forgot',
        csrfToken: csrf.token('forgot', formCookie.ensure(ctx)),
        signInHref: continueAt(signIn),
        ...(deps.usernames ? { usernames: true } : {}),
        ...(signIn === undefined ? {} : { signIn }),
        ...(missing ? { errors: { identifier: 'missing' } } : {}),
      },
      missing ? 400 : 200,
    );

  async function showReset(
    ctx: Context,
    token: string,
    refused?: PasswordProblem | 'missing',
    problems?: readonly PasswordProblem[],
    busy?: BusyPage,
  ): Promise<void> {
    const open = await passwordReset.look(token);
    if (open === undefined) return showInvalid(ctx);
    const { account } = open;
    if (account.locale !== undefined) ctx.state.accountLocale = account.locale;
    await pages.render(
      ctx,
      'reset',
      {
        action: '/reset',
        csrfToken: csrf.token('reset', token),
        token,
        email: account.email,
        rules: deps.newPasswords.explain(account, problems),
        ...(refused === undefined ? {} : { errors: { password: refused } }),
        ...busy,
      },
      busy !== undefined ? 503 : refused === undefined ? 200 : 400,
    );
  }
}
