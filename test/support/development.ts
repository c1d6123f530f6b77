import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { assertFree } from '../../src/development/ports.ts';
import { makeDatabaseFolder } from './database-folder.ts';
import { NO_LIMITS } from './limits.ts';
import { eventually, processesWith, type Started, startNode } from './processes.ts';

/** Development servers as `npm start` makes them, each with a data folder and ports of its own, for tests. */

export interface DevelopmentServer {
  readonly process: Started;
  readonly issuer: string;
  readonly application: string;
  readonly service: string;
  /** The first administrator's link, where it was shown. */
  readonly setupLink: string | undefined;
  /** How long the start took, from the first instruction of the process, in milliseconds. */
  readonly milliseconds: number;
}

export interface Bench {
  readonly dataDir: string;
  /** The settings with which a process becomes this server. */
  readonly env: Record<string, string>;
  start(): Promise<DevelopmentServer>;
  /** Starts it without waiting, e.g. to see it fail. */
  launch(settings?: Record<string, string>, program?: readonly string[]): Started;
  /** Every process of it: the server, PostgreSQL and its watchdog, the examples. */
  processes(): Promise<number[]>;
  /** Ends whatever still runs and removes the data. */
  clear(): Promise<void>;
}

/**
 * The first of three free ports in a row. Below the range from which systems take the ports of outgoing connections, so
 * that none of those comes in between.
 */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = randomInt(20_000, 30_000);
    const free = await Promise.all([0, 1, 2].map((offset) => isFree(first + offset)));
    if (!free.includes(false)) return first;
  }
}

const isFree = (port: number): Promise<boolean> =>
  assertFree(port, 'PORT').then(
    () => true,
    () => false,
  );

export async function createBench(): Promise<Bench> {
  const dataDir = await makeDatabaseFolder('start');
  const port = await freePorts();
  const examples = port + 1;
  const { PATH = '', HOME = '', NODE_V8_COVERAGE } = process.env;
  const env = {
    PATH,
    HOME,
    ...NO_LIMITS,
    DATA_DIR: dataDir,
    PORT: String(port),
    EXAMPLES_PORT: String(examples),
    ...(NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE }),
  };
  const launched: Started[] = [];

  const launch: Bench['launch'] = (settings = {}, program = ['src/main.ts']) => {
    const process_ = startNode(program, { env: { ...env, ...settings } });
    launched.push(process_);
    return process_;
  };

  const processes = async () => {
    const database = await processesWith(dataDir);
    const watchdogs = await Promise.all(database.map((pid) => processesWith(`gatehouse-watchdog ${pid}`)));
    const own = launched.flatMap(({ pid, child }) =>
      (child.exitCode ?? child.signalCode) === null ? [pid] : [],
    );
    return [...database, ...watchdogs.flat(), ...own];
  };

  return {
    dataDir,
    env,
    launch,
    processes,
    async start() {
      const began = performance.now();
      const process_ = launch();
      await process_.waitFor(/^Ready after/m);
      const milliseconds = performance.now() - began;
      return {
        process: process_,
        issuer: `http://localhost:${port}`,
        application: `http://localhost:${examples}`,
        service: `http://localhost:${examples + 1}`,
        setupLink: /\S+\/setup\?token=\S+/.exec(process_.output())?.[0],
        milliseconds,
      };
    },
    async clear() {
      for (const { child, exit } of launched) {
        child.kill('SIGTERM');
        await exit;
      }
      await eventually('no process is left', async () => (await processes()).length === 0);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
