import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { asEntered, isEmail, isPersonName, normaliseIdentifier } from '../../domain/accounts/policy.ts';
import { type Limits, networkOf } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Registration } from '../../lifecycle/registration.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import type { FormCookie } from '../kit/form-cookie.ts';
import { enforceLimits } from '../kit/limits.ts';
import { languageOf, type Pages } from '../pages/pages.ts';
import { continueAt, signInField } from './fields.ts';
import { type SentDependencies, sentRoutes } from './sent.ts';
import type { LinkViews } from './views.ts';

export interface RegistrationRouteDependencies extends SentDependencies {
  readonly registration: Registration;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly limits: Pick<Limits, 'accountCreationPerAddress' | 'registrationPerIdentifier'>;
  readonly csrf: Csrf;
  readonly formCookie: FormCookie;
  readonly pages: Pages<LinkViews>;
  readonly bodyLimitBytes: number;
}

const form = z.object({
  csrf: z.string().max(200),
  sign_in: signInField,
  email: z.string().trim().max(1_000).refine(isStorable).default(''),
  name: z.string().trim().max(400).refine(isStorable).default(''),
});

type Values = LinkViews['register']['values'];
type Errors = NonNullable<LinkViews['register']['errors']>;

/**
 * `/register`, where it is offered. Registering answers the same, in the same time, for whatever address: the page takes the
 * request, a job looks the address up and answers by mail (OWASP ASVS 6.3.8).
 */
export function registrationRoutes(router: Router, deps: RegistrationRouteDependencies): void {
  const { registration, csrf, formCookie, pages } = deps;
  if (!registration.enabled) return;

  const claims = (ctx: Context, { email }: Values) => [
    { limit: deps.limits.accountCreationPerAddress, key: networkOf(ctx.ip) },
    { limit: deps.limits.registrationPerIdentifier, key: normaliseIdentifier(email) },
  ];
  const sent = sentRoutes(router, deps, {
    path: '/register',
    view: 'register-sent',
    typed: z.object({ email: z.string(), name: z.string() }),
    address: ({ email }) => email,
    claims,
    request: (ctx, values, signIn) =>
      registration.request(
        { ...values, locale: languageOf(ctx).language },
        { signIn, origin: originOf(ctx) },
      ),
  });

  router.get('/register', (ctx) =>
    show(ctx, signInField.parse(ctx.query.sign_in), { email: '', name: '' }, {}),
  );

  router.post('/register', async (ctx) => {
    const { csrf: token, sign_in: signIn, ...values } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, 'register', formCookie.read(ctx), token);
    const errors = errorsOf(values);
    if (Object.keys(errors).length > 0) return show(ctx, signIn, values, errors);
    enforceLimits(ctx, await deps.rateLimits.take(claims(ctx, values)));
    sent.send(ctx, values, signIn);
  });

  /** What can be told without looking the address up. */
  function errorsOf({ email, name }: Values): Errors {
    const ofEmail =
      email === ''
        ? 'missing'
        : !isEmail(asEntered(email))
          ? 'invalid'
          : registration.allows(email)
            ? undefined
            : ('domain' as const);
    const ofName = name === '' ? 'missing' : isPersonName(name.normalize('NFC')) ? undefined : 'invalid';
    return {
      ...(ofEmail === undefined ? {} : { email: ofEmail }),
      ...(ofName === undefined ? {} : { name: ofName }),
    };
  }

  function show(ctx: Context, signIn: string | undefined, values: Values, errors: Errors): Promise<void> {
    const failed = Object.keys(errors).length > 0;
    return pages.render(
      ctx,
      'register',
      {
        action: '/register',
        csrfToken: csrf.token('register', formCookie.ensure(ctx)),
        values,
        signInHref: continueAt(signIn),
        ...(signIn === undefined ? {} : { signIn }),
        ...(failed ? { errors } : {}),
      },
      failed ? 400 : 200,
    );
  }
}
