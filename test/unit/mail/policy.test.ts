import { expect } from 'chai';
import fc from 'fast-check';
import {
  afterFailure,
  MOST_ATTEMPTS,
  priorityOf,
  refusedBeforehand,
  refusesForGood,
  retryDelaySeconds,
} from '../../../src/domain/mail/policy.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const chance = fc.double({ min: 0, max: 1, noNaN: true });

describe('when a mail is tried again', () => {
  it('is seconds later at first, then twice as long each time, an hour at most, give or take a fifth', () => {
    expect([1, 2, 3, 10, 11, 33].map((attempts) => retryDelaySeconds(attempts, 0.5))).to.deep.equal([
      5, 10, 20, 2560, 3600, 3600,
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), chance, (attempts, luck) => {
        const middle = retryDelaySeconds(attempts, 0.5);
        expect(retryDelaySeconds(attempts, luck) / middle).to.be.closeTo(1, 0.2001);
      }),
    );
  });

  it('goes on for about a day', () => {
    let hours = 0;
    for (let attempts = 1; attempts < MOST_ATTEMPTS; attempts += 1)
      hours += retryDelaySeconds(attempts, 0.5) / 3600;
    expect(hours).to.be.within(23, 26);
  });

  it('is never before now, never when refused for good, never after its use', () => {
    const failure = fc.record({
      attempts: fc.integer({ min: 1, max: 50 }),
      permanent: fc.boolean(),
      uselessAfter: fc.option(
        fc.date({ min: NOW, max: new Date('2026-01-03T00:00:00Z'), noInvalidDate: true }),
        {
          nil: undefined,
        },
      ),
    });
    fc.assert(
      fc.property(failure, chance, (given, luck) => {
        const verdict = afterFailure(given, NOW, luck);
        if ('retryAt' in verdict) {
          expect(given.permanent).to.equal(false);
          expect(given.attempts).to.be.below(MOST_ATTEMPTS);
          expect(verdict.retryAt).to.be.above(NOW);
          if (given.uselessAfter !== undefined) expect(verdict.retryAt).to.be.below(given.uselessAfter);
        } else if (given.permanent) expect(verdict.givenUp).to.equal('refused');
        else if (given.attempts >= MOST_ATTEMPTS) expect(verdict.givenUp).to.equal('exhausted');
        else expect(verdict.givenUp).to.equal('expired');
      }),
    );
  });

  it('is not at all for what came too late, or kills whoever tries', () => {
    const beforehand = (attempts: number, uselessAfter?: Date) =>
      refusedBeforehand({ attempts, uselessAfter }, NOW);
    expect(beforehand(1)).to.equal(undefined);
    expect(beforehand(MOST_ATTEMPTS)).to.equal(undefined);
    expect(beforehand(MOST_ATTEMPTS + 1)).to.equal('exhausted');
    expect(beforehand(1, NOW)).to.equal('expired');
    expect(beforehand(1, new Date(NOW.getTime() + 1))).to.equal(undefined);
  });
});

describe('what a relay refuses for good', () => {
  const cases: [code: number | undefined, command: string | undefined, forGood: boolean][] = [
    [550, 'RCPT TO', true],
    [554, 'DATA', true],
    [552, 'DATA', true],
    [450, 'RCPT TO', false],
    [421, 'DATA', false],
    [530, 'RCPT TO', false],
    [535, 'AUTH PLAIN', false],
    [550, 'MAIL FROM', false],
    [554, 'CONN', false],
    [554, undefined, false],
    [undefined, 'DATA', false],
    [600, 'DATA', false],
  ];
  for (const [code, command, forGood] of cases) {
    it(`${forGood ? 'is' : 'is not'} ${code} to ${command}`, () =>
      expect(refusesForGood(code, command)).to.equal(forGood));
  }
});

describe('which mail goes first', () => {
  it('is the one that somebody waits for, then the news, then what can wait', () => {
    expect(['password-reset', 'new-device', 'password-expires'].map(priorityOf)).to.deep.equal([0, 1, 2]);
  });
});
