import { expect } from 'chai';
import { loadConfig } from '../../../src/config/load.ts';
import {
  type DormancyFacts,
  type DormancySettings,
  dormancyDays,
  dormancyOf,
  fewestDays,
} from '../../../src/domain/accounts/dormancy.ts';

/** Days of the year 2026, as they are counted in these tests. */
const day = (number: number) => new Date(Date.UTC(2026, 0, 1 + number));

const SETTINGS: DormancySettings = {
  days: 90,
  daysByRole: { contractor: 30, kiosk: 0, resident: 60 },
  noticeDays: 14,
};
const NEVER_CAME: DormancyFacts = {
  roles: [],
  createdAt: day(0),
  enabledAt: undefined,
  lastSignIn: undefined,
  notice: undefined,
};

describe('when an account is dormant', () => {
  const days: [roles: string[], days: number | undefined, name: string][] = [
    [[], 90, 'what holds for everybody'],
    [['nurse'], 90, 'of a role that says nothing, what holds for everybody'],
    [['contractor'], 30, 'of a role that says fewer'],
    [['nurse', 'resident', 'contractor'], 30, 'of several roles, the fewest'],
    [['kiosk'], undefined, 'never, where the role says so'],
    [['kiosk', 'nurse'], undefined, 'never, beside a role that says nothing'],
    [['kiosk', 'resident'], 60, 'the fewest, beside a role that says never'],
    [['constructor'], 90, 'of a role that is called like a member of every object'],
  ];
  for (const [roles, expected, name] of days) {
    it(`is after ${expected ?? 'no'} days: ${name}`, () => {
      expect(dormancyDays(roles, SETTINGS)).to.equal(expected);
    });
  }

  it('is never where nothing is set, but of roles that say so', () => {
    const off = { ...SETTINGS, days: 0 };
    expect(dormancyDays([], off)).to.equal(undefined);
    expect(dormancyDays(['contractor'], off)).to.equal(30);
    expect(fewestDays(off)).to.equal(30);
    expect(fewestDays({ ...off, daysByRole: { kiosk: 0 } })).to.equal(undefined);
  });

  type Expected = [due: 'notice' | 'disabling' | undefined, disableAt: number, since?: number];
  const cases: [name: string, now: number, facts: Partial<DormancyFacts>, expected: Expected][] = [
    ['a day before the notice', 75, {}, [undefined, 90]],
    ['on the day of the notice', 76, {}, ['notice', 90]],
    ['a notice that comes late puts off the end', 80, {}, ['notice', 94]],
    ['told in time', 77, { notice: { since: day(0), toldAt: day(76) } }, [undefined, 90]],
    ['told, on the last day', 89.9, { notice: { since: day(0), toldAt: day(76) } }, [undefined, 90]],
    ['told, when the time has come', 90, { notice: { since: day(0), toldAt: day(76) } }, ['disabling', 90]],
    [
      'told late: never sooner than the notice is long',
      90,
      { notice: { since: day(0), toldAt: day(80) } },
      [undefined, 94],
    ],
    ['told late, when that has come', 94, { notice: { since: day(0), toldAt: day(80) } }, ['disabling', 94]],
    ['counted from the last sign-in', 80, { lastSignIn: day(50) }, [undefined, 140, 50]],
    ['counted from the last enabling', 80, { lastSignIn: day(10), enabledAt: day(70) }, [undefined, 160, 70]],
    [
      'counted from the making, where the sign-in was before an import',
      80,
      { lastSignIn: day(-9) },
      ['notice', 94, 0],
    ],
    [
      'signed in after the notice: it counts no more',
      91,
      { lastSignIn: day(80), notice: { since: day(0), toldAt: day(76) } },
      [undefined, 170, 80],
    ],
    ['nobody came for years, and was not told', 1_000, {}, ['notice', 1_014]],
    [
      'the days have become more since the notice',
      91,
      { roles: [], notice: { since: day(0), toldAt: day(16) } },
      ['notice', 105],
    ],
    [
      'the days have become fewer since the notice',
      91,
      { roles: ['contractor'], notice: { since: day(0), toldAt: day(76) } },
      ['disabling', 90],
    ],
    ['given a role with fewer days long after', 60, { roles: ['contractor'] }, ['notice', 74]],
  ];
  for (const [name, now, facts, [due, disableAt, since = 0]] of cases) {
    it(`decides ${name}`, () => {
      const found = dormancyOf(day(now), { ...NEVER_CAME, ...facts }, SETTINGS);
      expect(found?.due).to.equal(due);
      expect(found?.disableAt).to.deep.equal(day(disableAt));
      expect(found?.since).to.deep.equal(day(since));
    });
  }

  it('is configured by whole days, and refused where a notice would come with the sign-in', () => {
    const complaint = (env: Record<string, string>) => {
      try {
        return loadConfig({ env: { NODE_ENV: 'development', ...env }, configFile: false }).dormancy;
      } catch (error) {
        return (error as { problems: string[] }).problems
          .filter((line) => line.startsWith('DORMANCY'))
          .join();
      }
    };
    expect(complaint({ DORMANCY_DAYS: '14' })).to.include(
      'DORMANCY_NOTICE_DAYS: is 14; expected less than the 14 days',
    );
    const byRole = (value: string) => complaint({ DORMANCY_DAYS: '90', DORMANCY_DAYS_BY_ROLE: value });
    expect(byRole('{"contractor": 7}')).to.include('expected less than the 7 days');
    expect(byRole('{"contractor": -1}')).to.include('contractor is -1 instead of a whole number of days');
    expect(byRole('{"Contractor": 30}')).to.include('"Contractor" is no role');
    expect(byRole('[30]')).to.include('it is no object');
    expect(byRole('{"contractor": 30, "contractor": 40}')).to.include('contractor is there twice');
  });
});
