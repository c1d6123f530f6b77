import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a server and PostgreSQL and counts every command that crosses the wire: nothing can pass it unseen. */
export interface CommandCounter {
  /** The URL to give to the server in place of the real one. */
  readonly url: string;
  /** Commands so far: simple queries (BEGIN and COMMIT are some), and prepared statements, each a round trip. */
  commands(): number;
  close(): Promise<void>;
}

export async function countCommands(databaseUrl: string): Promise<CommandCounter> {
  const real = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let commands = 0;
  const proxy = createServer((client) => {
    const server = connect({ host: real.hostname, port: Number(real.port) });
    // The connection that listens asks every few seconds whether it is heard, which is no part of any request. By that it
    // listens it is known: others notify, too, and go on with what counts.
    let listens = false;
    const count = createParser(() => {
      if (!listens) commands += 1;
    });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      listens ||= chunk.includes('listen gatehouse_changes');
      count(chunk);
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => client.write(chunk));
  });
  // Nothing that was forgotten to be closed keeps a test run from ending.
  proxy.unref();
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as { port: number };
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    commands: () => commands,
    async close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

const SIMPLE_QUERY = 'Q'.charCodeAt(0);
const SYNC = 'S'.charCodeAt(0);

/**
 * Calls `found` for each command in a stream of frontend messages. A prepared statement is several messages that end in
 * a Sync, on which PostgreSQL answers (PostgreSQL documentation, section 54.2.3). The first message has no type.
 */
function createParser(found: () => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const header = started ? 5 : 4;
      if (rest.length < header) return;
      const length = rest.readInt32BE(header - 4) + header - 4;
      if (rest.length < length) return;
      if (started && (rest[0] === SIMPLE_QUERY || rest[0] === SYNC)) found();
      started = true;
      rest = rest.subarray(length);
    }
  };
}
