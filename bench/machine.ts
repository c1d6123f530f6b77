/** The machine that a run is measured on: which cores serve and which load, and what a process holds of its memory. */
import { type ChildProcess, execFile, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

const run = promisify(execFile);

export interface Cores {
  /** What `taskset` takes: the cores of the server under test, and those of the load and of PostgreSQL. */
  readonly server: string;
  readonly load: string;
  readonly separate: boolean;
}

/** Halves the machine where it has two cores or more and `taskset`; otherwise everything shares everything. */
export function divideCores(): Cores {
  const count = availableParallelism();
  const all = `0-${count - 1}`;
  if (count < 2 || spawnSync('taskset', ['-V']).error !== undefined) {
    return { server: all, load: all, separate: false };
  }
  const half = Math.floor(count / 2);
  return { server: `0-${half - 1}`, load: `${half}-${count - 1}`, separate: true };
}

/** Puts this process, all its threads and the children that it starts from now on, on these cores. */
export async function moveTo(cores: Cores): Promise<void> {
  if (cores.separate) await run('taskset', ['-a', '-c', '-p', cores.load, String(process.pid)]);
}

/** Does what has neither a server nor a load, on all the cores that a server would have. */
export async function onAllCores<T>(cores: Cores, work: () => Promise<T>): Promise<T> {
  await moveTo({ ...cores, load: `0-${cpus().length - 1}` });
  try {
    return await work();
  } finally {
    await moveTo(cores);
  }
}

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Asks it to end, waits, and kills it when it does not. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdio?: SpawnOptions['stdio'];
  /** For `taskset`; none leaves the child every core of the machine. */
  readonly cores?: string | undefined;
  readonly nodeArgs?: readonly string[];
}

const STOP_MS = 10_000;

/** Starts a module of the project with the Node.js of this process. Its standard output goes to nobody. */
export function startChild(module: string, options: ChildOptions = {}): Child {
  const { cores = `0-${cpus().length - 1}`, nodeArgs = [] } = options;
  const command = [process.execPath, ...nodeArgs, module];
  const [program, ...args] = canPin() ? ['taskset', '-c', cores, ...command] : command;
  const child = spawn(program as string, args, {
    cwd: projectRoot,
    stdio: options.stdio ?? ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, ...options.env },
  });
  const ended = once(child, 'exit');
  return {
    process: child,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

let pinning: boolean | undefined;

function canPin(): boolean {
  pinning ??= spawnSync('taskset', ['-V']).error === undefined;
  return pinning;
}

/** Memory of a process that is really in memory, in MiB. */
export async function residentMiB(pid: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  } catch {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout) / 1024;
  }
}

/** What a reader has to know of the machine to judge the figures. */
export function describeMachine(cores: Cores) {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    server: `cores ${cores.server}`,
    load: cores.separate
      ? `cores ${cores.load}, PostgreSQL with it`
      : 'the same cores: there is only one, or no taskset',
  };
}
