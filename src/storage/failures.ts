import { GatehouseError, unavailable } from '../kernel/errors.ts';

/** What a failure of PostgreSQL means for whoever asked: decided here, and nowhere else. */

/** Seconds after which asking again makes sense: a failover takes some, a restart less. */
const RETRY_AFTER = 5;

/** What sockets and resolvers say of a server that is not there, or not any more. */
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
]);

/**
 * PostgreSQL's classes and codes (its manual, appendix A) for what is not possible now and will be: connections (08), a
 * pooler that gave the session away (26000, 42P05), a server that takes no writes (25006), transactions that were rolled
 * back (40), a lock or an object in use (55P03, 55006), resources (53), statements that were cancelled (57014), shutting
 * down or starting (57P0), the system around it (58).
 */
const SQLSTATES = /^(08|25006|26000|40|42P05|53|55006|55P03|57014|57P0|58)/u;

/** What the driver says without a code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed and is not queryable|Query read timeout|The server does not support SSL connections|There was an error establishing an SSL connection)/u;

/** Serialization failure, deadlock, lock not available: PostgreSQL says that it has rolled the transaction back. */
const ROLLED_BACK = new Set(['40001', '40P01', '55P03']);

interface DriverError extends Error {
  readonly code?: string;
  readonly severity?: string;
  readonly syscall?: string;
  readonly notConnected?: boolean;
}

/**
 * Marks an error as one of connecting: whatever it is, a certificate that has expired included, no statement was sent, and
 * the database is not there for whoever asked. The mark is a property because the ORM copies those.
 */
export function asNotConnected(error: unknown): unknown {
  if (error instanceof Error) Object.assign(error, { notConnected: true });
  return error;
}

/**
 * Tells a database that cannot be reached, or not now, from everything else that goes wrong: the first becomes
 * `database_unavailable` (503), which callers may retry; the rest is passed on as it is.
 */
export function asUnavailable(error: unknown): unknown {
  return error instanceof Error && isPassing(error)
    ? unavailable('database_unavailable', 'The service is not available at the moment.', RETRY_AFTER, error)
    : error;
}

function isPassing(error: DriverError): boolean {
  const { code = '', severity, syscall, message } = error;
  if (error.notConnected === true) return true;
  if (error instanceof GatehouseError) return false;
  return (
    // FATAL ends the connection: PostgreSQL refuses it, or takes it away.
    severity === 'FATAL' ||
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    SOCKET_CODES.has(code) ||
    SQLSTATES.test(code) ||
    MESSAGES.test(message) ||
    (error instanceof AggregateError && error.errors.some((one) => one instanceof Error && isPassing(one)))
  );
}

/**
 * Whether PostgreSQL has said that nothing of the transaction is left, so that it may be made once more. Never true of a lost
 * connection: what was under way then may have been committed.
 */
export function wasRolledBack(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '', severity } = error as DriverError;
  return (ROLLED_BACK.has(code) && severity !== 'FATAL') || wasRolledBack(error.cause);
}

/** Whether the login was refused: a password that has changed, as PostgreSQL or a pooler says it. */
export function isRefusedLogin(error: unknown): boolean {
  const { code = '', message = '' } = error as DriverError;
  return /^28/u.test(code) || /authentication failed/iu.test(message);
}
