import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findInstallation } from '../src/storage/embedded-files.ts';
import { findChromium } from './support/chromium.ts';
import { RESULTS_FILE } from './support/reporter.ts';

/**
 * `npm test`: types, lint, the direction of imports, then every test under coverage. The last line counts the tests
 * and the checks: `N passed, N failed`. With arguments (files or mocha's options) only those tests, without the checks.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const LINES_AT_LEAST = 90;
const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';

interface Count {
  passed: number;
  failed: number;
}

const bin = (name: string) => join(root, 'node_modules', '.bin', name);

/** Runs a program with our terminal. Resolves to its exit code; one that a signal ended counts as failed. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    // Ctrl-C reaches the child by itself; we wait for it to clear up.
    const wait = () => {};
    process.on('SIGINT', wait);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGINT', wait);
      resolve(code ?? 1);
    });
  });
}

async function check(count: Count, name: string, work: () => Promise<number>): Promise<void> {
  const started = performance.now();
  const passed = (await work()) === 0;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${passed ? '✔' : '✖'} ${name} (${seconds} s)`);
  count[passed ? 'passed' : 'failed'] += 1;
}

/** What the tests cannot do without, said before the first of them runs. */
async function requirements(): Promise<number> {
  const problems: string[] = [];
  await findInstallation().catch((error: Error) => problems.push(error.message));
  await findChromium().catch((error: Error) => problems.push(error.message));
  for (const problem of problems) console.error(problem);
  return problems.length;
}

const MOCHA_OPTIONS = [
  '--reporter',
  'test/support/reporter.ts',
  ...(inCi ? ['--forbid-only', '--forbid-pending'] : []),
];

/** Those that were asked for. */
const some = (count: Count, args: readonly string[]): Promise<void> =>
  tests(count, [bin('mocha'), ...MOCHA_OPTIONS, ...args]);

/** All of them, in a pool of processes, under coverage. */
function all(count: Count): Promise<void> {
  const coverage = [
    '--reporter',
    'text-summary',
    '--reporter',
    'html',
    '--include',
    'src/**/*.ts',
    '--all',
    '--extension',
    '.ts',
    '--check-coverage',
    '--lines',
    String(LINES_AT_LEAST),
  ];
  const forbids = inCi ? ['--forbid'] : [];
  const runner = [process.execPath, 'test/support/run-pool.ts', ...forbids, 'test/**/*.test.ts'];
  return tests(count, [bin('c8'), ...coverage, ...runner]);
}

async function tests(count: Count, [command, ...rest]: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-results-'));
  const results = join(folder, 'results.json');
  const code = await run(command as string, rest, { [RESULTS_FILE]: results });
  const { passes = 0, failures = 0 } = await readFile(results, 'utf8').then(JSON.parse, () => ({}));
  await rm(folder, { recursive: true, force: true });
  count.passed += passes;
  count.failed += failures;
  // Coverage below the line, a crash, or no test at all: whatever failed without a test of its own.
  if ((code !== 0 && failures === 0) || passes + failures === 0) {
    console.error(`✖ tests and coverage: exit code ${code}`);
    count.failed += 1;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const count: Count = { passed: 0, failed: 0 };
  if (args.length > 0) {
    await some(count, args);
  } else {
    await check(count, 'requirements', requirements);
    await check(count, 'types', () => run(bin('tsc'), []));
    await check(count, 'lint and format', () => run(bin('biome'), ['check', '.']));
    const imports = 'test/support/check-imports.ts';
    if (existsSync(join(root, imports)))
      await check(count, 'imports', () => run(process.execPath, [imports]));
    await all(count);
  }
  console.log(`${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0 && count.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
