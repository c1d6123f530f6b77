import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { GatehouseError } from '../../kernel/errors.ts';

/**
 * A port on which HTTP is spoken: its timeouts, what it refuses before a request is one, and how it closes. What is
 * answered is the business of the listener that it is given.
 */
export interface Door {
  readonly port: number;
  /** From now on every answer ends its connection; new connections and requests are still taken. */
  wane(): void;
  /**
   * Stops listening, lets requests under way finish for `milliseconds`, and cuts what is left. Connections that are idle may
   * still bring a request for `idleMilliseconds`, which is answered as the last of its connection; then they are closed.
   */
  close(milliseconds: number, idleMilliseconds?: number): Promise<void>;
}

/** What a proxy may speak by mistake to a port for plain HTTP. */
export type ForeignProtocol = 'the PROXY protocol' | 'TLS' | 'HTTP/2';

export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  /** The settings that the address and the port come from, for messages. */
  readonly settings: { readonly host: string; readonly port: string };
  /** How long a client may take to send a whole request, in seconds. */
  readonly requestTimeoutSeconds: number;
  /** How long a connection may wait for its next request, in seconds. */
  readonly keepAliveSeconds: number;
  readonly onForeignProtocol?: (protocol: ForeignProtocol, address: string) => void;
}

/**
 * The headers of a request must be complete after so many milliseconds, or the connection is cut (slowloris). Node.js
 * counts from the first byte of a request (of a connection's first one, from its beginning), so a connection may be idle
 * for longer than this: since Node.js 18 the limit need not be above the one for idle connections.
 */
const HEADERS_TIMEOUT = 10_000;
const MAX_HEADER_BYTES = 16_384;
/** How often connections that have become idle are looked for while the door closes, in milliseconds. */
const CLOSE_IDLE_EVERY = 50;
/** A turn of the event loop in which nothing happened, in milliseconds, and how long one is waited for. */
const QUIET_TURN = 0.1;
const QUIET_TURN_WITHIN = 250;
/** How long the other end of a refused connection has to read the answer before the connection is cut, in milliseconds. */
const LINGER = 1_000;

/** Opens a door. Rejects with one line that names the setting when the address or the port cannot be had. */
export async function openDoor(options: DoorOptions, handle: RequestListener): Promise<Door> {
  const requestTimeout = options.requestTimeoutSeconds * 1000;
  const underWay = new Set<ServerResponse>();
  let waning = false;
  const server = createServer(
    {
      requestTimeout,
      headersTimeout: Math.min(HEADERS_TIMEOUT, requestTimeout),
      keepAliveTimeout: options.keepAliveSeconds * 1000,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      if (waning) endConnectionAfter(response);
      underWay.add(response);
      response.once('close', () => underWay.delete(response));
      handle(request, response);
    },
  );
  server.on('clientError', (error: Error & { code?: string; rawPacket?: Buffer }, socket: Socket) => {
    const protocol = foreignProtocol(error.rawPacket);
    if (protocol !== undefined) options.onForeignProtocol?.(protocol, socket.remoteAddress ?? '');
    refuseMalformed(error, socket);
  });
  const port = await listen(server, options);
  const wane = () => {
    waning = true;
    for (const response of underWay) endConnectionAfter(response);
  };
  return {
    port,
    wane,
    async close(milliseconds, idleMilliseconds = 0) {
      wane();
      await drain(server, milliseconds, idleMilliseconds);
    },
  };
}

function endConnectionAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** The port that it listens on. Rejects with `cannot_listen`. */
function listen(server: Server, { host, port, settings }: DoorOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `${settings.port}: port ${port} on ${host} is in use by another program`,
        EACCES: `${settings.port}: port ${port} on ${host} may not be used by this user`,
        EADDRNOTAVAIL: `${settings.host}: ${host} is no address of this machine; expected one of its own, or 0.0.0.0 or :: for all`,
        ENOTFOUND: `${settings.host}: the name ${host} is not known; expected an address of this machine, or 0.0.0.0 or :: for all`,
      };
      const other = `${settings.host}: cannot listen on ${host}, port ${port} (${cause.code ?? cause.message})`;
      const message = reasons[cause.code === 'EAI_AGAIN' ? 'ENOTFOUND' : (cause.code ?? '')] ?? other;
      reject(new GatehouseError('cannot_listen', { message, cause }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/**
 * Resolves when every request under way is answered, or when the time is up and the rest is cut. A proxy that sends a POST on
 * an idle connection in the very moment in which we close it may not repeat it (RFC 9110, section 9.2.2): its client is told
 * of a failure. Therefore idle connections stay for a while after the listener is gone. A proxy uses them up, since each answer
 * ends its connection, and then is refused a new one, which it may take as a reason to ask another node.
 */
async function drain(server: Server, milliseconds: number, idleMilliseconds: number): Promise<void> {
  const { ended } = await stopListening(server);
  const cut = setTimeout(() => server.closeAllConnections(), milliseconds);
  let tidy: NodeJS.Timeout | undefined;
  const idle = setTimeout(() => {
    // A connection may become idle at any time, and would hold everything up for its whole keep-alive.
    tidy = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY);
    server.closeIdleConnections();
  }, idleMilliseconds);
  await ended;
  clearTimeout(cut);
  clearTimeout(idle);
  clearInterval(tidy);
  // Ends its watch over slow connections, too.
  server.close();
}

const ignore = () => undefined;

/**
 * Resolves when no more connections are taken; `ended`, when those that there are have ended. The operating system resets
 * connections that it has taken and we have not when the listener closes, with the requests that a proxy has sent on them
 * already. Therefore the listener is closed in a turn of the event loop in which hardly anything happens after the look for new
 * connections; what these bring waits until then.
 */
function stopListening(server: Server): Promise<{ readonly ended: Promise<void> }> {
  const taken: Socket[] = [];
  const handlers = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    // Nobody else hears of a reset yet, and one that nobody hears of ends the process.
    socket.on('error', ignore);
    taken.push(socket);
  });
  const until = performance.now() + QUIET_TURN_WITHIN;
  let last = Number.NEGATIVE_INFINITY;
  return new Promise((resolve) => {
    const turn = () => {
      const now = performance.now();
      if (now - last >= QUIET_TURN && now < until) {
        last = now;
        setImmediate(turn);
        return;
      }
      // Not the method of the HTTP server, which closes idle connections at once.
      const ended = new Promise<void>((end) => NetServer.prototype.close.call(server, () => end()));
      for (const socket of taken) {
        // It has ended without a word, and would not say so twice.
        if (socket.readableEnded) socket.destroy();
        if (socket.destroyed) continue;
        for (const handle of handlers) handle.call(server, socket);
        socket.off('error', ignore);
      }
      resolve({ ended });
    };
    setImmediate(turn);
  });
}

const PROXY_V2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** What the first bytes of a connection are, where they are no request of HTTP/1.1 (HAProxy's PROXY protocol, versions 1 and 2). */
function foreignProtocol(bytes: Buffer | undefined): ForeignProtocol | undefined {
  if (bytes === undefined) return undefined;
  const text = bytes.subarray(0, 16).toString('latin1');
  if (text.startsWith('PROXY ') || bytes.subarray(0, PROXY_V2.length).equals(PROXY_V2))
    return 'the PROXY protocol';
  // A TLS record: handshake, version 3.x (RFC 8446, section 5.1).
  if (bytes[0] === 0x16 && bytes[1] === 0x03) return 'TLS';
  return text.startsWith('PRI * HTTP/2') ? 'HTTP/2' : undefined;
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
  // The other end may keep its half open, and Node.js no longer watches over the socket: it would never be freed.
  setTimeout(() => socket.destroy(), LINGER).unref();
}
