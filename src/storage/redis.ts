import { Redis } from 'ioredis';

/** The house's door to Redis, where one is configured: for what is short-lived and may be lost. */
export type { Redis } from 'ioredis';

/** A command that takes longer is not worth waiting for: whoever asked has another way. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS = 1_000;

/**
 * Connects in the background and again whenever the connection is lost. A command fails at once while there is none,
 * instead of waiting in a queue. Never rejects: without Redis everything works, more slowly.
 */
export function openRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
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
