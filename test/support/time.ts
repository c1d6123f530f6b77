import type { Clock } from '../../src/kernel/clock.ts';

/** Time that passes when a test says so, for our own clock and for every library that asks `Date.now`. */
export interface Travel {
  readonly clock: Clock;
  now(): Date;
  pass(seconds: number): void;
}

/** For the tests of a `describe`: call it inside. Afterwards the time is what it is. */
export function useTravel(): Travel {
  const real = Date.now;
  let ahead = 0;
  before(() => {
    Date.now = () => real() + ahead;
  });
  after(() => {
    Date.now = real;
  });
  const now = () => new Date(real() + ahead);
  return {
    now,
    clock: { now },
    pass(seconds) {
      ahead += seconds * 1000;
    },
  };
}
