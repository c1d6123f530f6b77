/**
 * The one error type of the server. `code` is stable and may be shown, logged and tested against; `safeMessage` may
 * reach anybody; `cause` and `detail` never leave the log.
 */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError';
  readonly code: string;
  /** The HTTP status that the one renderer answers with (`src/http/pages/errors.ts`). */
  readonly status: number;
  readonly safeMessage: string;
  /** Seconds after which a retry makes sense; becomes `Retry-After`. */
  readonly retryAfter: number | undefined;

  constructor(
    code: string,
    options: { status?: number; message: string; retryAfter?: number; cause?: unknown; detail?: string },
  ) {
    super(
      options.detail ?? options.message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.status = options.status ?? 500;
    this.safeMessage = options.message;
    this.retryAfter = options.retryAfter;
  }

  /** The name under which HTTP libraries look for the status. */
  get statusCode(): number {
    return this.status;
  }
}

/** The request is malformed or fails validation: nothing was changed. */
export const badRequest = (code: string, message: string, cause?: unknown) =>
  new GatehouseError(code, { status: 400, message, cause });

/** The thing does not exist, or the asker may not know that it does. */
export const notFound = (code: string, message: string) => new GatehouseError(code, { status: 404, message });

/** The request contradicts the present state (a duplicate, a lost compare-and-set). */
export const conflict = (code: string, message: string) => new GatehouseError(code, { status: 409, message });

/** A resource is exhausted for now; the caller may come back after `retryAfter` seconds. */
export const unavailable = (code: string, message: string, retryAfter: number, cause?: unknown) =>
  new GatehouseError(code, { status: 503, message, retryAfter, cause });

/** Whether this is an error of ours with the code, e.g. one that a page answers with words of its own. */
export const isCode = (error: unknown, code: string): boolean =>
  error instanceof GatehouseError && error.code === code;
