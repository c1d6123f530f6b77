import { expect } from 'chai';
import { areSameTerms, hasEnded, limitsAnything } from '../../../src/domain/accounts/role-terms.ts';
import {
  isUnitName,
  MAX_DEPTH,
  misplaced,
  type Placement,
  unitName,
  unitNameKey,
} from '../../../src/domain/units/policy.ts';

describe('the name of a unit', () => {
  for (const name of ['Ward 3', 'Läkarhuset', '응급실', "St. Mary's", 'a', 'x'.repeat(100)])
    it(`may be ${JSON.stringify(name.slice(0, 20))}`, () => expect(isUnitName(name)).to.equal(true));

  for (const name of ['', ' ', '\u200b', 'two\nlines', 'a\0b', 'x'.repeat(101), '\ud800', 'a\u2028b'])
    it(`is not ${JSON.stringify(name.slice(0, 20))}`, () => expect(isUnitName(name)).to.equal(false));

  it('is kept without spaces around it, composed', () => {
    expect(unitName('  Cafe\u0301 ')).to.equal('Caf\u00e9');
  });

  for (const [one, other] of [
    ['Ward 3', 'ward  3'],
    ['Ward 3', ' WARD 3 '],
    ['Caf\u00e9', 'Cafe\u0301'],
    ['Ｗard', 'ward'],
  ] as const)
    it(`"${one}" is also "${other}"`, () => expect(unitNameKey(one)).to.equal(unitNameKey(other)));
});

describe('the place of a unit', () => {
  const chain = (length: number) => Array.from({ length }, (_, at) => `above-${at}`);
  const cases: [what: string, place: Placement, answer: ReturnType<typeof misplaced>][] = [
    ['a new one at the top', { unit: undefined, height: 1, above: [] }, undefined],
    ['the last level', { unit: undefined, height: 1, above: chain(MAX_DEPTH - 1) }, undefined],
    ['one level too deep', { unit: undefined, height: 1, above: chain(MAX_DEPTH) }, 'unit_too_deep'],
    ['a subtree that just fits', { unit: 'u', height: 3, above: chain(MAX_DEPTH - 3) }, undefined],
    ['a subtree that does not', { unit: 'u', height: 3, above: chain(MAX_DEPTH - 2) }, 'unit_too_deep'],
    ['below itself', { unit: 'u', height: 1, above: ['u'] }, 'unit_in_itself'],
    ['below what is below it', { unit: 'u', height: 2, above: ['below', 'u', 'top'] }, 'unit_in_itself'],
    ['to the top', { unit: 'u', height: MAX_DEPTH, above: [] }, undefined],
  ];
  for (const [what, place, answer] of cases)
    it(`${what}: ${answer ?? 'is right'}`, () => expect(misplaced(place)).to.equal(answer));
});

describe('the terms of a role', () => {
  const until = new Date('2026-12-01T10:00:00.000Z');

  it('are over at the moment of their end', () => {
    expect(hasEnded({ until }, new Date(until.getTime() - 1))).to.equal(false);
    expect(hasEnded({ until }, until)).to.equal(true);
    expect(hasEnded({}, until)).to.equal(false);
  });

  it('say nothing where there is no limit and no end', () => {
    expect(limitsAnything({ role: 'r', owned: false })).to.equal(false);
    for (const more of [{ owned: true }, { owned: false, unit: 'u' }, { owned: false, until }])
      expect(limitsAnything({ role: 'r', ...more })).to.equal(true);
  });

  it('are the same where everything is', () => {
    const one = { role: 'r', owned: false, unit: 'u', until };
    expect(areSameTerms(one, { ...one, until: new Date(until) })).to.equal(true);
    for (const other of [{ role: 's' }, { owned: true }, { unit: 'v' }, { until: undefined }])
      expect(areSameTerms(one, { ...one, ...other }), JSON.stringify(other)).to.equal(false);
  });
});
