import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A receiver of syslog over TCP or TLS that takes messages by their length (RFC 6587, section 3.4.1). */
export interface SyslogReceiver {
  readonly port: number;
  /** What has arrived whole, each as it was sent. */
  readonly messages: string[];
  /** What was no frame. */
  readonly problems: string[];
  /** Connections so far. */
  readonly connections: () => number;
  stop(): Promise<void>;
}

export interface ReceiverOptions {
  readonly port?: number;
  readonly tls?: TlsOptions;
  /** Called for each message; `die` ends the connection at once, with what was sent and not read. */
  readonly onMessage?: (message: string, die: () => void) => void;
  /** Reads nothing. */
  readonly deaf?: boolean;
}

export async function startSyslogReceiver(options: ReceiverOptions = {}): Promise<SyslogReceiver> {
  const messages: string[] = [];
  const problems: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  function take(socket: Socket): void {
    connections += 1;
    sockets.add(socket);
    let waiting = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (options.deaf) return void socket.pause();
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (;;) {
        if (socket.destroyed || waiting.length === 0) return;
        const space = waiting.subarray(0, 12).indexOf(0x20);
        if (space < 0 && waiting.length < 12) return;
        const length = waiting.subarray(0, Math.max(space, 0)).toString();
        if (!/^[1-9]\d{0,9}$/.test(length)) {
          problems.push(waiting.subarray(0, 40).toString());
          return void socket.destroy();
        }
        const end = space + 1 + Number(length);
        if (waiting.length < end) return;
        const message = waiting.subarray(space + 1, end).toString();
        waiting = waiting.subarray(end);
        let dead = false;
        options.onMessage?.(message, () => {
          dead = true;
          socket.resetAndDestroy();
        });
        if (dead) return;
        messages.push(message);
      }
    });
    socket.on('end', () => {
      if (waiting.length > 0) problems.push('cut off');
    });
  }

  const server: Server =
    options.tls === undefined ? createTcpServer(take) : createTlsServer(options.tls, take);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    problems,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
