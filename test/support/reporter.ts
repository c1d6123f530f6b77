import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

/** The environment variable that says where the reporter leaves its counts for test/run.ts. */
export const RESULTS_FILE = 'GATEHOUSE_TEST_RESULTS';

/** Mocha's own report, and beside it the counts as JSON in the file that the environment names. */
export default class ResultsReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const file = process.env[RESULTS_FILE];
      if (file !== undefined) writeFileSync(file, JSON.stringify(this.stats));
    });
  }
}
