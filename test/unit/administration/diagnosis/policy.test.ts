import { expect } from 'chai';
import { CAUSE_NAMES, diagnose } from '../../../../src/administration/people/diagnosis/policy.ts';
import { LANGUAGES, sentenceOf } from '../../../../src/administration/people/diagnosis/words.ts';
import { at, CASES, FINE } from '../../../support/diagnosis-cases.ts';

describe('why somebody cannot sign in', () => {
  for (const { name, facts, found, first } of CASES)
    it(name, () => {
      const findings = diagnose({ ...FINE, ...facts });
      expect(findings.map(({ cause }) => cause)).to.deep.equal(found);
      expect(findings[0]).to.deep.include(first ?? {});
    });

  it('has a case for every cause', () => {
    expect([...new Set(CASES.flatMap(({ found }) => found))]).to.have.members(CAUSE_NAMES);
  });

  it('tells what blocks before what only asks, and that before what may be meant', () => {
    const order = ['blocks', 'asks', 'hints'];
    for (const { facts } of CASES) {
      const effects = diagnose({ ...FINE, ...facts }).map(({ effect }) => order.indexOf(effect));
      expect(effects).to.deep.equal(effects.toSorted());
    }
  });

  for (const language of LANGUAGES)
    it(`says each in one sentence that names everything it has (${language})`, () => {
      for (const { name, facts } of CASES)
        for (const finding of diagnose({ ...FINE, ...facts, disabledAt: facts.disabledAt ?? at('04:00') })) {
          const sentence = sentenceOf(finding, language);
          expect(sentence, name).to.match(/^\p{Lu}[^?\n]+\.$/u);
          if (finding.until !== undefined)
            expect(sentence, name).to.include(finding.until.toISOString().slice(11, 16));
        }
    });
});
