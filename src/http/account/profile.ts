import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { isPersonName } from '../../domain/accounts/policy.ts';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { AttributeFinding, DeclaredAttributes } from '../../domain/attributes/policy.ts';
import { isCode } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { timeZone } from '../../kernel/time-zones.ts';
import type { AccountChanges } from '../../lifecycle/changes.ts';
import { isOwnAttribute } from '../../lifecycle/own-profile.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { originOf } from '../kit/context.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { languages } from '../pages/i18n.ts';
import { type Pages, preferencesOf } from '../pages/pages.ts';
import { attributeFields, attributesInForm, attributesPosted, attributesToRead } from './attribute-forms.ts';
import type { AccountViews } from './views.ts';
import { type Visitor, visitorOf, visitorOrSignIn } from './visitor.ts';
import { zoneGroups } from './zones.ts';

export interface ProfileDependencies {
  readonly issuer: string;
  readonly changes: Pick<AccountChanges, 'profile' | 'profileVersion'>;
  readonly attributes: DeclaredAttributes;
  readonly sessions: Sessions;
  readonly accounts: AccountStore;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly pages: Pages<AccountViews>;
  readonly bodyLimitBytes: number;
}

type Errors = NonNullable<AccountViews['account-profile']['errors']>;

/** What was posted, and what is wrong with it. */
interface Posted {
  readonly values: AccountViews['account-profile']['values'];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly findings: readonly AttributeFinding[];
  readonly errors: Errors;
}

/** `/account/profile`: the name, the language and the time zone, and the attributes that people change of themselves. */
export function profileRoutes(router: Router, deps: ProfileDependencies): void {
  const { changes, csrf, attributes } = deps;
  const { shape, lists } = attributeFields(attributes);
  const profileForm = z.object({
    ...shape,
    csrf: z.string().max(200),
    version: z.string().max(200),
    name: z.string().trim().max(400).default(''),
    locale: z.enum(['', ...languages]).default(''),
    /** Not sent by a page of an earlier version: then it stays. */
    zoneinfo: z.string().max(1_000).optional(),
    /** The names of the attributes that the page had; others stay. */
    attributes: z.string().max(5_000).default(''),
  });

  router.get('/account/profile', async (ctx) => {
    const visitor = await visitorOrSignIn(ctx, '/account/profile', deps);
    if (visitor !== undefined) await show(ctx, visitor);
  });

  router.post('/account/profile', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, '/account/profile');
    const posted = await readForm(ctx, profileForm, deps.bodyLimitBytes, lists);
    const { csrf: token, version, name, locale, zoneinfo: chosen, attributes: shown, ...fields } = posted;
    const { account, session } = visitor;
    csrf.verify(ctx, 'account-profile', session.sessionUid, token);
    const zone = chosen === undefined ? account.zoneinfo : timeZone(chosen);
    const given = attributesPosted(attributes, fields, shown.split(' '), account.attributes);
    const { findings } = attributes.change(account.attributes, given, isOwnAttribute);
    const errors: Errors = {
      ...(isPersonName(name) ? {} : { name: name === '' ? 'missing' : 'invalid' }),
      ...(chosen && zone === undefined ? { zoneinfo: 'invalid' } : {}),
      ...(findings.length > 0 ? { attributes: true } : {}),
    };
    const again = { values: { name, locale, zoneinfo: zone ?? '' }, fields, findings, errors };
    if (Object.keys(errors).length > 0) return show(ctx, visitor, again);
    try {
      const profile = { name, locale: locale === '' ? undefined : locale, zoneinfo: zone, attributes: given };
      const by = { session: session.sessionUid, origin: originOf(ctx) };
      await changes.profile(account.id, profile, version, by);
    } catch (error) {
      if (!isCode(error, 'changed_meanwhile')) throw error;
      return show(ctx, visitor, { ...again, errors: { form: 'changed_meanwhile' } });
    }
    seeOther(ctx, '/account?done=profile-changed');
  });

  async function show(ctx: Context, { account, session }: Visitor, posted?: Posted): Promise<void> {
    ctx.state.accountLocale = account.locale;
    const tags = preferencesOf(ctx);
    const { name, locale = '', zoneinfo = '' } = account;
    await deps.pages.render(
      ctx,
      'account-profile',
      {
        action: '/account/profile',
        csrfToken: csrf.token('account-profile', session.sessionUid),
        version: changes.profileVersion(account),
        values: posted?.values ?? { name, locale, zoneinfo },
        zones: zoneGroups(account.zoneinfo),
        attributes: attributesInForm(attributes, account.attributes, tags, posted),
        kept: attributesToRead(attributes, account.attributes, tags, (each) => !isOwnAttribute(each)),
        ...(posted === undefined ? {} : { errors: posted.errors }),
      },
      posted === undefined ? 200 : posted.errors.form === undefined ? 400 : 409,
    );
  }
}
