import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account, AccountStore } from '../../domain/accounts/store.ts';
import type { DeclaredAttributes } from '../../domain/attributes/policy.ts';
import type { ClientStore } from '../../domain/clients/store.ts';
import type { Consent, ConsentStore } from '../../domain/consents/store.ts';
import { daysLeft, expiryNotice } from '../../domain/passwords/expiry.ts';
import type { SessionStore } from '../../domain/sessions/store.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { isStorable } from '../../kernel/text.ts';
import { builtInName } from '../../oidc/built-in-clients.ts';
import type { OwnAccess } from '../../oidc/own-access.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import { originOf } from '../kit/context.ts';
import { type Csrf, SESSION_FORMS } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { type DescribesGranted, describeGranted } from '../pages/granted.ts';
import { type Pages, preferencesOf } from '../pages/pages.ts';
import { attributesToRead } from './attribute-forms.ts';
import { SECURITY_PAGE } from './confirmed-visitor.ts';
import { type SecurityDependencies, securityState } from './security-state.ts';
import { SESSIONS_PAGE } from './sessions.ts';
import type { AccountViews } from './views.ts';
import { type Visitor, visitorOf, visitorOrSignIn } from './visitor.ts';

export interface AccountDependencies extends SecurityDependencies, DescribesGranted {
  readonly attributes: DeclaredAttributes;
  readonly issuer: string;
  readonly sessions: Sessions;
  readonly ownAccess: Pick<OwnAccess, 'withdrawConsent'>;
  readonly accounts: AccountStore;
  readonly clients: ClientStore;
  readonly sessionStore: Pick<SessionStore, 'openOf'>;
  readonly consents: ConsentStore;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly pages: Pages<AccountViews>;
  readonly bodyLimitBytes: number;
}

/** The same decision as that of the mails about it. */
function expiryOf(account: Account, { clock, passwordRules }: SecurityDependencies) {
  const now = clock.now();
  const setAt = account.passwordChangedAt ?? account.createdAt;
  const notice = expiryNotice(now, setAt, passwordRules.policyFor(account));
  if (notice === undefined) return {};
  return { passwordExpires: { daysLeft: daysLeft(now, notice.expiresAt) } };
}

/** What a change leads back with. */
const NOTICES = {
  'consent-withdrawn': 'consent_withdrawn',
  'profile-changed': 'profile_changed',
  'password-changed': 'password_changed',
  'address-requested': 'address_requested',
} as const;

const form = z.object({
  csrf: z.string().max(200),
  client_id: z.string().min(1).max(200).refine(isStorable),
});

/**
 * `/account`: a person's own page, and what the bare address leads to. Whoever is not signed in is sent through
 * `/authorize` and comes back.
 */
export function accountRoutes(router: Router, deps: AccountDependencies): void {
  const { consents, csrf } = deps;

  router.get('/', (ctx) => seeOther(ctx, '/account'));

  router.get('/account', async (ctx) => {
    const visitor = await visitorOrSignIn(ctx, '/account', deps);
    if (visitor !== undefined) await show(ctx, visitor);
  });

  router.post('/account/applications/withdraw', async (ctx) => {
    const visitor = await visitorOf(ctx, deps);
    if (visitor === undefined) return seeOther(ctx, '/account');
    const { session, account } = visitor;
    const { csrf: token, client_id: clientId } = await readForm(ctx, form, deps.bodyLimitBytes);
    csrf.verify(ctx, SESSION_FORMS, session.sessionUid, token);
    const { sessionUid } = session;
    await deps.ownAccess.withdrawConsent({ accountId: account.id, sessionUid }, clientId, originOf(ctx));
    seeOther(ctx, '/account?done=consent-withdrawn');
  });

  async function show(ctx: Context, { session, account }: Visitor): Promise<void> {
    ctx.state.accountLocale = account.locale;
    const { done } = ctx.query;
    const notice =
      typeof done === 'string' && Object.hasOwn(NOTICES, done)
        ? NOTICES[done as keyof typeof NOTICES]
        : undefined;
    const tags = preferencesOf(ctx);
    const allowed = await consents.listFor(account.id);
    await deps.pages.render(ctx, 'account', {
      account: {
        name: account.name,
        email: account.email,
        roles: account.roles,
        ...(account.zoneinfo === undefined ? {} : { zoneinfo: account.zoneinfo }),
      },
      security: await securityState(account, session, deps),
      applications: await Promise.all(allowed.map((each) => application(each, tags))),
      kept: attributesToRead(deps.attributes, account.attributes, tags),
      csrfToken: csrf.token(SESSION_FORMS, session.sessionUid),
      sessionCount: (await deps.sessionStore.openOf(account.id, deps.clock.now())).length,
      withdrawAction: '/account/applications/withdraw',
      signOutAction: '/logout',
      ...expiryOf(account, deps),
      change: {
        profile: '/account/profile',
        address: '/account/address',
        password: '/account/password',
        security: SECURITY_PAGE,
        codes: `${SECURITY_PAGE}/recovery-codes`,
        sessions: SESSIONS_PAGE,
        activity: '/account/activity',
      },
      ...(notice === undefined ? {} : { notice }),
    });
  }

  async function application({ clientId, granted, grantedAt }: Consent, tags: readonly string[]) {
    const client = await deps.clients.find(clientId);
    const name = builtInName(clientId) ?? client?.metadata.client_name;
    return {
      clientId,
      name: typeof name === 'string' ? name : clientId,
      scopes: await describeGranted(granted, deps, tags),
      since: grantedAt,
    };
  }
}
