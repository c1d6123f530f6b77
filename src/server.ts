import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createHandler } from './app.ts';
import { GatehouseError } from './kernel/errors.ts';
import type { House } from './wire.ts';

export interface RunningServer {
  readonly port: number;
  /** Stops listening, lets requests under way finish, and closes the house. */
  close(): Promise<void>;
}

/** Headers of a request must be complete after so many milliseconds, or the connection is cut (slowloris). */
const HEADERS_TIMEOUT = 10_000;
const KEEP_ALIVE_TIMEOUT = 5_000;
const MAX_HEADER_BYTES = 16_384;

/** Opens the house's door. Rejects with one clear line when the port cannot be had. */
export async function startServer(house: House): Promise<RunningServer> {
  const { server: settings } = house.config;
  let draining = false;
  const handle = createHandler(house, () => !draining);
  const server = createServer(
    {
      requestTimeout: settings.requestTimeoutSeconds * 1000,
      headersTimeout: Math.min(HEADERS_TIMEOUT, settings.requestTimeoutSeconds * 1000),
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      // A connection that is kept alive would let requests in while the server drains.
      if (draining) response.setHeader('Connection', 'close');
      handle(request, response);
    },
  );
  server.on('clientError', refuseMalformed);
  await listen(server, settings.host, settings.port);
  const { port } = server.address() as AddressInfo;
  house.jobs.start();
  house.log.info({ port, issuer: settings.issuer, hashing: house.hasher.implementation }, 'listening');

  return {
    port,
    async close() {
      draining = true;
      const milliseconds = settings.shutdownSeconds * 1000;
      await Promise.all([drain(server, milliseconds), house.jobs.stop(milliseconds)]);
      await house.close();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `port ${port} on ${host} is in use by another program`,
        EACCES: `port ${port} on ${host} may not be used by this user`,
      };
      const message = reasons[cause.code ?? ''] ?? `cannot listen on ${host}, port ${port}: ${cause.message}`;
      reject(new GatehouseError('cannot_listen', { message, cause }));
    });
    server.listen(port, host, resolve);
  });
}

/** Resolves when every request under way is answered, or when the time is up and the rest is cut. */
function drain(server: Server, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), milliseconds);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** What is not HTTP gets a bare refusal: no headers of ours, no echo. */
function refuseMalformed(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
