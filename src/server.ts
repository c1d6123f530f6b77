import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createHandler } from './app.ts';
import { GatehouseError } from './kernel/errors.ts';
import { metricsEndpoint } from './metrics/endpoint.ts';
import type { House } from './wire.ts';

export interface RunningServer {
  readonly port: number;
  /** Of the metrics, where they are shown. */
  readonly metricsPort: number | undefined;
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
  const metrics = await showMetrics(house);
  const port = await listen(server, settings.host, settings.port).catch(async (error) => {
    await metrics?.close();
    throw error;
  });
  const metricsPort = metrics?.port;
  house.jobs.start();
  house.log.info(
    { port, metricsPort, issuer: settings.issuer, hashing: house.hasher.implementation },
    'listening',
  );

  return {
    port,
    metricsPort,
    async close() {
      draining = true;
      const milliseconds = settings.shutdownSeconds * 1000;
      await Promise.all([drain(server, milliseconds), house.jobs.stop(milliseconds)]);
      // Until here somebody could watch how it ends.
      await metrics?.close();
      await house.close();
    },
  };
}

/** Who scrapes is answered at once: a scrape that takes longer than the next one is due helps nobody. */
const METRICS_CLOSE_MS = 1_000;

/** Opens the door for those who watch, apart from the public one (OWASP ASVS 13.4.5). */
async function showMetrics({ metrics, config: { metrics: settings }, report }: House) {
  if (metrics === undefined || settings.port === undefined) return undefined;
  const server = createServer(
    { requestTimeout: HEADERS_TIMEOUT, headersTimeout: HEADERS_TIMEOUT, maxHeaderSize: MAX_HEADER_BYTES },
    metricsEndpoint(metrics, report),
  );
  server.on('clientError', refuseMalformed);
  const port = await listen(server, settings.host, settings.port, 'METRICS_PORT: ');
  return { port, close: () => drain(server, METRICS_CLOSE_MS) };
}

/** The port that it listens on. Rejects with one line; `setting` stands before it where it is not the public door. */
function listen(server: Server, host: string, port: number, setting = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `port ${port} on ${host} is in use by another program`,
        EACCES: `port ${port} on ${host} may not be used by this user`,
      };
      const reason = reasons[cause.code ?? ''] ?? `cannot listen on ${host}, port ${port}: ${cause.message}`;
      reject(new GatehouseError('cannot_listen', { message: `${setting}${reason}`, cause }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
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
