import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Claim } from '../../domain/rate-limits/policy.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { requestUnit } from '../../storage/unit-of-work.ts';
import type { AskedCookie } from '../kit/asked-cookie.ts';
import { wantsPage } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import type { FormCookie } from '../kit/form-cookie.ts';
import { enforceLimits, tellLimits } from '../kit/limits.ts';
import { seeOther } from '../kit/redirects.ts';
import type { Pages } from '../pages/pages.ts';
import { continueAt, signInField, signInQuery } from './fields.ts';
import type { LinkViews } from './views.ts';

export interface SentDependencies {
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly csrf: Csrf;
  readonly formCookie: FormCookie;
  readonly askedCookie: AskedCookie;
  readonly pages: Pages<LinkViews>;
  readonly bodyLimitBytes: number;
}

/** A form that asks for a mail, whose answer can be asked for once more. */
export interface AskedFor<Typed extends Readonly<Record<string, string>>> {
  /** Of the form, e.g. `/forgot`: its answer is at `/sent`, and `/again` below it asks once more. */
  readonly path: string;
  readonly view: 'forgot-sent' | 'register-sent';
  /** What was typed, as far as it is what the form takes. */
  readonly typed: z.ZodType<Typed>;
  /** The address that the mail goes to, as it was typed. */
  address(typed: Typed): string;
  claims(ctx: Context, typed: Typed): Claim[];
  request(ctx: Context, typed: Typed, signIn: string | undefined): Write;
}

const form = z.object({ csrf: z.string().max(200), sign_in: signInField });

/**
 * `/PATH/sent` and `/PATH/again`: the page that says that a mail is on its way, and its button that has it sent once more. It takes
 * from the same budgets as the form, and answers the same whether or not there is an account (OWASP ASVS 6.3.8).
 */
export function sentRoutes<Typed extends Readonly<Record<string, string>>>(
  router: Router,
  deps: SentDependencies,
  asked: AskedFor<Typed>,
) {
  const { csrf, formCookie, askedCookie, pages } = deps;
  const { path, view } = asked;
  const purpose = `${path}/again`;

  const typedBefore = (ctx: Context): Typed | undefined =>
    asked.typed.safeParse(askedCookie.read(ctx, path, formCookie.read(ctx))).data;

  router.get(`${path}/sent`, (ctx) =>
    show(ctx, signInField.parse(ctx.query.sign_in), { again: ctx.query.again !== undefined }),
  );

  router.post(purpose, async (ctx) => {
    const { csrf: token, sign_in: signIn } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, purpose, formCookie.read(ctx), token);
    const typed = typedBefore(ctx);
    // Its time is over: the form asks for it anew.
    if (typed === undefined) return seeOther(ctx, `${path}${signInQuery(signIn)}`);
    const decision = await deps.rateLimits.take(asked.claims(ctx, typed));
    if (decision.refusedBy !== undefined && wantsPage(ctx)) {
      tellLimits(ctx, decision);
      return show(ctx, signIn, { retryAfterSeconds: decision.refusedBy.resetSeconds }, 429);
    }
    enforceLimits(ctx, decision);
    send(ctx, typed, signIn, 'again=1');
  });

  async function show(
    ctx: Context,
    signIn: string | undefined,
    { again = false, retryAfterSeconds }: { again?: boolean; retryAfterSeconds?: number },
    status = 200,
  ): Promise<void> {
    const typed = typedBefore(ctx);
    await pages.render(
      ctx,
      view,
      {
        signInHref: continueAt(signIn),
        formHref: `${path}${signInQuery(signIn)}`,
        ...(typed === undefined
          ? {}
          : {
              address: asked.address(typed),
              again: {
                action: purpose,
                csrfToken: csrf.token(purpose, formCookie.ensure(ctx)),
                ...(signIn === undefined ? {} : { signIn }),
              },
            }),
        ...(again && retryAfterSeconds === undefined ? { sentAgain: true } : {}),
        ...(retryAfterSeconds === undefined
          ? {}
          : { error: { code: 'rate_limited' as const, retryAfterSeconds } }),
      },
      status,
    );
  }

  /** Keeps the request, and leads to the page that says so. */
  function send(ctx: Context, typed: Typed, signIn: string | undefined, more?: string): void {
    requestUnit().add(asked.request(ctx, typed, signIn));
    askedCookie.write(ctx, path, formCookie.read(ctx), typed);
    const query = [signIn === undefined ? '' : `sign_in=${signIn}`, more ?? ''].filter((part) => part !== '');
    seeOther(ctx, `${path}/sent${query.length === 0 ? '' : `?${query.join('&')}`}`);
  }

  return { send };
}
