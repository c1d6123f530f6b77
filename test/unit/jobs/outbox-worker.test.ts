import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import pino from 'pino';
import { createOutboxWorker, type OutboxWork, recordDone } from '../../../src/jobs/outbox-worker.ts';
import type { Database } from '../../../src/storage/database.ts';
import { DONE_ALREADY } from '../../../src/storage/outbox.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const CLAIM = { id: 'one', lease: 'lease' };

describe('how an outbox is worked off', () => {
  let happened: string[];
  let free: Promise<void>;

  beforeEach(() => {
    happened = [];
  });

  /** A worker with one entry that is due; `renew` answers what it is given. */
  function worker(given: Partial<OutboxWork<typeof CLAIM>> & { holds?: boolean }) {
    const { holds = true, ...changed } = given;
    let wake = () => {};
    free = new Promise((resolve) => {
      wake = resolve;
    });
    return createOutboxWorker({
      name: 'worker',
      outbox: {
        nextDue: async () => NOW,
        renew: async () => {
          happened.push('renewed');
          return holds;
        },
      },
      claim: async () => [CLAIM],
      workers: 1,
      claimSeconds: 0.04,
      attempt: async () => void happened.push('attempted'),
      about: ({ id }) => ({ id }),
      unrecorded: 'not recorded',
      wake: () => wake(),
      clock: { now: () => NOW },
      log: pino({ level: 'silent' }),
      ...changed,
    });
  }

  it('renews a claim for as long as its attempt takes, and no longer', async () => {
    let finish = () => {};
    const attempt = () => new Promise<void>((resolve) => (finish = resolve));
    const each = worker({ attempt });
    await each.round();
    while (happened.length < 3) await pause(5);
    finish();
    await free;
    const renewals = happened.length;
    await pause(50);
    expect(happened.length).to.equal(renewals);
  });

  it('goes on with an attempt while the database is away', async () => {
    let asked = 0;
    const outbox: OutboxWork<typeof CLAIM>['outbox'] = {
      nextDue: async () => NOW,
      renew: async () => {
        asked += 1;
        throw new Error('away');
      },
    };
    const attempt = async () => {
      while (asked < 2) await pause(5);
      happened.push('attempted');
    };
    await worker({ outbox, attempt }).round();
    await free;
    expect(happened).to.deep.equal(['attempted']);
  });

  for (const [holds, then] of [
    [true, ['renewed', 'attempted']],
    [false, ['renewed']],
  ] as const) {
    it(`begins nothing under a claim that took long to get, ${holds ? 'before' : 'unless'} it is renewed`, async () => {
      const claim = async () => {
        await pause(30);
        return [CLAIM];
      };
      await worker({ claim, holds }).round();
      await free;
      expect(happened).to.deep.equal(then);
    });
  }

  it('takes a mark that was made already for one', async () => {
    const taken = Object.assign(new Error(DONE_ALREADY), { code: 'GH409' });
    const database = { query: () => Promise.reject(taken) } as unknown as Database;
    const write = { otherwise: DONE_ALREADY, sql: () => 'select 1' };
    expect(await recordDone(database, [write], new AbortController().signal)).to.equal(false);
  });
});
