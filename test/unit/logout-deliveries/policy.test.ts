import { expect } from 'chai';
import fc from 'fast-check';
import {
  afterFailure,
  MOST_ATTEMPTS,
  meaningOf,
  retryDelaySeconds,
} from '../../../src/domain/logout-deliveries/policy.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const chance = fc.double({ min: 0, max: 1, noNaN: true });

describe('when a client is told again that a session has ended', () => {
  it('after five seconds, then twice as long each time, up to ten minutes, give or take a fifth', () => {
    const middle = Array.from({ length: MOST_ATTEMPTS }, (_, index) => retryDelaySeconds(index + 1, 0.5));
    expect(middle.slice(0, 9)).to.deep.equal([5, 10, 20, 40, 80, 160, 320, 600, 600]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), chance, (attempts, drawn) => {
        const delay = retryDelaySeconds(attempts, drawn);
        const usual = retryDelaySeconds(attempts, 0.5);
        return delay >= usual * 0.799 && delay <= usual * 1.201 && delay <= 720.001;
      }),
    );
  });

  it('for about an hour in all', () => {
    const delays = Array.from({ length: MOST_ATTEMPTS - 1 }, (_, index) => retryDelaySeconds(index + 1, 0.5));
    const minutes = delays.reduce((sum, delay) => sum + delay, 0) / 60;
    expect(minutes).to.be.within(55, 65);
  });

  it('until it has refused twice, or nothing has helped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        chance,
        (attempts, refusals, wanted, drawn) => {
          const verdict = afterFailure({ attempts, refusals, wanted }, NOW, drawn);
          if (refusals >= 2) return 'givenUp' in verdict && verdict.givenUp === 'refused';
          if (attempts >= MOST_ATTEMPTS) return 'givenUp' in verdict && verdict.givenUp === 'exhausted';
          const delay = 'retryAt' in verdict ? (verdict.retryAt.getTime() - NOW.getTime()) / 1000 : -1;
          return delay >= Math.min(wanted, 600) && delay <= 720;
        },
      ),
    );
  });

  it('as its answer means', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), (status) => {
        const meaning = meaningOf(status);
        if (status === 200 || status === 204) return meaning === 'delivered';
        if ([408, 425, 429].includes(status) || status < 400 || status >= 500) return meaning === 'failed';
        return meaning === 'refused';
      }),
    );
  });
});
