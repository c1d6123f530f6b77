import { GatehouseError } from '../kernel/errors.ts';
import { scrub, withoutStatement } from '../redaction.ts';

/**
 * What an operator is told when a command or a start fails on something outside of Gatehouse: the setting, what is wrong
 * in plain words, and what to do. Never a secret: of an address only host and port are said.
 */

interface Failure extends Error {
  readonly code?: string;
  readonly severity?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
}

/** The error and everything that it came from, the outermost first. */
function* chainOf(error: unknown, depth = 0): Generator<Failure> {
  if (!(error instanceof Error) || depth > 8) return;
  yield error;
  if (error instanceof AggregateError) for (const inner of error.errors) yield* chainOf(inner, depth + 1);
  yield* chainOf(error.cause, depth + 1);
  const { previous } = error as { previous?: unknown };
  if (previous !== error.cause) yield* chainOf(previous, depth + 1);
}

const placeOf = ({ address, hostname, port }: Failure) =>
  address === undefined ? (hostname ?? 'the host') : `${address}${port === undefined ? '' : `:${port}`}`;

type Words = (failure: Failure) => string;

/** Failures of a connection to PostgreSQL, by the code of the system. */
const UNREACHED: Record<string, Words> = {
  ECONNREFUSED: (failure) =>
    `nothing listens at ${placeOf(failure)} (ECONNREFUSED); check host and port, and that PostgreSQL runs there and accepts connections from this machine`,
  ENOTFOUND: (failure) =>
    `the host name ${placeOf(failure)} is not known (ENOTFOUND); check how it is written`,
  EAI_AGAIN: (failure) =>
    `the host name ${placeOf(failure)} could not be looked up (EAI_AGAIN); check the name service of this machine`,
  ETIMEDOUT: (failure) =>
    `${placeOf(failure)} does not answer (ETIMEDOUT); check host and port, and the firewalls in between`,
  EHOSTUNREACH: (failure) =>
    `${placeOf(failure)} cannot be reached (EHOSTUNREACH); check the host and the network`,
  ENETUNREACH: (failure) =>
    `${placeOf(failure)} cannot be reached (ENETUNREACH); check the host and the network`,
  ECONNRESET: () =>
    'the connection was cut by the other side (ECONNRESET); check that PostgreSQL, and not something else, listens there, and whether it wants TLS',
  EPIPE: () => 'the connection was cut by the other side (EPIPE); check that PostgreSQL listens there',
};

/**
 * What PostgreSQL answers, by its code (PostgreSQL, appendix A). Its own words name users, databases and roles, never a
 * password.
 */
const REFUSED: [codes: RegExp, advice: string][] = [
  [/^28P01$/, 'check user and password (special characters of a URL are percent-encoded)'],
  [/^28000$/, 'check the user, and what pg_hba.conf allows it from here, with or without TLS'],
  [/^3D000$/, 'create the database first (create database …), or correct its name in the URL'],
  [/^(22023|42704)$/, 'run "gatehouse migrate up" first: it creates the role gatehouse_server'],
  [
    /^42501$/,
    'the login needs more rights: the server’s must be a member of gatehouse_server (grant gatehouse_server to …), the one ' +
      'that migrates must own the tables and may create roles',
  ],
  [/^42P01$|^42703$/, 'run "gatehouse migrate up" first'],
  [/^53300$/, 'raise max_connections there, or lower DATABASE_POOL_SIZE'],
  [/^53100$|^53200$|^58030$/, 'PostgreSQL has no room left: free space or memory on its machine'],
  [/^25006$/, 'this is a standby or read-only: expected the primary server'],
  [/^57P0[123]$/, 'PostgreSQL is starting or stopping: try again in a moment'],
  [
    /^08P01$|^0A000$/,
    'a pooler in between may not support what is needed: PgBouncer has to be in session mode',
  ],
];

const CERTIFICATE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_\w+|HOSTNAME_MISMATCH)$/;

/** What the driver says without a code of its own. */
const DRIVER: [message: RegExp, words: string][] = [
  [
    /does not support SSL/i,
    'PostgreSQL there does not speak TLS; switch it on (ssl = on), or do not ask for it in the URL',
  ],
  [/client password must be a string|no password/i, 'PostgreSQL asks for a password, and none was given'],
  [
    /timeout exceeded when trying to connect|connection timeout/i,
    'it does not answer; check host and port, and the firewalls in between',
  ],
  [
    /Connection terminated|connection error/i,
    'the connection was cut; check that PostgreSQL, and not something else, listens there',
  ],
];

/** The plain words for a failure of the database; undefined where it is none that is known. */
function databaseWords(error: unknown): string | undefined {
  for (const failure of chainOf(error)) {
    const { code = '', syscall, message } = failure;
    if (syscall === undefined || /^(connect|getaddrinfo|read|write|queryA)/.test(syscall)) {
      const words = UNREACHED[code];
      if (words !== undefined) return words(failure);
    }
    if (code === 'ENOENT' && syscall === 'connect')
      return `there is no socket ${failure.address ?? ''} (ENOENT); check the path, and that PostgreSQL runs on this machine`;
    if (CERTIFICATE.test(code))
      return `the certificate of PostgreSQL is not accepted (${code}): ${line(message)}; give its authority with sslrootcert, and its name as the host`;
    // The ORM tries to make a database that it does not find.
    if (/permission denied to create database/.test(message))
      return 'the database that the URL names does not exist (3D000); create the database first (create database …), or correct its name';
    const advice = REFUSED.find(([codes]) => codes.test(code))?.[1];
    if (advice !== undefined) return `PostgreSQL says: ${line(message)} (${code}); ${advice}`;
    if (!(failure instanceof GatehouseError)) {
      const words = DRIVER.find(([pattern]) => pattern.test(message))?.[1];
      if (words !== undefined) return words;
    }
  }
  return undefined;
}

/** First line, without statements, and whatever looks like a secret taken out. */
const line = (message: string) => scrub(withoutStatement(message).split('\n', 1)[0] ?? '').slice(0, 300);

/** The failure as one that names the setting of the database; anything else as it is. */
export function databaseFailure(error: unknown, setting = 'DATABASE_URL'): unknown {
  // Where a module has said what is wrong, that is better than what the error came from.
  if (error instanceof GatehouseError && error.code !== 'database_unavailable') return error;
  const words = databaseWords(error);
  if (words === undefined) return error;
  return new GatehouseError('database_failed', { message: `${setting}: ${words}`, cause: error });
}

/** Failures of the machine itself that can come from anywhere. */
const OF_THE_MACHINE: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the quota of the disk is used up; free some space',
  EROFS: 'the file system is read-only',
  EMFILE: 'this process may open no more files; raise its limit (ulimit -n)',
  ENFILE: 'this machine may open no more files',
};

/** What the errors of modules that do not know the settings are about. */
const OF_ROOMS: Record<string, (error: GatehouseError) => string> = {
  unknown_encryption_key: ({ message }) =>
    `ENCRYPTION_KEYS: ${message}, and the database holds what it sealed; put the key back, behind the current one`,
  sealed_value_invalid: () =>
    'ENCRYPTION_KEYS: a key has the id of the one that sealed the secrets in the database, and another value; expected ' +
    'the keys that this database was used with, or another database',
  brand_logo_invalid: ({ message }) => message,
  database_unavailable: () =>
    'DATABASE_URL: the database does not answer; check that PostgreSQL runs and can be reached',
};

/** What to say of an error that ended a command or a start; undefined where nothing better is known than its own words. */
export function adviceFor(error: unknown): string | undefined {
  const named = databaseFailure(error);
  if (named !== error) return (named as GatehouseError).safeMessage;
  if (error instanceof GatehouseError) return OF_ROOMS[error.code]?.(error);
  for (const { code = '', message, ...failure } of chainOf(error)) {
    const words = OF_THE_MACHINE[code];
    const path = (failure as { path?: string }).path;
    if (words !== undefined) return `${path === undefined ? line(message) : path}: ${words}`;
  }
  return undefined;
}
