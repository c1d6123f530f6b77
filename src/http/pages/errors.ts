import type { Context, Middleware } from 'koa';
import type { GatehouseError } from '../../kernel/errors.ts';
import { ROUTES } from '../../oidc/provider.ts';
import { wantsPage } from '../kit/context.ts';
import { beginRefusal, type ErrorReport, statusError, toKnownError } from '../kit/known-errors.ts';
import type { Pages } from './pages.ts';

/**
 * Renders errors everywhere but in the API (`api/problems.ts`): a page for people, JSON for programs. Whatever is not a known
 * error is `internal`, and nothing of it reaches the answer (OWASP ASVS 16.5.1).
 */
export function renderErrors(pages: Pages, report: ErrorReport): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw statusError(404);
      if ((ctx.status === 405 || ctx.status === 501) && ctx.body == null) throw statusError(ctx.status);
    } catch (error) {
      const known = toKnownError(error);
      beginRefusal(ctx, known, error, report);
      await answer(ctx, known, pages);
    }
  };
}

async function answer(ctx: Context, error: GatehouseError, pages: Pages): Promise<void> {
  const { requestId } = ctx.state as { requestId?: string };
  if (!wantsPage(ctx)) {
    ctx.status = error.status;
    ctx.body = {
      error: PROTOCOL_PATHS.has(ctx.path) ? protocolCode(error) : error.code,
      error_description: error.safeMessage,
      ...(requestId === undefined ? {} : { reference: requestId }),
    };
    return;
  }
  const { restart } = error as GatehouseError & { restart?: { href: string; client?: string } };
  // A second click is no mistake of the person who made it.
  if (error.code === 'sign_in_already_finished') {
    return pages.render(ctx, 'sign-in-finished', { restart: restart ?? { href: '/account' } }, 200);
  }
  await pages.render(
    ctx,
    'error',
    {
      code: error.code,
      status: error.status,
      ...(requestId === undefined ? {} : { reference: requestId }),
      ...(restart === undefined ? {} : { restart }),
      ...waysOf(ctx, error),
    },
    error.status,
  );
}

/** Pages that a form of theirs, and nothing else, is needed for: they can be opened again as they are. */
const OPEN_AGAIN =
  /^\/(?:sign-in\/[\w-]+|forgot|register|account(?:\/(?:profile|password|address|security|activity))?)(?=\/|$)/u;

/** Where somebody goes on from an error that they can get over themselves. */
function waysOf(ctx: Context, { code, status }: GatehouseError): { again?: string; accountHref?: string } {
  if (status !== 404 && !WITH_ACCOUNT.has(code)) return {};
  const again = code === 'csrf_invalid' ? OPEN_AGAIN.exec(ctx.path)?.[0] : undefined;
  return { accountHref: '/account', ...(again === undefined ? {} : { again }) };
}

/** Somebody who reads one of these may be signed in, and has a page of their own. */
const WITH_ACCOUNT: ReadonlySet<string> = new Set([
  'bad_request',
  'csrf_invalid',
  'sign_in_expired',
  'session_cap_reached',
  'device_code_used',
  'foreign_interaction',
  'access_denied',
]);

const PROTOCOL_PATHS: ReadonlySet<string> = new Set(Object.values(ROUTES));

/** On the protocol's endpoints only the protocol's codes (RFC 6749, section 4.1.2.1). */
function protocolCode({ status, code }: GatehouseError): string {
  if (status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : code;
}

/** An error page that offers a way back to the client. */
export function withRestart(
  error: GatehouseError,
  restart: { href: string; client?: string } | undefined,
): GatehouseError {
  return restart === undefined ? error : Object.assign(error, { restart });
}
