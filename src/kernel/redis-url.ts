import {
  type HostAndPort,
  hostAndPort,
  numeric,
  type Parameter,
  splitUrl,
  takeParameters,
  type UrlParts,
  UrlProblems,
  word,
  words,
} from './connection-url.ts';
import { isThisMachine } from './this-machine.ts';

/**
 * What a Redis URL says, whole: every parameter is either honoured or refused by name. The words are those of ioredis;
 * Sentinel is asked with `redis-sentinel://sentinel-1:26379,sentinel-2:26379/0?name=mymaster`.
 */
export interface RedisTarget {
  /** The server; with {@link sentinel}, the sentinels that know it. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** A Unix socket, in place of the hosts. */
  readonly socket: string | undefined;
  readonly sentinel: RedisSentinel | undefined;
  readonly tls: boolean;
  readonly files: RedisTlsFiles;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** For the client, by its names of options. */
  readonly client: Readonly<Record<string, string | number>>;
}

export interface RedisSentinel {
  /** The name under which the sentinels know the server. */
  readonly name: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** Paths of PEM files. */
export interface RedisTlsFiles {
  readonly root?: string;
  readonly cert?: string;
  readonly key?: string;
}

interface Draft {
  database?: number;
  username?: string;
  password?: string;
  name?: string;
  sentinelUsername?: string;
  sentinelPassword?: string;
  readonly files: { root?: string; cert?: string; key?: string };
  readonly client: Record<string, string | number>;
}

type Texts = 'username' | 'password' | 'name' | 'sentinelUsername' | 'sentinelPassword';

const text = (key: Texts, expected: string) =>
  words<Draft>(expected, (draft, value) => {
    if (draft[key] !== undefined) return 'is given in two ways';
    draft[key] = value;
    return undefined;
  });
const file = (key: 'root' | 'cert' | 'key') =>
  words<Draft>('the path of a file', (draft, value) => {
    draft.files[key] = value;
  });
const milliseconds = (name: string) =>
  numeric<Draft>([1, 300_000], 'milliseconds', (draft, value) => {
    draft.client[name] = value;
  });
const MOST_DATABASES = 65_535;

const HONOURED: Readonly<Record<string, Parameter<Draft>>> = {
  db: numeric([0, MOST_DATABASES], 'a database', (draft, value) => {
    if (draft.database !== undefined) return 'is given in two ways';
    draft.database = value;
    return undefined;
  }),
  username: text('username', 'a user'),
  password: text('password', 'a password'),
  family: word(['0', '4', '6'], (draft, value) => {
    draft.client.family = Number(value);
  }),
  connectionName: words('a name', (draft, value) => {
    draft.client.connectionName = value;
  }),
  keyPrefix: words('a prefix', (draft, value) => {
    draft.client.keyPrefix = value;
  }),
  connectTimeout: milliseconds('connectTimeout'),
  commandTimeout: milliseconds('commandTimeout'),
  socketTimeout: milliseconds('socketTimeout'),
  keepAlive: milliseconds('keepAlive'),
  protocol: word(['2', '3'], (draft, value) => {
    draft.client.protocol = Number(value);
  }),
  sslrootcert: file('root'),
  sslcert: file('cert'),
  sslkey: file('key'),
};

/** Only where sentinels are asked. */
const OF_SENTINEL: Readonly<Record<string, Parameter<Draft>>> = {
  name: text('name', 'the name of the server'),
  sentinelUsername: text('sentinelUsername', 'a user'),
  sentinelPassword: text('sentinelPassword', 'a password'),
};

const ITSELF = 'Gatehouse sets it itself';

const REFUSED: Readonly<Record<string, string>> = {
  tls: 'rediss:// asks for TLS',
  ssl: 'rediss:// asks for TLS',
  ssl_cert_reqs: 'certificates are verified; REDIS_TLS=unverified allows less',
  rejectUnauthorized: 'certificates are verified; REDIS_TLS=unverified allows less',
  role: 'counts are written, so the master is asked',
  sentinels: 'they are the hosts of redis-sentinel://',
  cluster: 'Redis Cluster is not supported',
  allowUsernameInURI: 'a user in the URL is used as it is',
  enableOfflineQueue: ITSELF,
  enableReadyCheck: ITSELF,
  maxRetriesPerRequest: ITSELF,
  retryStrategy: ITSELF,
  lazyConnect: ITSELF,
  readOnly: ITSELF,
  autoResubscribe: ITSELF,
  enableAutoPipelining: ITSELF,
};

const SCHEME = /^redis(?<tls>s?)(?<sentinel>-sentinel)?$/;
const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;

/** Reads a URL of Redis, or the path of a Unix socket as ioredis has it. Throws {@link UrlProblems}. */
export function readRedisUrl(url: string): RedisTarget {
  const parts = url.startsWith('/') ? socketParts(url) : splitUrl(url);
  const scheme = SCHEME.exec(parts.scheme)?.groups;
  if (scheme === undefined) throw new UrlProblems(['does not begin with redis:// or rediss://']);
  const bySentinel = scheme.sentinel !== undefined;
  const tls = scheme.tls === 's';
  const socket = url.startsWith('/') ? parts.path : undefined;
  const draft: Draft = { files: {}, client: {}, ...login(parts) };
  const known = bySentinel ? { ...HONOURED, ...OF_SENTINEL } : HONOURED;
  const elsewhere = bySentinel ? {} : ONLY_SENTINEL;
  const problems = [
    ...(socket === undefined ? takeDatabase(parts.path, draft) : []),
    ...takeParameters(parts.parameters, draft, known, { ...REFUSED, ...elsewhere }),
    ...contradictions(draft, tls),
  ];
  if (!bySentinel && parts.hosts.length > 1) {
    problems.push('names several hosts; expected one, or sentinels in a redis-sentinel:// URL');
  }
  if (bySentinel && draft.name === undefined)
    problems.push('needs the parameter name: what the sentinels call the server');
  if (problems.length > 0) throw new UrlProblems(problems);
  const { name, sentinelUsername, sentinelPassword } = draft;
  return {
    hosts: parts.hosts.map((place) => withDefaults(place, bySentinel ? SENTINEL_PORT : REDIS_PORT)),
    socket,
    sentinel:
      name === undefined ? undefined : { name, username: sentinelUsername, password: sentinelPassword },
    tls,
    files: draft.files,
    username: draft.username,
    password: draft.password,
    database: draft.database ?? 0,
    client: draft.client,
  };
}

const ONLY_SENTINEL = Object.fromEntries(
  Object.keys(OF_SENTINEL).map((name) => [name, 'it is for a redis-sentinel:// URL']),
);

const withDefaults = ({ host, port }: HostAndPort, standard: number) => ({
  host: host === '' ? 'localhost' : host,
  port: port ?? standard,
});

function login({ user, password }: UrlParts): Partial<Draft> {
  return {
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
  };
}

function socketParts(url: string): UrlParts {
  const [path = '', query = ''] = url.split('?', 2);
  return {
    scheme: 'redis',
    user: undefined,
    password: undefined,
    hosts: [hostAndPort('')],
    path,
    parameters: [...new URLSearchParams(query)],
  };
}

function takeDatabase(path: string, draft: Draft): string[] {
  if (path === '') return [];
  if (!/^\d{1,5}$/.test(path) || Number(path) > MOST_DATABASES)
    return ['has a path that is no number of a database'];
  draft.database = Number(path);
  return [];
}

function contradictions({ files }: Draft, tls: boolean): string[] {
  const problems: string[] = [];
  if (!tls && Object.keys(files).length > 0)
    problems.push('names certificates without TLS; expected rediss://');
  if ((files.cert === undefined) !== (files.key === undefined))
    problems.push('sslcert and sslkey belong together');
  return problems;
}

/** Whether everything that is connected to by this URL is this machine. Never by sentinels: they may name a server anywhere. */
export const staysHere = ({ socket, sentinel, hosts }: RedisTarget): boolean =>
  socket !== undefined || (sentinel === undefined && hosts.every(({ host }) => isThisMachine(host)));
