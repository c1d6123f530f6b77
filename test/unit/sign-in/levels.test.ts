import { expect } from 'chai';
import fc from 'fast-check';
import {
  demandedLevels,
  isLevel,
  LEVELS,
  type Level,
  levelFor,
  lowestOf,
  reaches,
} from '../../../src/sign-in/levels.ts';

const levels = fc.constantFrom(...LEVELS);
const values = fc.array(fc.oneof(levels, fc.constantFrom('0', 'loa3', 'AAL2', '')), { maxLength: 5 });

describe('levels of assurance', () => {
  const cases: [Level, string[] | undefined, Level | undefined][] = [
    ['aal1', undefined, 'aal1'],
    ['phr', undefined, 'phr'],
    ['aal1', ['aal1'], 'aal1'],
    ['aal2', ['aal1'], 'aal1'],
    ['phr', ['aal2'], 'aal2'],
    ['phr', ['aal1', 'aal2'], 'aal2'],
    ['aal2', ['phr', 'aal2'], 'aal2'],
    ['phr', ['phr', 'aal2'], 'phr'],
    ['aal1', ['aal2'], undefined],
    ['aal2', ['phr'], undefined],
    ['aal2', ['loa3', 'aal2'], 'aal2'],
    ['phr', ['loa3'], undefined],
    ['phr', [], undefined],
  ];
  for (const [reached, demanded, told] of cases) {
    it(`${reached}, where ${demanded?.join(' or ') ?? 'nothing'} is demanded, is told as ${told ?? 'nothing'}`, () => {
      expect(levelFor(reached, demanded)).to.equal(told);
    });
  }

  it('a demand is met by exactly those that reach the lowest of its levels', () => {
    fc.assert(
      fc.property(levels, values, (reached, demanded) => {
        const lowest = lowestOf(demanded);
        const met = levelFor(reached, demanded) !== undefined;
        expect(met).to.equal(lowest !== undefined && reaches(reached, lowest));
      }),
    );
  });

  it('what is told was demanded, was reached, and is no lower than need be', () => {
    fc.assert(
      fc.property(levels, values, (reached, demanded) => {
        const told = levelFor(reached, demanded);
        if (told === undefined) return;
        expect(demanded).to.include(told);
        expect(reaches(reached, told)).to.equal(true);
        for (const value of demanded) {
          if (isLevel(value) && reaches(reached, value)) expect(reaches(told, value)).to.equal(true);
        }
      }),
    );
  });
});

describe('what a request demands', () => {
  const essential = (rest: object) => ({ essential: true, ...rest });
  const cases: [string, unknown, unknown, readonly string[] | undefined][] = [
    ['nothing', undefined, undefined, undefined],
    ['an empty acr_values', '', undefined, undefined],
    ['acr_values', 'phr aal2', undefined, ['phr', 'aal2']],
    ['acr_values with more spaces than one', ' phr  aal2 ', undefined, ['phr', 'aal2']],
    ['a claim that is not essential', undefined, { values: ['phr'] }, undefined],
    ['a claim that is null', undefined, null, undefined],
    ['an essential value', undefined, essential({ value: 'aal2' }), ['aal2']],
    ['essential values', undefined, essential({ values: ['aal2', 7] }), ['aal2']],
    ['an essential claim without a value', undefined, essential({}), undefined],
    ['an essential value that is no text', undefined, essential({ value: ['phr'] }), []],
    ['essential values that are no list', undefined, essential({ values: 'phr' }), []],
    [
      'an essential value beside values',
      undefined,
      essential({ value: 'phr', values: ['aal1', 'phr'] }),
      ['phr'],
    ],
    ['"true" as text', undefined, { essential: 'true', value: 'phr' }, undefined],
    ['both, the claim being enough', 'aal2', essential({ values: ['phr', 'aal1'] }), ['phr']],
    ['both, in conflict', 'phr', essential({ value: 'aal1' }), []],
    ['both, acr_values out of reach', 'loa9', essential({ value: 'aal1' }), []],
  ];
  for (const [given, acrValues, claim, demanded] of cases) {
    it(`${given}: ${demanded === undefined ? 'leaves it open' : `[${demanded}]`}`, () => {
      expect(demandedLevels({ acrValues, claim })).to.deep.equal(demanded);
    });
  }
});
