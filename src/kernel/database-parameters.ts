import { numeric, type Parameter, word, words } from './connection-url.ts';

/**
 * The parameters of a PostgreSQL URL: what each does, or why it cannot be honoured. The words are those of
 * pg-connection-string and of libpq (PostgreSQL's manual, 34.1.2).
 */

const SSL_MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** What a URL says about TLS, before anybody decides what follows from it. */
export interface TlsWords {
  readonly mode: (typeof SSL_MODES)[number] | undefined;
  /** `uselibpqcompat=true`: `prefer`, `require` and `verify-ca` mean what they mean to libpq. */
  readonly asLibpq: boolean;
  /** TLS from the first byte (`sslnegotiation=direct`). */
  readonly direct: boolean;
  readonly rootFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly crlFile: string | undefined;
  readonly keyPassword: string | undefined;
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion | undefined;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** What has been read of a URL so far. */
export interface Draft {
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  database?: string;
  ssl?: 'on' | 'off' | 'no-verify';
  readonly tls: { -readonly [K in keyof TlsWords]?: TlsWords[K] };
  readonly client: Record<string, string | number | boolean>;
  readonly session: Map<string, string>;
}

type Key = 'host' | 'port' | 'user' | 'password' | 'database';

const TWICE = 'is given in two ways';

function only<K extends Key>(draft: Draft, key: K, value: NonNullable<Draft[K]>): string | undefined {
  if (draft[key] !== undefined) return TWICE;
  (draft as Draft)[key] = value as Draft[K];
  return undefined;
}

function option(draft: Draft, name: string, value: string | number | boolean): string | undefined {
  if (draft.client[name] !== undefined) return TWICE;
  draft.client[name] = value;
  return undefined;
}

const DAY_MS = 86_400_000;
const milliseconds = (take: (draft: Draft, value: number) => unknown, min = 0) =>
  numeric<Draft>([min, DAY_MS], 'milliseconds', take);
const sessionTimeout = (name: string) =>
  milliseconds((draft, value) => draft.session.set(name, String(value)));
const file = (key: 'rootFile' | 'certFile' | 'keyFile' | 'crlFile') =>
  words<Draft>('the path of a file', (draft, value) => {
    draft.tls[key] = value;
  });
const tlsVersion = (key: 'minVersion' | 'maxVersion') =>
  word<Draft, TlsVersion>(['TLSv1.2', 'TLSv1.3'], (draft, value) => {
    draft.tls[key] = value;
  });
const encoding: Parameter<Draft> = {
  expected: 'UTF8, in which Gatehouse speaks',
  take: (_draft, value) => /^utf-?8$/i.test(value),
};

const APPLICATION_NAME = 'printable ASCII of 1 to 63 characters';
const applicationName = (name: string): Parameter<Draft> => ({
  expected: APPLICATION_NAME,
  take: (draft, value) => /^[\x20-\x7e]{1,63}$/.test(value) && (option(draft, name, value) ?? true),
});

export const HONOURED: Readonly<Record<string, Parameter<Draft>>> = {
  host: words('a host, or the folder of a Unix socket', (draft, value) =>
    value.includes(',') ? SEVERAL_HOSTS : only(draft, 'host', value.replace(/^\[(.*)\]$/, '$1')),
  ),
  port: numeric([1, 65_535], 'a port', (draft, value) => only(draft, 'port', value)),
  user: words('a role', (draft, value) => only(draft, 'user', value)),
  password: words('a password', (draft, value) => only(draft, 'password', value)),
  dbname: words('a database', (draft, value) => only(draft, 'database', value)),
  sslmode: word(SSL_MODES, (draft, value) => {
    draft.tls.mode = value;
  }),
  ssl: word(['true', '1', 'false', '0', 'no-verify'], (draft, value) => {
    draft.ssl = value === 'no-verify' ? value : value === 'true' || value === '1' ? 'on' : 'off';
  }),
  uselibpqcompat: word(['true', 'false'], (draft, value) => {
    draft.tls.asLibpq = value === 'true';
  }),
  sslnegotiation: word(['postgres', 'direct'], (draft, value) => {
    draft.tls.direct = value === 'direct';
  }),
  sslrootcert: file('rootFile'),
  sslcert: file('certFile'),
  sslkey: file('keyFile'),
  sslcrl: file('crlFile'),
  sslpassword: words('the password of the key', (draft, value) => {
    draft.tls.keyPassword = value;
  }),
  ssl_min_protocol_version: tlsVersion('minVersion'),
  ssl_max_protocol_version: tlsVersion('maxVersion'),
  channel_binding: word(['disable', 'prefer'], (draft, value) =>
    option(draft, 'enableChannelBinding', value === 'prefer'),
  ),
  enableChannelBinding: word(['true', 'false'], (draft, value) =>
    option(draft, 'enableChannelBinding', value === 'true'),
  ),
  gssencmode: word(['disable', 'prefer'], () => undefined),
  application_name: applicationName('application_name'),
  fallback_application_name: applicationName('fallback_application_name'),
  client_encoding: encoding,
  encoding,
  options: words('settings as -c name=value', (draft, value) => {
    const pinned = optionNames(value).find((name) => PINNED_SETTINGS.has(name));
    if (pinned !== undefined) return `sets ${pinned}, which Gatehouse sets itself`;
    return option(draft, 'options', value);
  }),
  statement_timeout: sessionTimeout('statement_timeout'),
  lock_timeout: sessionTimeout('lock_timeout'),
  idle_in_transaction_session_timeout: sessionTimeout('idle_in_transaction_session_timeout'),
  query_timeout: milliseconds((draft, value) => option(draft, 'query_timeout', value), 1),
  connect_timeout: numeric([1, 300], 'seconds', (draft, value) =>
    option(draft, 'connectionTimeoutMillis', value * 1000),
  ),
  connectionTimeoutMillis: numeric([1, 300_000], 'milliseconds', (draft, value) =>
    option(draft, 'connectionTimeoutMillis', value),
  ),
  keepalives: word(['0', '1'], (draft, value) => option(draft, 'keepAlive', value === '1')),
  keepAlive: word(['true', 'false'], (draft, value) => option(draft, 'keepAlive', value === 'true')),
  keepalives_idle: numeric([0, 7_200], 'seconds', (draft, value) =>
    option(draft, 'keepAliveInitialDelayMillis', value * 1000),
  ),
  keepAliveInitialDelayMillis: milliseconds((draft, value) =>
    option(draft, 'keepAliveInitialDelayMillis', value),
  ),
  idleTimeoutMillis: milliseconds((draft, value) => option(draft, 'idleTimeoutMillis', value)),
  maxLifetimeSeconds: numeric([0, 86_400], 'seconds', (draft, value) =>
    option(draft, 'maxLifetimeSeconds', value),
  ),
  maxUses: numeric([1, 1_000_000_000], 'uses', (draft, value) => option(draft, 'maxUses', value)),
  scramMaxIterations: numeric([4_096, 100_000_000], 'iterations', (draft, value) =>
    option(draft, 'scramMaxIterations', value),
  ),
};

export const SEVERAL_HOSTS = 'names several hosts; which of them takes writes is for a proxy to find out';
const POOL_SIZE = 'the number of connections is DATABASE_POOL_SIZE';
const KERNEL = 'Node.js leaves it to the operating system (keepalives_idle is honoured)';
const NOT_SPOKEN = 'the driver does not speak it';

export const REFUSED: Readonly<Record<string, string>> = {
  target_session_attrs:
    'one host is connected to, and always asked whether it takes writes; choosing between several is for a proxy',
  load_balance_hosts: 'one host is connected to; choosing between several is for a proxy',
  hostaddr: 'name the host in its place',
  max: POOL_SIZE,
  poolSize: POOL_SIZE,
  connection_limit: POOL_SIZE,
  min: 'connections are made when they are needed',
  pool_timeout: 'connect_timeout bounds the wait for a connection too',
  allowExitOnIdle: 'it is for scripts',
  pgbouncer: 'PgBouncer is used in session mode, which needs no parameter',
  schema: 'tables are found by the search path: options=-c search_path=NAME (percent-encoded)',
  keepalives_interval: KERNEL,
  keepalives_count: KERNEL,
  tcp_user_timeout: KERNEL,
  passfile: 'the password is in DATABASE_PASSWORD_FILE',
  service: 'say everything in the URL',
  servicefile: 'say everything in the URL',
  requirepeer: NOT_SPOKEN,
  require_auth: NOT_SPOKEN,
  krbsrvname: NOT_SPOKEN,
  gsslib: NOT_SPOKEN,
  gssdelegation: NOT_SPOKEN,
  sslcompression: 'TLS is not compressed',
  requiressl: 'sslmode takes its place',
  sslcertmode: 'the certificate of sslcert is sent where the server asks for one',
  sslcrldir: 'sslcrl names one file',
  sslsni: 'the name of the host is always sent',
  sslkeylogfile: 'it would write down the keys of every connection',
  replication: 'it is for replicas',
  binary: 'Gatehouse sets it itself',
  pipeline: 'Gatehouse sets it itself',
};

/** Set on every connection by Gatehouse, so nobody else may. */
const PINNED_SETTINGS: ReadonlySet<string> = new Set([
  'role',
  'session_authorization',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'default_transaction_deferrable',
  'timezone',
  'datestyle',
  'intervalstyle',
  'client_encoding',
  'standard_conforming_strings',
  'session_replication_role',
]);

/** The names of the settings in a value of `options`: `-c name=value`, `-cname=value`, `--name=value`. */
export const optionNames = (options: string): string[] =>
  [...options.matchAll(/(?:^|\s)(?:-c\s*|--)([A-Za-z_.-]+)\s*=/g)].map(([, name = '']) =>
    name.toLowerCase().replaceAll('-', '_'),
  );
