import { expect } from 'chai';
import { type Attempt, type Demands, newAttempt, nextStep } from '../../../src/sign-in/attempt.ts';

const anybody: Demands = { accountId: undefined, acr: undefined };
const proven: Attempt = {
  ...newAttempt('attempt'),
  accountId: 'robin',
  passwordAt: new Date('2026-01-02T03:04:05Z'),
};
const done = { kind: 'done', accountId: 'robin', acr: 'aal1', amr: ['pwd'], provenAt: proven.passwordAt };
const unmet = { kind: 'impossible', error: 'unmet_authentication_requirements' };
const another = { kind: 'impossible', error: 'login_required' };
const password = { kind: 'password' };
const change = { reason: 'expired', setAt: new Date('2025-09-01T00:00:00Z') } as const;
const expired: Attempt = { ...proven, passwordChange: change };
const changeFirst = { kind: 'change_password', accountId: 'robin', change };

describe('what comes next in a sign-in', () => {
  const cases: [string, Attempt, Demands, object][] = [
    ['nothing yet', newAttempt('attempt'), anybody, password],
    ['failures only', { ...newAttempt('attempt'), failures: 7 }, anybody, password],
    ['an account without its password', { ...proven, passwordAt: undefined }, anybody, password],
    ['a password without an account', { ...proven, accountId: undefined }, anybody, password],
    ['the password', proven, anybody, done],
    ['the password after failures', { ...proven, failures: 3 }, anybody, done],
    [
      'nothing, where somebody is expected',
      newAttempt('attempt'),
      { ...anybody, accountId: 'robin' },
      password,
    ],
    ['the password of who is expected', proven, { ...anybody, accountId: 'robin' }, done],
    ['the password of somebody else', proven, { ...anybody, accountId: 'sam' }, another],
    ['nothing, for a level in reach', newAttempt('attempt'), { ...anybody, acr: ['aal1'] }, password],
    ['the password, for a level in reach', proven, { ...anybody, acr: ['phr', 'aal1'] }, done],
    ['nothing, for a level out of reach', newAttempt('attempt'), { ...anybody, acr: ['aal2'] }, unmet],
    ['the password, for a level out of reach', proven, { ...anybody, acr: ['aal2'] }, unmet],
    ['the password, for no level at all', proven, { ...anybody, acr: [] }, unmet],
    ['a password that has to be changed', expired, anybody, changeFirst],
    [
      'a password to be changed, of who is expected',
      expired,
      { ...anybody, accountId: 'robin' },
      changeFirst,
    ],
    ['a password to be changed, of somebody else', expired, { ...anybody, accountId: 'sam' }, another],
    ['a change without a password', { ...newAttempt('attempt'), passwordChange: change }, anybody, password],
    ['both demands missed: the level first', proven, { accountId: 'sam', acr: ['aal2'] }, unmet],
  ];
  for (const [given, attempt, demands, step] of cases) {
    it(`${given} → ${Object.values(step).slice(0, 2).join(' ')}`, () => {
      expect(nextStep(attempt, demands)).to.deep.equal(step);
    });
  }

  it('changes nothing that it is given', () => {
    const attempt = Object.freeze({ ...proven });
    const demands = Object.freeze({ ...anybody, acr: Object.freeze(['aal1']) });
    expect(nextStep(attempt, demands)).to.deep.equal(nextStep(attempt, demands));
  });
});
