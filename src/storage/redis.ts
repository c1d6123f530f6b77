import type { ConnectionOptions } from 'node:tls';
import type { Redis, RedisOptions } from 'ioredis';
import type { TlsPolicy } from '../kernel/database-url.ts';
import { type RedisTarget, readRedisUrl } from '../kernel/redis-url.ts';
import { Secret } from '../kernel/secret.ts';
import { readPem } from './tls.ts';

/** The server's connection to Redis, where one is configured: for what is short-lived and may be lost. */
export type { Redis } from 'ioredis';

/** A command that takes longer is not worth waiting for: whoever asked has another way. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS = 1_000;

export interface RedisConnection {
  /** The password, where the URL has none. */
  readonly password?: Secret | undefined;
  /** `unverified`: no certificate is verified. */
  readonly tls?: TlsPolicy;
}

/**
 * Connects in the background and again whenever the connection is lost; by sentinels, to whichever server is the master then.
 * A command fails at once while there is none, instead of waiting in a queue. A Redis that is away is no error here: without
 * it everything works, more slowly. Throws `certificate_unreadable`.
 */
export async function openRedis(
  url: string,
  onError: (error: Error) => void,
  { password: given, tls: policy }: RedisConnection = {},
): Promise<Redis> {
  const target = readRedisUrl(url);
  const password = given ?? (target.password === undefined ? undefined : new Secret(target.password));
  const tls = target.tls ? tlsOptions(target, policy) : undefined;
  // Loaded only where it is used: most installations have none, and a start must not wait for it.
  const { Redis: Client } = await import('ioredis');
  const options = {
    connectionName: 'gatehouse',
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...target.client,
    ...placeOf(target, tls),
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(password === undefined ? {} : { password: password.value }),
    db: target.database,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => RECONNECT_MS,
    // A server that has become a replica: whoever is asked anew knows which one takes writes.
    reconnectOnError: ({ message }: Error) => /^(READONLY|MASTERDOWN)\b/.test(message),
  } satisfies RedisOptions;
  const redis: Redis = new Client(options);
  // Told once for each loss, not for each try to connect again.
  let lost = false;
  redis.on('error', (error: Error) => {
    if (password !== undefined && isRefusedLogin(error) && password.renew())
      redis.options.password = password.value;
    if (!lost) onError(error);
    lost = true;
  });
  redis.on('ready', () => {
    lost = false;
  });
  return redis;
}

const isRefusedLogin = ({ message }: Error) => /^(WRONGPASS|NOAUTH|ERR invalid password)/.test(message);

function placeOf(
  { hosts, socket, sentinel }: RedisTarget,
  tls: ConnectionOptions | undefined,
): Omit<RedisOptions, 'replyMapping'> {
  if (socket !== undefined) return { path: socket };
  if (sentinel === undefined) return { ...hosts[0], ...(tls === undefined ? {} : { tls }) };
  const { name, username, password } = sentinel;
  return {
    sentinels: [...hosts],
    name,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
    sentinelRetryStrategy: () => RECONNECT_MS,
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
  };
}

/** Read for each connection, so that a renewed certificate needs no restart. */
function tlsOptions({ files }: RedisTarget, policy: TlsPolicy | undefined): ConnectionOptions {
  const pem = (path: string | undefined, parameter: string) =>
    path === undefined ? undefined : readPem(path, 'REDIS_URL', parameter);
  const read = () => ({
    ca: pem(files.root, 'sslrootcert'),
    cert: pem(files.cert, 'sslcert'),
    key: pem(files.key, 'sslkey'),
  });
  let last = read();
  const current = () => {
    try {
      last = read();
    } catch {
      // Somebody is in the middle of replacing a file: what was read before holds.
    }
    return last;
  };
  const options = { minVersion: 'TLSv1.2' as const, rejectUnauthorized: policy !== 'unverified' };
  for (const name of ['ca', 'cert', 'key'] as const) {
    if (last[name] !== undefined)
      Object.defineProperty(options, name, { enumerable: true, get: () => current()[name] });
  }
  return options;
}
