import { unavailable } from '../kernel/errors.ts';

/** Seconds after which asking again makes sense: a failover takes some, a restart less. */
const RETRY_AFTER = 5;

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** PostgreSQL's classes and codes for: connection lost, resources exhausted, shutting down or starting, timed out, deadlock. */
const SQLSTATES = /^(08|53|57P0|57014|40P01)/u;

/** What the driver says without a code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/u;

/**
 * Tells a database that cannot be reached, or not now, from everything else that goes wrong: the first becomes
 * `database_unavailable` (503), which callers may retry; the rest is passed on as it is.
 */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = '', severity } = error as Error & { code?: string; severity?: string };
  // FATAL ends the connection: PostgreSQL refuses it, or takes it away.
  if (
    severity !== 'FATAL' &&
    !SOCKET_CODES.has(code) &&
    !SQLSTATES.test(code) &&
    !MESSAGES.test(error.message)
  )
    return error;
  return unavailable(
    'database_unavailable',
    'The service is not available at the moment.',
    RETRY_AFTER,
    error,
  );
}
