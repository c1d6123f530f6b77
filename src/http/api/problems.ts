import { STATUS_CODES } from 'node:http';
import type { Context, Middleware } from 'koa';
import { InvalidInput } from '../../administration/admission.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { pathText } from '../../kernel/shape-words.ts';
import { beginRefusal, type ErrorReport, toKnownError } from '../kit/known-errors.ts';

/** Errors as programs get them: problem details (RFC 9457), and never a page. */

/** What is wrong with one part of a request. The text never repeats the value, which may be a secret. */
export type InputError = { readonly detail: string } & (
  | {
      /** The part of the body, as a JSON Pointer in the form of a URI fragment (RFC 6901, section 6): `#/email`. */
      readonly pointer: string;
    }
  | {
      /** A parameter of the query. */
      readonly parameter: string;
    }
  | { readonly header: string }
);

/** A request that is refused for what stands in it: `errors` says where. */
export class InvalidRequest extends GatehouseError {
  readonly errors: readonly InputError[];

  constructor(code: string, message: string, errors: readonly InputError[], cause?: unknown) {
    super(code, { status: 400, message, cause });
    this.errors = errors;
  }
}

/** A request that is refused because of its caller: `challenge` becomes `WWW-Authenticate` (RFC 9110, section 11.6.1). */
export class AccessRefused extends GatehouseError {
  readonly challenge: string;

  constructor(code: string, options: { status: number; message: string; challenge: string }) {
    super(code, options);
    this.challenge = options.challenge;
  }
}

/** A long list of wrong entries is not answered with a longer one. */
const MOST_ERRORS = 50;

/**
 * The members of a problem. Its type is `about:blank`: what tells one problem from another with the same status is `error`, a
 * stable code, and so the title is the status' own (RFC 9457, section 4.2.1).
 */
export function describeProblem(error: GatehouseError, requestId: string | undefined) {
  const { status, code, safeMessage } = error;
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: safeMessage,
    error: code,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(error instanceof InvalidRequest ? { errors: error.errors.slice(0, MOST_ERRORS) } : {}),
    ...(error instanceof InvalidInput && error.findings.length > 0
      ? {
          errors: error.findings
            .slice(0, MOST_ERRORS)
            .map(({ path, words }) => ({ parameter: pathText(path), detail: words })),
        }
      : {}),
  };
}

/** Answers with a problem whatever is thrown behind it. Headers that say who may read the answer stay. */
export function renderProblems(report: ErrorReport): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const known = toKnownError(error);
      beginRefusal(ctx, known, error, report);
      answerWithProblem(ctx, known);
    }
  };
}

function answerWithProblem(ctx: Context, error: GatehouseError): void {
  const { requestId } = ctx.state as { requestId?: string };
  if (error instanceof AccessRefused) ctx.set('WWW-Authenticate', error.challenge);
  ctx.status = error.status;
  ctx.body = JSON.stringify(describeProblem(error, requestId));
  ctx.set('Content-Type', 'application/problem+json');
}
