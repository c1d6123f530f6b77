import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { commandOf, startMark } from '../../src/storage/processes.ts';

/** Child processes of tests: started with what they print collected, found by their command line, waited for. */

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly output: () => string;
  /** Resolves to the exit code, or null when a signal ended it. */
  readonly exit: Promise<number | null>;
  /** Waits until the output matches; rejects with the output when the process ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a module of the project with the Node.js of the tests. */
export function startNode(args: readonly string[], options: SpawnOptions = {}): Started {
  return startProgram(process.execPath, args, options);
}

export function startProgram(program: string, args: readonly string[], options: SpawnOptions = {}): Started {
  const { NODE_COMPILE_CACHE } = process.env;
  const env = options.env ?? process.env;
  const child = spawn(program, args, {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
    // Most of what a short process does is to read the code.
    env: NODE_COMPILE_CACHE === undefined ? env : { ...env, NODE_COMPILE_CACHE },
  });
  let text = '';
  let ended = false;
  const exit = once(child, 'close').then(([code]) => {
    ended = true;
    child.emit('output');
    return code as number | null;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      child.emit('output');
    });
  }
  return {
    child,
    pid: child.pid ?? 0,
    output: () => text,
    exit,
    waitFor: async (pattern) => {
      for (;;) {
        const match = pattern.exec(text);
        if (match !== null) return match;
        if (ended) throw new Error(`ended before printing ${pattern}:\n${text}`);
        await once(child, 'output');
      }
    },
  };
}

/** The ids of all running processes whose command line contains the text (on Linux). */
export async function processesWith(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await commandOf(pid))?.includes(text) === true && pid !== process.pid ? [pid] : [],
    ),
  );
  return found.flat();
}

/** Waits until a condition holds; rejects after `milliseconds`. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean>,
  milliseconds = 10_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const hasEnded = async (pid: number): Promise<boolean> => (await startMark(pid)) === undefined;
