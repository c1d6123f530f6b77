import { writeFileSync } from 'node:fs';
import mocha from 'mocha';
import type { TimedFile } from './reports.ts';

/** The environment variable that says where those that run tests leave their result for test/run.ts. */
export const RESULTS_FILE = 'GATEHOUSE_TEST_RESULTS';

/** What is in that file, as JSON. */
export interface RunResult {
  readonly passes: number;
  readonly failures: number;
  /** Of a whole tier: what goes into the reports. */
  readonly files?: readonly TimedFile[];
}

/** Mocha's own report, and beside it the counts in the file that the environment names. */
export default class ResultsReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const file = process.env[RESULTS_FILE];
      const { passes, failures } = this.stats;
      if (file !== undefined) writeFileSync(file, JSON.stringify({ passes, failures } satisfies RunResult));
    });
  }
}
