import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { RESULTS_FILE } from './reporter.ts';

/**
 * Runs mocha once for each group of tests, two at a time where there are two cores, and prints each report when it is
 * complete. Its arguments: options of mocha, then `--`, then a pattern for each group, those that take longest first. Leaves the sum of the counts where test/run.ts looks for them, and exits with 1 if any run failed.
 */

const MOCHA = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url));
const AT_A_TIME = Math.min(2, availableParallelism());

interface Counts {
  passes: number;
  failures: number;
}

const file = process.env[RESULTS_FILE] ?? '';
const end = process.argv.indexOf('--');
const options = process.argv.slice(2, end);
const waiting = process.argv.slice(end + 1).map((pattern, index) => ({ pattern, index }));
const running = new Set<ChildProcess>();
// Ctrl-C reaches the runs by themselves; we wait for them to clear up, and begin no other. An end that only we are told of goes on to them.
process.on('SIGINT', () => waiting.splice(0));
process.on('SIGTERM', () => {
  waiting.splice(0);
  for (const child of running) child.kill('SIGTERM');
});
const sum: Counts = { passes: 0, failures: 0 };

async function runNext(): Promise<void> {
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    const { passes, failures } = await run(group.pattern, `${file}.${group.index}`);
    sum.passes += passes;
    sum.failures += failures;
  }
}

async function run(pattern: string, results: string): Promise<Counts> {
  console.log(`… ${pattern}`);
  const child = spawn(process.execPath, [MOCHA, ...options, pattern], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [RESULTS_FILE]: results },
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? 1)));
  running.delete(child);
  process.stdout.write(`\n${pattern}\n${output}`);
  const counts: Counts = await readFile(results, 'utf8').then(JSON.parse, () => ({ passes: 0, failures: 0 }));
  if (code === 0 || counts.failures > 0) return counts;
  // It ended without telling which test was to blame, so the run itself is the failure.
  console.error(`✖ ${pattern}: exit code ${code}`);
  return { ...counts, failures: counts.failures + 1 };
}

await Promise.all(Array.from({ length: AT_A_TIME }, runNext));
await writeFile(file, JSON.stringify(sum));
console.log(`\n  ${sum.passes} passing${sum.failures > 0 ? `\n  ${sum.failures} failing` : ''}\n`);
process.exitCode = sum.failures === 0 ? 0 : 1;
