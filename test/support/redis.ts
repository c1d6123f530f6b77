import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Started, startProgram } from './processes.ts';

/** A Redis of the test's own, on a port of its own, that can be stopped, started again and held still. */
export interface TestRedis {
  readonly url: string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  /** It keeps its connections and answers nothing, until {@link TestRedis.resume}. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

const run = promisify(execFile);
const INSTALL_LIMIT_MS = 300_000;
const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';

async function onPath(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, 'redis-server');
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/** Without starting the service that the package brings: its scripts ask `policy-rc.d` first. */
async function install(): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const wait = ['-o', 'DPkg::Lock::Timeout=120', '-qq'];
  const options = { timeout: INSTALL_LIMIT_MS, env };
  await run('apt-get', [...wait, 'update'], options);
  await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', 'redis-server'], options);
}

/**
 * Debian's Redis: the first on `PATH`, or installed where we are root on a machine with apt-get (a build container).
 * Undefined, with a word about it, where there is none; in CI its lack is a failure.
 */
export async function findRedis(): Promise<string | undefined> {
  const known = await onPath();
  if (known !== undefined) return known;
  let reason = '';
  if (process.getuid?.() === 0) {
    await install().catch((error: Error) => {
      reason = ` (apt-get: ${error.message.trim()})`;
    });
  }
  const installed = await onPath();
  if (installed !== undefined) return installed;
  const lack = `No Redis was found: install redis-server.${reason}`;
  if (inCi) throw new Error(lack);
  console.log(`${lack} Its tests are left out.`);
  return undefined;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function startRedis(program: string): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-redis-'));
  const port = await freePort();
  const start = async (): Promise<Started> => {
    const bind = ['--port', String(port), '--bind', '127.0.0.1'];
    const started = startProgram(program, [...bind, '--save', '', '--appendonly', 'no', '--dir', folder]);
    await started.waitFor(/Ready to accept connections/);
    return started;
  };
  let running = await start();
  const kill = async () => {
    running.child.kill('SIGKILL');
    await running.exit;
  };
  return {
    url: `redis://127.0.0.1:${port}/0`,
    kill,
    restart: async () => {
      running = await start();
    },
    pause: () => void running.child.kill('SIGSTOP'),
    resume: () => void running.child.kill('SIGCONT'),
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One Redis for the tests of a `describe`: call it inside, and the result when a test runs. */
export function useRedis(): () => TestRedis {
  let redis: TestRedis | undefined;
  before(async function startIt() {
    this.timeout(INSTALL_LIMIT_MS * 2);
    const program = await findRedis();
    if (program === undefined) return this.skip();
    redis = await startRedis(program);
  });
  after(() => redis?.close());
  return () => {
    if (redis === undefined) throw new Error('Redis is started before the tests, and only then');
    return redis;
  };
}
