import type { AccountStore } from '../../domain/accounts/store.ts';
import type { ProtocolContext, Screens } from '../../oidc/provider.ts';
import { reasonOf } from '../../oidc/refusal-reasons.ts';
import { factsOf, refusedBy } from '../../oidc/refusal-request.ts';
import type { Pages } from './pages.ts';

/** The protocol's error codes that have a page of their own; the others read as an invalid request. */
const PAGE_CODES: Record<string, string> = {
  invalid_client: 'client_invalid',
  invalid_redirect_uri: 'redirect_uri_invalid',
  access_denied: 'access_denied',
  server_error: 'internal',
  temporarily_unavailable: 'unavailable',
};

/** Why a route of the protocol has a form that submits itself; any other answers an application. */
const REASONS: Record<string, 'another-person' | 'signed-out'> = {
  resume: 'another-person',
  end_session: 'signed-out',
};

/** What the protocol shows to people, in the server's pages. */
export function createScreens(
  pages: Pages,
  accounts: AccountStore,
  /** In development the page says why, and what to change; anywhere else only the log does. */
  { showReasons }: { readonly showReasons: boolean },
): Screens {
  return {
    async signOut(ctx, { action, xsrf }) {
      const accountId = ctx.oidc.session?.accountId;
      const account = accountId === undefined ? undefined : await accounts.findById(accountId);
      const client = clientOf(ctx);
      await pages.render(ctx, 'sign-out', {
        action,
        xsrf,
        accountHref: '/account',
        ...(client === undefined ? {} : { client }),
        ...(account === undefined ? {} : { account: { name: account.name, email: account.email } }),
      });
    },

    async signedOut(ctx) {
      const client = clientOf(ctx);
      await pages.render(ctx, 'signed-out', client === undefined ? {} : { client });
    },

    async onward(ctx, { action, fields }) {
      const client = clientOf(ctx);
      const model = {
        action,
        fields,
        reason: REASONS[String(ctx.oidc.route)] ?? ('answer' as const),
        automatic: true,
        ...(client === undefined ? {} : { client }),
      };
      await pages.render(ctx, 'onward', model, ctx.status);
    },

    async error(ctx, code, error) {
      const { requestId } = ctx.state as { requestId?: string };
      await pages.render(
        ctx,
        'error',
        {
          code: pageCode(code, error, ctx.status),
          status: ctx.status,
          ...(requestId === undefined ? {} : { reference: requestId }),
          ...(showReasons ? { reason: reasonFor(ctx, error) } : {}),
        },
        ctx.status,
      );
    },
  };
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
  const { client } = ctx.oidc;
  if (client === undefined) return undefined;
  return {
    name: client.clientName ?? client.clientId,
    ...(client.clientUri === undefined ? {} : { uri: client.clientUri }),
  };
}
