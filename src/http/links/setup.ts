import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { explainRules } from '../../domain/passwords/explanation.ts';
import type { PasswordProblem } from '../../domain/passwords/policy.ts';
import type { PasswordRules } from '../../domain/passwords/rules.ts';
import { GatehouseError, isCode } from '../../kernel/errors.ts';
import { ADMINISTRATOR_ROLE, type Setup } from '../../setup/first-administrator.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { type BusyPage, busyOrThrow } from './busy.ts';
import { showUsed, type UsedLinkDependencies } from './used.ts';
import type { LinkViews } from './views.ts';

export interface SetupRouteDependencies extends UsedLinkDependencies {
  readonly setup: Setup;
  readonly passwordRules: Pick<PasswordRules, 'policyFor' | 'check'>;
  readonly csrf: Csrf;
  readonly pages: Pages<LinkViews>;
  readonly bodyLimitBytes: number;
}

const tokenField = z.string().min(1).max(200);

const form = z.object({
  csrf: z.string().max(200),
  token: tokenField,
  email: z.string().trim().max(320).default(''),
  name: z.string().trim().max(400).default(''),
  password: z.string().max(20_000).default(''),
});

type Person = Pick<z.infer<typeof form>, 'email' | 'name' | 'password'>;
type Errors = NonNullable<LinkViews['setup']['errors']>;

interface Refusal {
  readonly errors: Errors;
  /** Of the password, when one was given. */
  readonly problems?: readonly PasswordProblem[] | undefined;
}

/** `/setup`: the first administrator's one-time link. Looking at it changes nothing: mail scanners and previews only GET. */
export function setupRoutes(router: Router, deps: SetupRouteDependencies): void {
  const { setup, csrf, pages, passwordRules } = deps;
  const roles = [ADMINISTRATOR_ROLE];

  router.get('/setup', async (ctx) => {
    const token = tokenField.safeParse(ctx.query.token);
    if (!token.success || !(await setup.isOpen(token.data))) return showInvalid(ctx, token.data);
    await show(ctx, token.data, { email: '', name: '' });
  });

  router.post('/setup', async (ctx) => {
    const { csrf: formToken, token, ...person } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'setup', token, formToken);
    if (!(await setup.isOpen(token))) return showInvalid(ctx, token);
    try {
      const { errors, problems } = await check(person);
      if (Object.keys(errors).length > 0) return await show(ctx, token, person, { errors, problems });
      await setup.complete(token, person, originOf(ctx));
    } catch (error) {
      const field = fieldOf(error);
      if (field !== undefined) return show(ctx, token, person, { errors: field });
      if (isCode(error, 'setup_link_invalid')) {
        return showInvalid(ctx, token);
      }
      return show(ctx, token, person, {}, busyOrThrow(ctx, error));
    }
    seeOther(ctx, '/setup/done');
  });

  router.get('/setup/done', (ctx) =>
    pages.render(ctx, 'setup-done', { accountHref: '/account', asksForFactor: setup.asksForFactor }),
  );

  async function showInvalid(ctx: Context, token: string | undefined): Promise<void> {
    if (await showUsed(ctx, deps, token, { link: 'setup', nextHref: '/account' })) return;
    await pages.render(ctx, 'setup-invalid', { accountHref: '/account' }, 410);
  }

  async function check({ email, name, password }: Person): Promise<Refusal> {
    const problems =
      password === '' ? undefined : await passwordRules.check(password, { email, name, roles });
    const refused = problems === undefined ? 'missing' : problems[0];
    return {
      errors: {
        ...(email === '' ? { email: 'missing' } : {}),
        ...(name === '' ? { name: 'missing' } : {}),
        ...(refused === undefined ? {} : { password: refused }),
      },
      problems,
    };
  }

  async function show(
    ctx: Context,
    token: string,
    values: Pick<Person, 'email' | 'name'>,
    { errors, problems }: Partial<Refusal> = {},
    busy?: BusyPage,
  ) {
    await pages.render(
      ctx,
      'setup',
      {
        action: '/setup',
        csrfToken: csrf.token('setup', token),
        token,
        values: { email: values.email, name: values.name },
        rules: explainRules(passwordRules.policyFor({ roles }), { hasHistory: false, problems }),
        ...(errors === undefined ? {} : { errors }),
        ...busy,
      },
      busy !== undefined ? 503 : errors === undefined ? 200 : 400,
    );
  }
}

/** What the account store and the hasher refuse, at the field that it is about. */
function fieldOf(error: unknown): Errors | undefined {
  if (!(error instanceof GatehouseError)) return undefined;
  const fields: Record<string, Errors> = {
    email_invalid: { email: 'invalid' },
    account_exists: { email: 'taken' },
    name_invalid: { name: 'invalid' },
    password_too_long: { password: 'too_long' },
  };
  return fields[error.code];
}
