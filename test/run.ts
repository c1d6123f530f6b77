import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVENT_TYPES } from '../src/domain/audit/events/index.ts';
import { findInstallation } from '../src/storage/embedded-files.ts';
import { findChromium } from './support/chromium.ts';
import { measured, readDurations } from './support/durations.ts';
import { CAUSED_FOLDER } from './support/evidence/caused.ts';
import { tellMissing } from './support/evidence/missing.ts';
import { RESULTS_FILE, type RunResult } from './support/reporter.ts';
import { coverageIn, failureLines, type TimedFile, writeReports } from './support/reports.ts';
import { isTier, TIERS, type Tier } from './support/tiers.ts';

/**
 * `npm test`: types, lint, the direction of imports, then every fast test under coverage. With the names of tiers (`slow`,
 * `fast slow`) those tiers. The last line counts the tests and the checks: `N passed, N failed`. With other arguments
 * (files or mocha's options) only those tests, without the checks.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const LINES_AT_LEAST = 90;
const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';

interface Count {
  passed: number;
  failed: number;
  /** Checks that are no tests, of those that failed. */
  readonly failedChecks: string[];
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
  if (!passed) count.failedChecks.push(name);
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

const COVERAGE = [
  ...['text-summary', 'json-summary', 'html'].flatMap((reporter) => ['--reporter', reporter]),
  ...['--include', 'src/**/*.ts', '--all', '--extension', '.ts'],
  ...['--check-coverage', '--lines', String(LINES_AT_LEAST)],
];

/** Those that were asked for. */
const some = async (count: Count, args: readonly string[]): Promise<void> => {
  await tests(count, 'tests', [bin('mocha'), ...MOCHA_OPTIONS, ...args]);
};

/** All of a tier, in a pool of processes; the fast ones under coverage, which would be less exact with a cache of code. */
function allOf(tier: Tier, count: Count, caused: string): Promise<readonly TimedFile[]> {
  const pool = [process.execPath, 'test/support/run-pool.ts', ...(inCi ? ['--forbid'] : []), tier];
  return tier === 'fast'
    ? tests(count, 'tests and coverage', [bin('c8'), ...COVERAGE, ...pool], { [CAUSED_FOLDER]: caused })
    : tests(count, `${tier} tests`, pool, {
        NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
        [CAUSED_FOLDER]: caused,
      });
}

async function tests(
  count: Count,
  name: string,
  [command, ...rest]: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<readonly TimedFile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-results-'));
  const results = join(folder, 'results.json');
  const code = await run(command as string, rest, { ...env, [RESULTS_FILE]: results });
  const { passes, failures, files }: RunResult = await readFile(results, 'utf8').then(JSON.parse, () => ({
    passes: 0,
    failures: 0,
  }));
  await rm(folder, { recursive: true, force: true });
  count.passed += passes;
  count.failed += failures;
  // Coverage below the line, a crash, or no test at all: whatever failed without a test of its own.
  if ((code !== 0 && failures === 0) || passes + failures === 0) {
    console.error(`✖ ${name}: exit code ${code}`);
    count.failedChecks.push(`${name}: exit code ${code}`);
    count.failed += 1;
  }
  return files ?? [];
}

async function tiersInTurn(count: Count, tiers: readonly Tier[]): Promise<void> {
  await check(count, 'requirements', requirements);
  if (tiers.includes('fast')) {
    await check(count, 'types', () => run(bin('tsc'), []));
    await check(count, 'types of the page for auditors', () => run(bin('tsc'), ['-p', 'verifier']));
    await check(count, 'lint and format', () => run(bin('biome'), ['check', '.']));
    await check(count, 'imports', () => run(process.execPath, ['test/support/check-imports.ts']));
  }
  const files: TimedFile[] = [];
  const caused = await mkdtemp(join(tmpdir(), 'gatehouse-caused-'));
  for (const tier of tiers) files.push(...(await allOf(tier, count, caused)));
  // Some events are caused by tests of one tier only.
  if (TIERS.every((tier) => tiers.includes(tier)))
    await check(count, 'every event is caused by some test', () => tellMissing(caused, EVENT_TYPES));
  await rm(caused, { recursive: true, force: true });
  const coverage = tiers.includes('fast') ? await coverageIn(join(root, 'coverage'), root) : undefined;
  await writeReports(join(root, 'reports'), files, coverage);
  const durations = measured(await readDurations(), files);
  await writeFile(join(root, 'reports/durations.json'), `${JSON.stringify(durations, null, 2)}\n`);
  if (tiers.length > 1) {
    // The reports of the last tier are long: whatever is wrong stands at the end, where one looks.
    for (const line of failureLines(files)) console.log(line);
    for (const name of count.failedChecks) console.log(`\n✖ ${name}`);
    console.log(`\n  ${count.passed} passing${count.failed > 0 ? `\n  ${count.failed} failing` : ''}\n`);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const count: Count = { passed: 0, failed: 0, failedChecks: [] };
  if (args.length === 0) await tiersInTurn(count, ['fast']);
  else if (args.every(isTier)) await tiersInTurn(count, args);
  else await some(count, args);
  console.log(`${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0 && count.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
