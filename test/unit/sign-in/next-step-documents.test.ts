import { expect } from 'chai';
import type { Attempt } from '../../../src/sign-in/attempt.ts';
import { type Circumstances, nextStep } from '../../../src/sign-in/next-step.ts';
import {
  AT,
  anybody,
  app,
  ask,
  changeFirst,
  crowded,
  done,
  expired,
  NOW,
  nothing,
  required,
  shown,
  typed,
} from './attempts.ts';

const notice = { kind: 'notice', version: '1', agreedBefore: false } as const;
const terms = { kind: 'terms', version: '2', agreedBefore: false } as const;
const given = (circumstances: Circumstances, ...documents: NonNullable<Circumstances['documents']>) => ({
  ...circumstances,
  documents,
});
const agreeTo = (document: object) => ({ kind: 'agree', accountId: 'robin', document });
const again = { ...notice, agreedBefore: true };

describe('what comes next in a sign-in where documents are in force', () => {
  const cases: [string, Attempt, Circumstances, object][] = [
    ['the password', typed, given(nothing, notice, terms), agreeTo(notice)],
    ['the notice', { ...typed, agreed: ['notice:1'] }, given(nothing, notice, terms), agreeTo(terms)],
    [
      'both',
      { ...typed, agreed: ['notice:1', 'terms:2'] },
      given(nothing, notice, terms),
      done('aal1', 'pwd'),
    ],
    ['the password, of who has agreed before', typed, given(nothing, again), agreeTo(again)],
    [
      'the password, of who has accepted before',
      typed,
      given(nothing, { ...terms, agreedBefore: true }),
      done('aal1', 'pwd'),
    ],
    ['an older version', { ...typed, agreed: ['terms:1'] }, given(nothing, terms), agreeTo(terms)],
    ['an expired password', expired, given(nothing, notice), changeFirst],
    ['a password alone, of who has an app', typed, given(app, notice), ask('totp', 'recovery_code')],
    [
      'a code that is to be stored',
      { ...shown('totp'), codesPending: true },
      given(app, notice),
      { kind: 'store_codes', accountId: 'robin' },
    ],
    ['the code', shown('totp'), given(app, notice), agreeTo(notice)],
    ['the password of who is signed in too often', typed, given(crowded, notice), agreeTo(notice)],
    ['a session that goes on', { ...typed, carriedAt: AT }, given(nothing, again), done('aal1', 'pwd')],
    [
      'a session from before the notice',
      { ...typed, carriedAt: NOW },
      given(nothing, notice),
      agreeTo(notice),
    ],
  ];
  for (const [what, attempt, circumstances, step] of cases) {
    it(`after ${what} is "${(step as { kind: string }).kind}"`, () => {
      expect(nextStep(attempt, circumstances, anybody, NOW)).to.deep.include(step);
    });
  }

  it('is the set-up of a factor before any document', () => {
    expect(nextStep(typed, given(required, notice), anybody, NOW).kind).to.equal('enrol_factor');
  });
});
