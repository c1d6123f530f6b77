import type { AccountStore } from '../../domain/accounts/store.ts';
import { homeOf } from '../../oidc/client-facts.ts';
import { DEVICE_PATH } from '../../oidc/device-endpoints.ts';
import type { ProtocolContext, Screens } from '../../oidc/provider.ts';
import { reasonOf } from '../../oidc/refusal-reasons.ts';
import { factsOf, refusedBy } from '../../oidc/refusal-request.ts';
import { AGAIN_FIELD, isAgain, signOutAgain } from '../../oidc/sign-out.ts';
import { type Csrf, SESSION_FORMS } from '../kit/csrf.ts';
import type { Pages } from './pages.ts';
import type { CommonViews } from './views.ts';

/** The protocol's error codes that have a page of their own; the others read as an invalid request. */
const PAGE_CODES: Record<string, string> = {
  invalid_client: 'client_invalid',
  invalid_redirect_uri: 'redirect_uri_invalid',
  access_denied: 'access_denied',
  server_error: 'internal',
  temporarily_unavailable: 'unavailable',
};

/**
 * Why the library has a form submitted. A sign-in that is complete has two: it signs out whoever is signed in, or hands the
 * application its answer (`response_mode=form_post`), which everything else does, too.
 */
function onwardReason({ oidc }: ProtocolContext, action: string): CommonViews['onward']['reason'] {
  if (oidc.route === 'end_session') return 'signed-out';
  return action === oidc.urlFor('end_session_confirm') ? 'another-person' : 'answer';
}

/** Requests to sign somebody out: where one is refused, people want to know whether they are still signed in. */
const SIGN_OUTS: ReadonlySet<string> = new Set(['end_session', 'end_session_confirm', 'end_session_success']);

export interface ScreenOptions {
  readonly csrf: Pick<Csrf, 'token'>;
  /** In development the page says why, and what to change; anywhere else only the log does. */
  readonly showReasons: boolean;
}

/** What the protocol shows to people, in the server's pages. */
export function createScreens(
  pages: Pages,
  accounts: Pick<AccountStore, 'findById'>,
  { csrf, showReasons }: ScreenOptions,
): Screens {
  const personOf = async (accountId: string | undefined) => {
    const account = accountId === undefined ? undefined : await accounts.findById(accountId);
    return account === undefined ? undefined : { name: account.name, email: account.email };
  };

  /** Its button ends the session here and goes nowhere else: what the application has sent counts for nothing. */
  async function signOutRefused(ctx: ProtocolContext, error: Error): Promise<void> {
    const session = ctx.oidc.session ?? (await ctx.oidc.provider.Session.get(ctx));
    const account = await personOf(session.accountId);
    const client = clientOf(ctx);
    await pages.render(
      ctx,
      'sign-out-refused',
      {
        reason: ctx.oidc.route === 'end_session_confirm' ? 'form' : 'request',
        accountHref: '/account',
        ...(account === undefined
          ? {}
          : {
              signedIn: {
                account,
                action: '/account/sessions/end',
                csrfToken: csrf.token(SESSION_FORMS, session.uid),
                session: session.uid,
              },
            }),
        ...(client === undefined ? {} : { client }),
        ...(showReasons ? { refusal: reasonFor(ctx, error) } : {}),
        ...referenceOf(ctx),
      },
      ctx.status,
    );
  }

  return {
    async signOut(ctx, { action, xsrf, again }) {
      const account = await personOf(ctx.oidc.session?.accountId);
      const client = clientOf(ctx);
      await pages.render(ctx, 'sign-out', {
        action,
        xsrf,
        again,
        accountHref: '/account',
        ...(client === undefined ? {} : { client }),
        ...(account === undefined ? {} : { account }),
      });
    },

    async signedOut(ctx) {
      const client = clientOf(ctx);
      await pages.render(ctx, 'signed-out', {
        accountHref: '/account',
        ...(client === undefined ? {} : { client }),
      });
    },

    async onward(ctx, { action, fields }) {
      const client = clientOf(ctx);
      const reason = onwardReason(ctx, action);
      const model = {
        action,
        fields: reason === 'answer' ? fields : { ...fields, [AGAIN_FIELD]: againOf(ctx, reason) },
        reason,
        // A browser without cookies would submit it for ever.
        automatic: !isAgain(ctx),
        ...(client === undefined ? {} : { client }),
      };
      await pages.render(ctx, 'onward', model, ctx.status);
    },

    async deviceCode(ctx, { action, xsrf, problem, retryAfterSeconds }) {
      const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
      const error = problem === undefined ? {} : { error: { code: problem, ...wait } };
      await pages.render(ctx, 'device', { action, xsrf, ...error }, ctx.status === 404 ? 200 : ctx.status);
    },

    async deviceRefused(ctx, reason) {
      const status = reason === 'denied' ? 200 : 403;
      const model = { reason, deviceHref: DEVICE_PATH, accountHref: '/account' };
      await pages.render(ctx, 'device-refused', model, status);
    },

    async deviceDone(ctx) {
      const { expiresWithSession } = (ctx.oidc.entities.DeviceCode ?? {}) as { expiresWithSession?: boolean };
      await pages.render(ctx, 'device-done', {
        client: { name: clientOf(ctx)?.name ?? '' },
        offline: expiresWithSession !== true,
        accountHref: '/account',
      });
    },

    async error(ctx, code, error) {
      const { status } = ctx;
      if (SIGN_OUTS.has(String(ctx.oidc.route)) && status < 500) return signOutRefused(ctx, error);
      const reason = showReasons ? { reason: reasonFor(ctx, error) } : {};
      const known = pageCode(code, error, status);
      const way = known === 'sign_in_expired' ? { accountHref: '/account' } : {};
      const model = { code: known, status, ...way, ...referenceOf(ctx), ...reason };
      await pages.render(ctx, 'error', model, status);
    },
  };
}

/** What the browser repeats where the form is submitted once more. */
const againOf = (ctx: ProtocolContext, reason: 'another-person' | 'signed-out'): string =>
  reason === 'signed-out' ? signOutAgain(ctx) : ctx.path;

function referenceOf(ctx: ProtocolContext): { reference?: string } {
  const { requestId } = ctx.state as { requestId?: string };
  return requestId === undefined ? {} : { reference: requestId };
}

const reasonFor = (ctx: ProtocolContext, error: Error) =>
  reasonOf(factsOf(ctx, refusedBy(error), ctx.oidc.issuer));

function pageCode(code: string, error: Error, status: number): string {
  // A cookie of a sign-in that ended is the commonest of these: the person waited, or went back.
  if (error.name === 'SessionNotFound') return 'sign_in_expired';
  if (status === 503) return 'unavailable';
  return PAGE_CODES[code] ?? 'invalid_request';
}

function clientOf(ctx: ProtocolContext): { name: string; uri?: string } | undefined {
  const { client, provider } = ctx.oidc;
  if (client === undefined) return undefined;
  const uri = homeOf(client, provider.issuer);
  return {
    name: client.clientName ?? client.clientId,
    ...(uri === undefined ? {} : { uri }),
  };
}
