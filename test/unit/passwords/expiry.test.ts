import { expect } from 'chai';
import fc from 'fast-check';
import {
  daysLeft,
  expiresAt,
  expiryNotice,
  mayChangeFrom,
  requiredChange,
} from '../../../src/domain/passwords/expiry.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CHANGED = new Date('2026-01-01T08:00:00Z');
const since = (ms: number) => new Date(CHANGED.getTime() + ms);

describe('the age of a password', () => {
  const standing = { changedAt: CHANGED, mustChange: false, compromised: false };

  it('is its end at the very moment, not before', () => {
    expect(requiredChange(since(90 * DAY - 1), standing, { expiryDays: 90 })).to.equal(undefined);
    expect(requiredChange(since(90 * DAY), standing, { expiryDays: 90 })).to.equal('expired');
    expect(expiresAt(CHANGED, { expiryDays: 90 })).to.deep.equal(since(90 * DAY));
  });

  it('never is where none expires, however old', () => {
    expect(requiredChange(since(5_000 * DAY), standing, { expiryDays: 0 })).to.equal(undefined);
    expect(expiresAt(CHANGED, { expiryDays: 0 })).to.equal(undefined);
  });

  const notices: [name: string, sinceMs: number, days: number | undefined][] = [
    ['at once', 0, undefined],
    ['15 days before', 75 * DAY, undefined],
    ['a moment before 14 days', 76 * DAY - 1, undefined],
    ['14 days before', 76 * DAY, 14],
    ['8 days before', 82 * DAY, 14],
    ['7 days before', 83 * DAY, 7],
    ['2 days before', 88 * DAY, 7],
    ['1 day before', 89 * DAY, 1],
    ['a moment before', 90 * DAY - 1, 1],
    ['when it has expired', 90 * DAY, undefined],
  ];
  for (const [name, sinceMs, days] of notices) {
    it(`is told ${name}: ${days === undefined ? 'not' : `the notice of ${days}`}`, () => {
      const notice = expiryNotice(since(sinceMs), CHANGED, { expiryDays: 90 });
      expect(notice).to.deep.equal(
        days === undefined ? undefined : { daysBefore: days, expiresAt: since(90 * DAY) },
      );
    });
  }

  it('is told from the start of a lifetime that is shorter than a notice, by those that fit into it', () => {
    expect(expiryNotice(CHANGED, CHANGED, { expiryDays: 10 })).to.equal(undefined);
    expect(expiryNotice(since(3 * DAY), CHANGED, { expiryDays: 10 })?.daysBefore).to.equal(7);
    expect(expiryNotice(CHANGED, CHANGED, { expiryDays: 1 })).to.equal(undefined);
  });

  it('is told in falling order, each notice for a while, and never together with the end', () => {
    const days = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(
        days,
        fc.array(fc.nat({ max: 401 * 24 }), { minLength: 2, maxLength: 20 }),
        (expiryDays, hours) => {
          const told = hours
            .sort((a, b) => a - b)
            .map((hour) => ({
              notice: expiryNotice(since(hour * HOUR), CHANGED, { expiryDays })?.daysBefore,
              end: requiredChange(since(hour * HOUR), standing, { expiryDays }),
            }));
          for (const { notice, end } of told)
            expect(notice !== undefined && end !== undefined).to.equal(false);
          const notices = told.flatMap(({ notice }) => (notice === undefined ? [] : [notice]));
          expect(notices).to.deep.equal([...notices].sort((a, b) => b - a));
        },
      ),
    );
  });

  it('counts a day that has begun as left', () => {
    expect(daysLeft(since(0), since(DAY))).to.equal(1);
    expect(daysLeft(since(1), since(DAY))).to.equal(1);
    expect(daysLeft(since(0), since(6 * DAY + 1))).to.equal(7);
    expect(daysLeft(since(DAY), since(0))).to.equal(0);
  });

  it('may have to reach a minimum before its owner changes it again', () => {
    expect(mayChangeFrom(CHANGED, CHANGED, { minAgeHours: 0 })).to.equal(undefined);
    expect(mayChangeFrom(since(24 * HOUR - 1), CHANGED, { minAgeHours: 24 })).to.deep.equal(since(24 * HOUR));
    expect(mayChangeFrom(since(24 * HOUR), CHANGED, { minAgeHours: 24 })).to.equal(undefined);
  });
});
