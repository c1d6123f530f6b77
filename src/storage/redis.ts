import type { Redis } from 'ioredis';

/** The house's door to Redis, where one is configured: for what is short-lived and may be lost. */
export type { Redis } from 'ioredis';

/** A command that takes longer is not worth waiting for: whoever asked has another way. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS = 1_000;

/**
 * Connects in the background and again whenever the connection is lost. A command fails at once while there is none,
 * instead of waiting in a queue. A Redis that is away is no error here: without it everything works, more slowly.
 */
export async function openRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  // Loaded only where it is used: most installations have none, and a start must not wait for it.
  const { Redis: Client } = await import('ioredis');
  const redis = new Client(url, {
    connectionName: 'gatehouse',
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => RECONNECT_MS,
  });
  // Told once for each loss, not for each try to connect again.
  let lost = false;
  redis.on('error', (error: Error) => {
    if (!lost) onError(error);
    lost = true;
  });
  redis.on('ready', () => {
    lost = false;
  });
  return redis;
}
