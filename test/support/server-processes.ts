import { eventually, type Started, startNode } from './processes.ts';
import { freePort, type Settings, type TestServer, testEnvironment } from './server.ts';

/** A whole server in a process of its own, on the data and under the issuer of a server under test. */
export interface ServerProcess {
  readonly process: Started;
  /** The same address at this process. */
  at(url: string): string;
  /** SIGKILL: nothing is finished. */
  kill(): Promise<void>;
  /** SIGTERM: what is under way is finished. */
  stop(): Promise<void>;
}

/** Starts one and waits until it is ready; at the given port, or at a free one. */
export async function serveBeside(
  server: Pick<TestServer, 'database' | 'issuer'>,
  settings: Settings = {},
  port?: number,
): Promise<ServerProcess> {
  const listensAt = port ?? (await freePort());
  const { PATH = '', HOME = '', NODE_V8_COVERAGE } = process.env;
  const started = startNode(['src/main.ts'], {
    env: {
      PATH,
      HOME,
      ...(NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE }),
      ...testEnvironment(server.database, listensAt, {
        ISSUER: server.issuer,
        LOG_LEVEL: 'error',
        ...settings,
      }),
    },
  });
  const end = async (signal: NodeJS.Signals) => {
    started.child.kill(signal);
    await started.exit;
  };
  const ready = async () => {
    if (started.child.exitCode !== null) throw new Error(started.output());
    return fetch(`http://localhost:${listensAt}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await eventually('the process answers', ready, 30_000);
  return {
    process: started,
    at(url) {
      const there = new URL(url);
      there.port = String(listensAt);
      return there.href;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}
