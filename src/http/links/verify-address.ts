import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { isCode } from '../../kernel/errors.ts';
import type { AccountChanges } from '../../lifecycle/changes.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { tokenField } from './fields.ts';
import { showUsed, type UsedLinkDependencies } from './used.ts';
import type { LinkViews } from './views.ts';

export interface VerifyAddressDependencies extends UsedLinkDependencies {
  readonly changes: Pick<AccountChanges, 'lookAddress' | 'confirmAddress'>;
  readonly csrf: Csrf;
  readonly pages: Pages<LinkViews>;
  readonly bodyLimitBytes: number;
}

const confirmForm = z.object({ csrf: z.string().max(200), token: tokenField });

/** `/verify-address`: the link by which a new address is confirmed. Opening it changes nothing, because mail scanners do. */
export function verifyAddressRoutes(router: Router, deps: VerifyAddressDependencies): void {
  const { changes, csrf, pages } = deps;

  router.get('/verify-address', async (ctx) => {
    const token = tokenField.safeParse(ctx.query.token);
    const open = token.success ? await changes.lookAddress(token.data) : undefined;
    if (!token.success || open === undefined) return showInvalid(ctx, token.data);
    if (open.account.locale !== undefined) ctx.state.accountLocale = open.account.locale;
    await pages.render(ctx, 'verify-address', {
      action: '/verify-address',
      csrfToken: csrf.token('verify-address', token.data),
      token: token.data,
      email: open.email,
    });
  });

  router.post('/verify-address', async (ctx) => {
    const { csrf: formToken, token } = await readForm(ctx, confirmForm, deps.bodyLimitBytes);
    csrf.verify(ctx, 'verify-address', token, formToken);
    try {
      await changes.confirmAddress(token, originOf(ctx));
    } catch (error) {
      if (!isCode(error, 'link_invalid')) throw error;
      return showInvalid(ctx, token);
    }
    seeOther(ctx, '/verify-address/done');
  });

  router.get('/verify-address/done', (ctx) =>
    pages.render(ctx, 'verify-address-done', { accountHref: '/account' }),
  );

  async function showInvalid(ctx: Context, token: string | undefined): Promise<void> {
    if (await showUsed(ctx, deps, token, { link: 'address', nextHref: '/account' })) return;
    await pages.render(ctx, 'link-invalid', { link: 'address', nextHref: '/account/address' }, 410);
  }
}
