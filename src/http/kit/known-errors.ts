import type { Context } from 'koa';
import { GatehouseError } from '../../kernel/errors.ts';

/** Told of every failure that is ours, with the request in which it happened. */
export type ErrorReport = (error: unknown, ctx: Context) => void;

const STATUS_CODES: Record<number, [code: string, message: string]> = {
  400: ['bad_request', 'The request could not be understood.'],
  404: ['not_found', 'There is nothing at this address.'],
  405: ['method_not_allowed', 'This address does not answer to that method.'],
  413: ['bad_request', 'The request is too large.'],
  415: ['bad_request', 'This content type is not accepted.'],
  501: ['method_not_allowed', 'This address does not answer to that method.'],
};

/** The error that an answer without a body of its own stands for. */
export function statusError(status: number): GatehouseError {
  const [code, message] = STATUS_CODES[status] ?? ['internal', 'Something went wrong.'];
  return new GatehouseError(code, { status, message });
}

/** What may be said of anything that was thrown: whatever is not a known error is `internal` (OWASP ASVS 16.5.1). */
export function toKnownError(error: unknown): GatehouseError {
  if (error instanceof GatehouseError) return error;
  // Koa's own refusals (a malformed URL, an oversized header) carry a status and may be told.
  const { status, expose } = (error ?? {}) as { status?: number; expose?: boolean };
  if (expose === true && status !== undefined && status in STATUS_CODES) return statusError(status);
  return new GatehouseError('internal', { status: 500, message: 'Something went wrong.', cause: error });
}

/**
 * Makes the answer of the request one of an error, whatever was prepared for a success: nothing of that must travel with the
 * refusal. Reports what is a failure of ours; what was never built has not failed.
 */
export function beginRefusal(
  ctx: Context,
  error: GatehouseError,
  thrown: unknown,
  report: ErrorReport,
): void {
  if (error.status >= 500 && error.status !== 501) report(thrown, ctx);
  for (const name of ['Set-Cookie', 'Location', 'ETag', 'Last-Modified']) ctx.remove(name);
  ctx.set('Cache-Control', 'no-store');
  if (error.retryAfter !== undefined) ctx.set('Retry-After', String(error.retryAfter));
}
