import { expect } from 'chai';
import { declaredSettings } from '../../../src/config/declared.ts';

describe('settings that are declared', () => {
  it('are told apart from unknown names, of which a few are told what was probably meant', () => {
    const { compare } = declaredSettings({ values: new Map() });
    const strays = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`dormancy${n}`, 0]));
    const { findings } = compare({ policies: { ...strays, dormancy: { dayz: 3 } } });
    expect(findings.at(-1)).to.deep.equal({
      path: ['policies', 'dormancy', 'dayz'],
      words: 'is no setting that a document may name (did you mean days?)',
    });
    expect(findings).to.have.lengthOf(1_001);
    expect(findings.filter(({ words }) => words.includes('did you mean'))).to.have.lengthOf(21);
  });
});
