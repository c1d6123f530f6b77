import { expect } from 'chai';
import { foldText, nameKey, searchedWords, wordsOf } from '../../../src/domain/accounts/listing/words.ts';

describe('the words by which people are found', () => {
  const folded: [text: string, as: string][] = [
    ['Núñez', 'nunez'],
    ['STRAẞE', 'strasse'],
    ['Ångström', 'angstrom'],
    ['Łukasz Sørensen', 'lukasz sorensen'],
    ['İnönü', 'inonu'],
    ['Þórður', 'thordur'],
    ['ΝΊΚΟΣ', 'νικοσ'],
    ['νίκος', 'νικοσ'],
    ['Ёлкин', 'елкин'],
    ['ﬁnn', 'finn'],
    ['Ｍａｒｉａ', 'maria'],
    ['김민수', '김민수'],
    ['हिन्दी', 'हिन्दी'],
  ];
  for (const [text, as] of folded) {
    it(`folds ${text} to ${as}`, () => expect(foldText(text)).to.equal(as));
  }

  it('are the same for composed and decomposed letters', () => {
    expect(foldText('Núñez'.normalize('NFD'))).to.equal(foldText('Núñez'.normalize('NFC')));
  });

  it('are those of the name, its parts, the whole address and the whole user name', () => {
    expect(wordsOf({ name: "Jean-Luc  O'Brien", email: 'JL@Example.org', username: 'José' })).to.have.members(
      ['jl@example.org', 'jose', 'jean-luc', "o'brien", 'jean', 'luc', 'o', 'brien'],
    );
  });

  it('are bounded, whatever somebody is called', () => {
    const words = wordsOf({
      name: Array.from({ length: 100 }, (_, i) => `w${i}`).join(' '),
      email: 'a@b.example',
    });
    expect(words).to.have.length(40);
    expect(wordsOf({ name: 'x'.repeat(200), email: 'a@b.example' })[1]).to.have.length(100);
  });

  it('sort by the folded name', () => expect(nameKey('  Núñez   Ána ')).to.equal('nunez ana'));

  it('are searched for as ranges of code points', () => {
    expect(searchedWords('Nuñ  ána')).to.deep.equal([
      { from: 'nun', to: 'nuo' },
      { from: 'ana', to: 'anb' },
    ]);
    expect(searchedWords('a\u{d7ff}')).to.deep.equal([{ from: 'a\u{d7ff}', to: 'a\u{e000}' }]);
    expect(searchedWords('\u{10ffff}')).to.deep.equal([{ from: '\u{10ffff}', to: undefined }]);
    expect(searchedWords('a\u{10ffff}')).to.deep.equal([{ from: 'a\u{10ffff}', to: 'b' }]);
    expect(searchedWords(' \u200b ')).to.deep.equal([]);
    expect(searchedWords('a b c d e f g h i j')).to.have.length(8);
  });
});
