import type { Context, Middleware } from 'koa';
import { GatehouseError } from '../../kernel/errors.ts';
import { ROUTES } from '../../oidc/provider.ts';
import { wantsPage } from '../kit/context.ts';
import type { Pages } from './pages.ts';

export type ErrorReport = (error: unknown, ctx: Context) => void;

/**
 * The only error renderer: a page for people, JSON for programs. Whatever is not a known error is `internal`, and
 * nothing of it reaches the answer (OWASP ASVS 16.5.1).
 */
export function renderErrors(pages: Pages, report: ErrorReport): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw statusError(404);
      if ((ctx.status === 405 || ctx.status === 501) && ctx.body == null) throw statusError(ctx.status);
    } catch (error) {
      const known = toGatehouseError(error);
      // What was never built has not failed.
      if (known.status >= 500 && known.status !== 501) report(error, ctx);
      await answer(ctx, known, pages);
    }
  };
}

async function answer(ctx: Context, error: GatehouseError, pages: Pages): Promise<void> {
  const { requestId } = ctx.state as { requestId?: string };
  const allow: unknown = ctx.response.get('Allow');
  // What was prepared for a success must not travel with the refusal.
  for (const name of ['Set-Cookie', 'Location', 'ETag', 'Last-Modified']) ctx.remove(name);
  ctx.set('Cache-Control', 'no-store');
  if (typeof allow === 'string' && allow !== '') ctx.set('Allow', allow);
  if (error.retryAfter !== undefined) ctx.set('Retry-After', String(error.retryAfter));
  if (!wantsPage(ctx)) {
    ctx.status = error.status;
    ctx.body = {
      error: PROTOCOL_PATHS.has(ctx.path) ? protocolCode(error) : error.code,
      error_description: error.safeMessage,
      ...(requestId === undefined ? {} : { reference: requestId }),
    };
    return;
  }
  const restart = (error as GatehouseError & { restart?: { href: string; client?: string } }).restart;
  await pages.render(
    ctx,
    'error',
    {
      code: error.code,
      status: error.status,
      ...(requestId === undefined ? {} : { reference: requestId }),
      ...(restart === undefined ? {} : { restart }),
    },
    error.status,
  );
}

const PROTOCOL_PATHS: ReadonlySet<string> = new Set(Object.values(ROUTES));

/** On the protocol's endpoints only the protocol's codes (RFC 6749, section 4.1.2.1). */
function protocolCode({ status, code }: GatehouseError): string {
  if (status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : code;
}

const STATUS_CODES: Record<number, [code: string, message: string]> = {
  400: ['bad_request', 'The request could not be understood.'],
  404: ['not_found', 'There is nothing at this address.'],
  405: ['method_not_allowed', 'This address does not answer to that method.'],
  413: ['bad_request', 'The request is too large.'],
  415: ['bad_request', 'This content type is not accepted.'],
  501: ['method_not_allowed', 'This address does not answer to that method.'],
};

function statusError(status: number): GatehouseError {
  const [code, message] = STATUS_CODES[status] ?? ['internal', 'Something went wrong.'];
  return new GatehouseError(code, { status, message });
}

function toGatehouseError(error: unknown): GatehouseError {
  if (error instanceof GatehouseError) return error;
  // Koa's own refusals (a malformed URL, an oversized header) carry a status and may be told.
  const { status, expose } = error as { status?: number; expose?: boolean };
  if (expose === true && status !== undefined && status in STATUS_CODES) return statusError(status);
  return new GatehouseError('internal', { status: 500, message: 'Something went wrong.', cause: error });
}

/** An error page that offers a way back to the client. */
export function withRestart(
  error: GatehouseError,
  restart: { href: string; client?: string } | undefined,
): GatehouseError {
  return restart === undefined ? error : Object.assign(error, { restart });
}
