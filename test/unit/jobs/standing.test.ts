import { expect } from 'chai';
import { createJobs } from '../../../src/jobs/runner.ts';
import { createLogger } from '../../../src/log.ts';

describe('how jobs stand', () => {
  it('is told of each: whether it runs here, what failed, and when its last round ended', async () => {
    const now = new Date('2026-12-02T10:00:00Z');
    const HOUR_MS = 3_600_000;
    let rounds = 0;
    const ended = Promise.withResolvers<void>();
    const jobs = createJobs(
      [
        { name: 'works', round: async () => HOUR_MS },
        {
          name: 'fails',
          async round() {
            rounds += 1;
            ended.resolve();
            throw new Error('not now');
          },
        },
      ],
      createLogger({ server: { logLevel: 'silent' } }),
      undefined,
      { now: () => now },
    );
    const before = { started: false, failures: 0, endedAt: undefined };
    expect(jobs.states()).to.deep.equal([
      { name: 'works', ...before },
      { name: 'fails', ...before },
    ]);
    jobs.start();
    await ended.promise;
    await jobs.stop(0);
    expect(rounds).to.equal(1);
    expect(jobs.states()).to.deep.equal([
      { name: 'works', started: false, failures: 0, endedAt: now },
      { name: 'fails', started: false, failures: 1, endedAt: now },
    ]);
  });
});
