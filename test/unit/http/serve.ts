import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** An application on a free port of the loopback address, for the length of a test: `await using server = …`. */
export async function serve(app: Koa | RequestListener, host = '127.0.0.1'): Promise<Served> {
  const server = createServer(typeof app === 'function' ? app : app.callback());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
