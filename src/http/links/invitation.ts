import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { isPersonName } from '../../domain/accounts/policy.ts';
import type { PasswordProblem } from '../../domain/passwords/policy.ts';
import { isCode } from '../../kernel/errors.ts';
import type { Invitations, OpenInvitation } from '../../lifecycle/invitations.ts';
import type { NewPasswords } from '../../lifecycle/new-passwords.ts';
import type { Registration } from '../../lifecycle/registration.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { type BusyPage, busyOrThrow } from './busy.ts';
import { continueAt, signInField, signInQuery, tokenField } from './fields.ts';
import { showUsed, type UsedLinkDependencies } from './used.ts';
import type { LinkViews } from './views.ts';

export interface InvitationRouteDependencies extends UsedLinkDependencies {
  readonly invitations: Invitations;
  readonly registration: Pick<Registration, 'enabled'>;
  readonly newPasswords: Pick<NewPasswords, 'explain'>;
  readonly csrf: Csrf;
  readonly pages: Pages<LinkViews>;
  readonly bodyLimitBytes: number;
}

const form = z.object({
  csrf: z.string().max(200),
  token: tokenField,
  name: z.string().trim().max(400).default(''),
  password: z.string().max(20_000).default(''),
});

type Errors = NonNullable<LinkViews['invitation']['errors']>;

/**
 * `/invitation`: what the link of an invitation, or of a registration, leads to. Opening it changes nothing: mail scanners open
 * links.
 */
export function invitationRoutes(router: Router, deps: InvitationRouteDependencies): void {
  const { invitations, csrf, pages } = deps;

  router.get('/invitation', async (ctx) => {
    const token = tokenField.safeParse(ctx.query.token);
    const open = token.success ? await invitations.look(token.data) : undefined;
    if (!token.success || open === undefined) return showInvalid(ctx, token.data);
    await show(ctx, token.data, open, open.owner.name);
  });

  router.post('/invitation', async (ctx) => {
    const { csrf: formToken, token, name, password } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'invitation', token, formToken);
    const open = await invitations.look(token);
    if (open === undefined) return showInvalid(ctx, token);
    const missing: Errors = {
      ...(name === '' ? { name: 'missing' } : isPersonName(name) ? {} : { name: 'invalid' }),
      ...(password === '' ? { password: 'missing' } : {}),
    };
    if (Object.keys(missing).length > 0) return show(ctx, token, open, name, missing);
    try {
      const problems = await invitations.accept(token, { name, password }, originOf(ctx));
      const [refused] = problems;
      if (refused !== undefined) return await show(ctx, token, open, name, { password: refused }, problems);
    } catch (error) {
      if (isCode(error, 'link_invalid')) return showInvalid(ctx, token);
      return show(ctx, token, open, name, undefined, undefined, busyOrThrow(ctx, error));
    }
    seeOther(ctx, `/invitation/done${signInQuery(open.signIn)}`);
  });

  router.get('/invitation/done', (ctx) =>
    pages.render(ctx, 'invitation-done', { accountHref: continueAt(signInField.parse(ctx.query.sign_in)) }),
  );

  async function showInvalid(ctx: Context, token: string | undefined): Promise<void> {
    if (await showUsed(ctx, deps, token, { link: 'invitation', nextHref: '/account' })) return;
    await pages.render(
      ctx,
      'link-invalid',
      deps.registration.enabled
        ? { link: 'registration', nextHref: '/register', signInHref: '/account' }
        : { link: 'invitation', nextHref: '/account' },
      410,
    );
  }

  async function show(
    ctx: Context,
    token: string,
    { owner, invitedBy, registered }: OpenInvitation,
    name: string,
    errors?: Errors,
    problems?: readonly PasswordProblem[],
    busy?: BusyPage,
  ): Promise<void> {
    if (owner.locale !== undefined) ctx.state.accountLocale = owner.locale;
    await pages.render(
      ctx,
      'invitation',
      {
        action: '/invitation',
        csrfToken: csrf.token('invitation', token),
        token,
        email: owner.email,
        name,
        ...(invitedBy === undefined ? {} : { invitedBy }),
        ...(registered ? { registered } : {}),
        rules: deps.newPasswords.explain(owner, problems),
        ...(errors === undefined ? {} : { errors }),
        ...busy,
      },
      busy !== undefined ? 503 : errors === undefined ? 200 : 400,
    );
  }
}
