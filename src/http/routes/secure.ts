import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Securing } from '../../account-life/securing.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { originOf } from '../context.ts';
import type { Csrf } from '../csrf.ts';
import { readForm } from '../form.ts';
import type { Pages } from '../pages.ts';
import { tokenField } from './password-reset.ts';
import { seeOther } from './sign-in.ts';

export interface SecureRouteDependencies {
  readonly securing: Securing;
  readonly csrf: Csrf;
  readonly pages: Pages;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200), token: tokenField });

/** `/secure`: where "this wasn't me" in a notice leads. Opening it changes nothing: mail scanners open links. */
export function secureRoutes(
  router: Router,
  { securing, csrf, pages, bodyLimitBytes }: SecureRouteDependencies,
) {
  router.get('/secure', async (ctx) => {
    const token = tokenField.safeParse(ctx.query.token);
    const account = token.success ? await securing.look(token.data) : undefined;
    if (!token.success || account === undefined) return showInvalid(ctx);
    if (account.locale !== undefined) ctx.state.accountLocale = account.locale;
    await pages.render(ctx, 'secure', {
      action: '/secure',
      csrfToken: csrf.token('secure', token.data),
      token: token.data,
      email: account.email,
    });
  });

  router.post('/secure', async (ctx) => {
    const { csrf: formToken, token } = await readForm(ctx, form, bodyLimitBytes);
    csrf.verify(ctx, 'secure', token, formToken);
    try {
      await securing.secure(token, originOf(ctx));
    } catch (error) {
      if (error instanceof GatehouseError && error.code === 'link_invalid') return showInvalid(ctx);
      throw error;
    }
    seeOther(ctx, '/secure/done');
  });

  router.get('/secure/done', (ctx) => pages.render(ctx, 'secure-done', { nextHref: '/forgot' }));

  const showInvalid = (ctx: Context) =>
    pages.render(ctx, 'link-invalid', { link: 'secure', nextHref: '/forgot' }, 410);
}
