import { expect } from 'chai';
import {
  endOfRetention,
  type MonthContent,
  monthOf,
  monthText,
  obstacleOf,
  rangeOf,
} from '../../../src/domain/audit/retention/policy.ts';

const FULL: MonthContent = { events: 10, unsealed: 0, last: 99, anchored: 100, hold: undefined };

describe('what may leave the audit trail', () => {
  it('is sealed, covered by an anchor and held by nobody', () => {
    expect(obstacleOf(FULL)).to.equal(undefined);
    expect(obstacleOf({ ...FULL, unsealed: 1 })).to.equal('unsealed');
    expect(obstacleOf({ ...FULL, anchored: 99 })).to.equal('not_anchored');
    expect(obstacleOf({ ...FULL, anchored: 0 })).to.equal('not_anchored');
    expect(obstacleOf({ ...FULL, hold: 3 })).to.equal('held');
  });

  it('is nothing that needs an anchor where there are no events', () => {
    const empty = { events: 0, unsealed: 0, last: undefined, anchored: 0, hold: undefined };
    expect(obstacleOf(empty)).to.equal(undefined);
    expect(obstacleOf({ ...empty, hold: 1 })).to.equal('held');
  });

  it('ended years ago, by whole months of UTC', () => {
    const end = (now: string, years: number) => endOfRetention(new Date(now), years).toISOString();
    expect(end('2026-11-30T23:59:59.999Z', 7)).to.equal('2019-11-01T00:00:00.000Z');
    expect(end('2026-12-01T00:00:00Z', 7)).to.equal('2019-12-01T00:00:00.000Z');
    expect(end('2028-02-29T12:00:00Z', 1)).to.equal('2027-02-01T00:00:00.000Z');
  });

  it('goes into archives that follow each other without a gap', () => {
    expect(rangeOf(0, 99)).to.deep.equal({ first: 0, last: 99 });
    expect(rangeOf(99, 99)).to.deep.equal({ first: 99, last: 99 });
    expect(rangeOf(100, 99), 'it was in the archive before').to.equal(undefined);
    expect(rangeOf(100, undefined)).to.equal(undefined);
  });

  it('is named by months', () => {
    expect(monthOf('2019-12')?.toISOString()).to.equal('2019-12-01T00:00:00.000Z');
    for (const text of ['', '2019', '2019-13', '2019-00', '19-12', '2019-12-01', ' 2019-12', '2019-12\n'])
      expect(monthOf(text), JSON.stringify(text)).to.equal(undefined);
    expect(monthText(new Date('2019-12-31T23:59:59Z'))).to.equal('2019-12');
  });
});
