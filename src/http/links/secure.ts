import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { isCode } from '../../kernel/errors.ts';
import type { AddressRestoring, OpenRestoring } from '../../lifecycle/address-restoring.ts';
import type { AddedFactor } from '../../lifecycle/factor-undoing.ts';
import type { Securing } from '../../lifecycle/securing.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { nameOf } from '../pages/factor-name.ts';
import type { Pages } from '../pages/pages.ts';
import { tokenField } from './fields.ts';
import { showUsed, type UsedLinkDependencies } from './used.ts';
import type { LinkViews, UndoneFactor } from './views.ts';

export interface SecureRouteDependencies extends UsedLinkDependencies {
  readonly securing: Securing;
  readonly addressRestoring: AddressRestoring;
  readonly csrf: Csrf;
  readonly pages: Pages<LinkViews>;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200), token: tokenField });

/**
 * `/secure` and `/secure/address`: where "this wasn't me" in a notice leads, the second one from the notice to an address
 * that an account had before. Opening them changes nothing: mail scanners open links.
 */
export function secureRoutes(router: Router, deps: SecureRouteDependencies) {
  const { securing, addressRestoring, csrf, pages } = deps;

  router.get('/secure', async (ctx) => {
    const token = tokenField.safeParse(ctx.query.token);
    const open = token.success ? await securing.look(token.data) : undefined;
    if (!token.success || open === undefined) return showInvalid(ctx, token.data);
    await show(ctx, '/secure', token.data, { ...open, email: open.account.email });
  });

  router.post('/secure', async (ctx) => {
    const token = await posted(ctx, '/secure');
    const done = await securing.secure(token, originOf(ctx)).then(() => true, asInvalid);
    if (done === undefined) return showInvalid(ctx, token);
    seeOther(ctx, '/secure/done');
  });

  router.get('/secure/done', (ctx) => pages.render(ctx, 'secure-done', { nextHref: '/forgot' }));

  router.get('/secure/address', async (ctx) => {
    const token = tokenField.safeParse(ctx.query.token);
    const open = token.success ? await addressRestoring.look(token.data) : undefined;
    if (!token.success || open === undefined) return showInvalid(ctx, token.data);
    await show(ctx, '/secure/address', token.data, open, true);
  });

  router.post('/secure/address', async (ctx) => {
    const token = await posted(ctx, '/secure/address');
    const outcome = await addressRestoring.restore(token, originOf(ctx)).catch(asInvalid);
    if (outcome === undefined) return showInvalid(ctx, token);
    seeOther(ctx, outcome === 'restored' ? '/secure/done' : '/secure/closed');
  });

  router.get('/secure/closed', (ctx) => pages.render(ctx, 'secure-closed', {}));

  async function posted(ctx: Context, action: string): Promise<string> {
    const { csrf: formToken, token } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, action, token, formToken);
    return token;
  }

  async function show(
    ctx: Context,
    action: string,
    token: string,
    { account: { locale, zoneinfo }, email, undoes }: OpenRestoring,
    restores = false,
  ): Promise<void> {
    if (locale !== undefined) ctx.state.accountLocale = locale;
    const csrfToken = csrf.token(action, token);
    const common = { action, csrfToken, token, email, undoes: undoes.map(undoneOnPage) };
    await pages.render(ctx, 'secure', {
      ...common,
      ...(zoneinfo === undefined ? {} : { zoneinfo }),
      ...(restores ? { restores } : {}),
    });
  }

  async function showInvalid(ctx: Context, token: string | undefined): Promise<void> {
    if (await showUsed(ctx, deps, token, { link: 'secure', nextHref: '/forgot' })) return;
    await pages.render(ctx, 'link-invalid', { link: 'secure', nextHref: '/forgot' }, 410);
  }
}

const undoneOnPage = (factor: AddedFactor): UndoneFactor => ({
  kind: factor.kind,
  addedAt: factor.createdAt,
  ...('name' in factor ? nameOf(factor.name) : {}),
});

function asInvalid(error: unknown): undefined {
  if (isCode(error, 'link_invalid')) return undefined;
  throw error;
}
