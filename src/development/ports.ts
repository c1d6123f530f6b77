import { createServer } from 'node:net';
import { GatehouseError } from '../kernel/errors.ts';

const LOOPBACK = ['127.0.0.1', '::1'];

function isTaken(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    // Only a port that is taken counts: a machine may well have no IPv6.
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(false)));
  });
}

/**
 * Throws `port_in_use`, naming the setting, when a port is taken on any address that `localhost` stands for: a browser
 * would reach the one or the other program by chance.
 */
export async function assertFree(port: number, setting: string, host = 'localhost'): Promise<void> {
  if (port === 0) return;
  const hosts = host === 'localhost' ? LOOPBACK : [host];
  const taken = await Promise.all(hosts.map((each) => isTaken(port, each)));
  if (!taken.includes(true)) return;
  throw new GatehouseError('port_in_use', {
    message: `Port ${port} is in use by another program: stop that, or choose another with ${setting}.`,
  });
}
