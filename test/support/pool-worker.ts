import mocha from 'mocha';
import { stopTestPostgres } from './postgres.ts';

/**
 * Runs the files of tests that `run-pool.ts` hands to this process, one after the other, on one PostgreSQL. Tells what became of
 * each test; mocha's report of a file goes to standard output.
 */

/** What to run next. `end` leaves, once everything that the tests share is ended. */
export type Order = { readonly file: string } | 'end';

export interface TestResult {
  /** The names of the suites and of the test, from the outermost. */
  readonly path: readonly string[];
  readonly seconds: number;
  readonly state: 'passed' | 'failed' | 'pending';
  readonly problem?: string;
}

export interface FileResult {
  readonly file: string;
  readonly tests: readonly TestResult[];
  /** Failures of hooks and of the file itself are among them. */
  readonly failures: number;
}

const forbids = process.argv.includes('--forbid');
const TIMEOUT_MS = 20_000;

async function runFile(file: string): Promise<FileResult> {
  const run = new mocha({ timeout: TIMEOUT_MS, forbidOnly: forbids, forbidPending: forbids, color: false });
  const tests: TestResult[] = [];
  run.addFile(file);
  await run.loadFilesAsync();
  const failures = await new Promise<number>((resolve) => {
    const runner = run.run(resolve);
    const add = (test: mocha.Test | mocha.Hook, state: TestResult['state'], problem?: Error) =>
      tests.push({
        path: test.titlePath(),
        seconds: (test.duration ?? 0) / 1000,
        state,
        ...(problem === undefined ? {} : { problem: problem.stack ?? problem.message }),
      });
    runner.on('pass', (test) => add(test, 'passed'));
    runner.on('fail', (test, problem: Error) => add(test, 'failed', problem));
    runner.on('pending', (test) => add(test, 'pending'));
  });
  run.dispose();
  return { file, tests, failures };
}

/** A file that cannot even be loaded is a failure of its own. */
const unloadable = (file: string, error: unknown): FileResult => {
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(problem);
  return { file, tests: [{ path: [file], seconds: 0, state: 'failed', problem }], failures: 1 };
};

process.on('message', async (order: Order) => {
  if (order === 'end') {
    await stopTestPostgres();
    process.disconnect();
    return process.exit();
  }
  const result = await runFile(order.file).catch((error) => unloadable(order.file, error));
  // What mocha has printed must be there before the report of it.
  process.stdout.write('', () => process.send?.(result));
});
process.send?.('ready');
