import { type ChildProcess, fork } from 'node:child_process';
import { glob, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { longestFirst, readDurations } from './durations.ts';
import type { FileResult } from './pool-worker.ts';
import { RESULTS_FILE, type RunResult } from './reporter.ts';
import { failureLines, failuresIn, type TimedFile } from './reports.ts';
import { type Tier, tierOf } from './tiers.ts';

/**
 * Runs the files of a tier in a few processes, each of which takes the next file as soon as it is free, those that take
 * longest first, and prints the report of a file when it is complete. The few files in which something has failed get a second
 * try, alone: what passes then was disturbed by its neighbours or by the machine, counts as passed, and is listed as unsteady.
 * Arguments: the tier; `--forbid` lets neither `only` nor a pending test pass. Leaves the results where test/run.ts looks for
 * them. Exits with 1 where anything has failed.
 */

const WORKER = fileURLToPath(new URL('./pool-worker.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AT_A_TIME = availableParallelism();
/** Nothing takes so long; a file that hangs is ended, and said. */
const FILE_LIMIT_MS = 15 * 60_000;
/** Where more files than these have failed it is no chance, and none is tried again. */
const SECOND_TRIES = 4;

const args = process.argv.slice(2);
const options = args.filter((each) => each.startsWith('--'));

async function filesOf(tier: Tier): Promise<string[]> {
  const found: { file: string; bytes: number }[] = [];
  for await (const file of glob('test/**/*.test.ts', { cwd: ROOT }))
    if (tierOf(file) === tier) found.push({ file, bytes: (await stat(file)).size });
  return longestFirst(found, await readDurations());
}

/** A browser is several processes: beside it runs what has none, as long as there is such a file. */
const hasBrowser = (file: string) => file.startsWith('test/browser/');

const waiting = await filesOf(args.find((each) => !each.startsWith('--')) as Tier);
let results: TimedFile[] = [];
const workers = new Set<ChildProcess>();
let stopped = false;
// Ctrl-C reaches the workers by themselves; an end that only we are told of goes on to them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = true;
    waiting.splice(0);
    if (signal === 'SIGTERM') for (const worker of workers) worker.kill(signal);
  });
}

const atWork = new Set<string>();

function next(): string | undefined {
  const other = [...atWork].some(hasBrowser) ? waiting.findIndex((file) => !hasBrowser(file)) : 0;
  const [file] = waiting.splice(Math.max(other, 0), 1);
  if (file !== undefined) atWork.add(file);
  return file;
}

/** One process, until no file waits or it has ended by itself: then what it was at has failed. */
function work(): Promise<void> {
  const worker = fork(WORKER, options, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  workers.add(worker);
  let output = '';
  let running: { readonly file: string; readonly since: number; readonly limit: NodeJS.Timeout } | undefined;
  for (const stream of [worker.stdout, worker.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }

  function finish(result: FileResult): void {
    if (running === undefined) return;
    clearTimeout(running.limit);
    atWork.delete(running.file);
    const seconds = (performance.now() - running.since) / 1000;
    results.push({ ...result, file: running.file, seconds });
    console.log(`\n${running.file} (${seconds.toFixed(1)} s)\n${output.trimEnd()}`);
    output = '';
    running = undefined;
  }

  worker.on('message', (message: 'ready' | FileResult) => {
    if (message !== 'ready') finish(message);
    const file = next();
    if (file === undefined) return worker.send('end');
    const limit = setTimeout(() => worker.kill('SIGKILL'), FILE_LIMIT_MS);
    running = { file, since: performance.now(), limit };
    return worker.send({ file: `${ROOT}${file}` });
  });

  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('close', (code, signal) => {
      workers.delete(worker);
      if (running !== undefined) {
        const { file } = running;
        const problem = `The process of the tests has ended (${signal ?? code}).`;
        output += `\n${problem}`;
        finish({ file, tests: [{ path: [file], seconds: 0, state: 'failed', problem }], failures: 1 });
      }
      // The others go on in a new process.
      resolve(waiting.length > 0 && !stopped ? work() : undefined);
    });
  });
}

await Promise.all(Array.from({ length: Math.min(AT_A_TIME, waiting.length) }, work));

const atFirst = results.filter(({ failures }) => failures > 0);
if (atFirst.length > 0 && atFirst.length <= SECOND_TRIES && !stopped) {
  console.log(`\nA second try, alone: ${atFirst.map(({ file }) => file).join(', ')}`);
  results = results.filter((each) => !atFirst.includes(each));
  waiting.push(...atFirst.map(({ file }) => file));
  await work();
  results = results.map((each) => {
    const before = atFirst.find(({ file }) => file === each.file);
    return before === undefined ? each : { ...each, firstTry: failuresIn([before]) };
  });
}

for (const line of failureLines(results)) console.log(line);
const slowest = results.toSorted((one, other) => other.seconds - one.seconds).slice(0, 10);
console.log(
  `\nThe slowest: ${slowest.map(({ file, seconds }) => `${file} ${seconds.toFixed(0)} s`).join(', ')}`,
);
const passes = results.flatMap(({ tests }) => tests).filter(({ state }) => state === 'passed').length;
const failures = results.reduce((sum, each) => sum + each.failures, 0);
console.log(`\n  ${passes} passing${failures > 0 ? `\n  ${failures} failing` : ''}\n`);
const leftAt = process.env[RESULTS_FILE];
const left: RunResult = { passes, failures, files: results };
if (leftAt !== undefined) await writeFile(leftAt, JSON.stringify(left));
process.exitCode = failures === 0 && !stopped ? 0 : 1;
