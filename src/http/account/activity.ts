import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { Activity, ActivityPlace, ActivityStore } from '../../domain/audit/activity-store.ts';
import type { ClientStore } from '../../domain/clients/store.ts';
import { deviceOf } from '../../domain/mail/device.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { UUID_PATTERN } from '../../kernel/ids.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import type { Csrf } from '../kit/csrf.ts';
import { clientNames } from '../pages/client-names.ts';
import type { Pages } from '../pages/pages.ts';
import { SESSIONS_PAGE } from './sessions.ts';
import type { AccountViews, ActivityOnPage } from './views.ts';
import { visitorOrSignIn } from './visitor.ts';

export interface AccountActivityDependencies {
  readonly issuer: string;
  readonly sessions: Sessions;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly activity: ActivityStore;
  readonly clients: Pick<ClientStore, 'find'>;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly pages: Pages<AccountViews>;
}

const PAGE = '/account/activity';

/** Where a page begins, as its address says it. Whatever is none begins with the latest. */
const place = z
  .string()
  .regex(new RegExp(`^\\d{1,17}\\.${UUID_PATTERN}$`))
  .transform((text): ActivityPlace => {
    const [micros = '', id = ''] = text.split('.');
    return { micros, id };
  });

/** `/account/activity`: what happened to a person's own account, of the audit trail (OWASP ASVS 7.5.2 asks for less). */
export function accountActivityRoutes(router: Router, deps: AccountActivityDependencies): void {
  router.get(PAGE, async (ctx) => {
    const visitor = await visitorOrSignIn(ctx, PAGE, deps);
    if (visitor === undefined) return;
    const { id, locale, zoneinfo } = visitor.account;
    ctx.state.accountLocale = locale;
    const before = beginningOf(ctx);
    const { entries, older } = await deps.activity.page(id, before);
    const names = await clientNames(
      deps.clients,
      entries.flatMap(({ client }) => client ?? []),
    );
    await deps.pages.render(ctx, 'account-activity', {
      passwordHref: '/account/password',
      sessionsHref: SESSIONS_PAGE,
      ...(zoneinfo === undefined ? {} : { zoneinfo }),
      entries: entries.map((entry) => onPage(entry, names)),
      ...(older === undefined ? {} : { olderHref: `${PAGE}?before=${older.micros}.${older.id}` }),
      ...(before === undefined ? {} : { newestHref: PAGE }),
    });
  });
}

const beginningOf = (ctx: Context): ActivityPlace | undefined => place.safeParse(ctx.query.before).data;

/** The people whom an administrator has helped need not know from where. */
function onPage(
  { at, words, failed, byAdministrator, client, ip, userAgent, endedUserAgent }: Activity,
  names: ReadonlyMap<string, string>,
): ActivityOnPage {
  const name = client === undefined ? undefined : names.get(client);
  return {
    at,
    words,
    failed,
    byAdministrator,
    ...(name === undefined ? {} : { client: name }),
    ...(endedUserAgent === undefined ? {} : { ended: deviceOf(endedUserAgent) }),
    ...(byAdministrator ? {} : { ...(ip === undefined ? {} : { ip }), ...deviceOf(userAgent) }),
  };
}
