import { expect } from 'chai';
import pino from 'pino';
import { createJobs, type Job } from '../../../src/jobs/runner.ts';
import { eventually } from '../../support/processes.ts';

const HOUR = 3_600_000;

describe('jobs', () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push(line) });
  let rounds = 0;
  beforeEach(() => {
    rounds = 0;
  });
  const job = (round: () => Promise<number>, more: Partial<Job> = {}): Job => ({
    name: 'job',
    round,
    ...more,
  });
  const counting = (pause: number) => async () => {
    rounds += 1;
    return pause;
  };

  it('do nothing before the start and after the end', async () => {
    const jobs = createJobs([job(counting(1))], log);
    jobs.wake('job');
    expect(rounds).to.equal(0);
    jobs.start();
    await eventually('it goes on by itself', async () => rounds > 3);
    await jobs.stop(100);
    const done = rounds;
    jobs.wake('job');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(rounds).to.equal(done);
    await jobs.stop(100);
  });

  it('that were never started end at once', () => createJobs([job(counting(1))], log).stop(100));

  it('look again when woken, also while they are at it, and never twice at the same time', async () => {
    let inside = 0;
    let most = 0;
    const jobs = createJobs(
      [
        job(async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside -= 1;
          rounds += 1;
          return Number.POSITIVE_INFINITY;
        }),
      ],
      log,
    );
    jobs.start();
    for (let index = 0; index < 10; index += 1) jobs.wake('job');
    await eventually('a second round', async () => rounds === 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([rounds, most]).to.deep.equal([2, 1]);
    jobs.wake('job');
    jobs.wake('another');
    await eventually('a third round', async () => rounds === 3);
    await jobs.stop(100);
  });

  it('that fail are told of and tried again, without holding up others', async () => {
    let fails = true;
    const jobs = createJobs(
      [
        job(async () => {
          rounds += 1;
          if (fails) throw new Error('no');
          return HOUR;
        }),
        { name: 'other', round: async () => HOUR },
      ],
      log,
    );
    jobs.start();
    await eventually('it has failed', async () => lines.some((line) => line.includes('a job failed')));
    expect(rounds).to.equal(1);
    fails = false;
    await eventually('it is tried again', async () => rounds === 2, 3_000);
    await jobs.stop(100);
  });

  it('finish what is under way before the end', async () => {
    const order: string[] = [];
    const jobs = createJobs(
      [
        job(
          async () => {
            await new Promise((resolve) => setTimeout(resolve, 20));
            order.push('round');
            return 0;
          },
          {
            finish: async (milliseconds) => {
              order.push(`finish ${milliseconds}`);
            },
          },
        ),
      ],
      log,
    );
    jobs.start();
    await jobs.stop(100);
    expect(order).to.deep.equal(['round', 'finish 100']);
  });
});
